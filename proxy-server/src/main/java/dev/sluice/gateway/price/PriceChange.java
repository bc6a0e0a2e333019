package dev.sluice.gateway.price;

/**
 * What a new price file changes about one model. Immutable; thread: any.
 *
 * @param model empty when it is about the provider itself
 * @param leap whether a rate is so far from the shipped one that a person should look at it
 */
public record PriceChange(String provider, String model, String text, boolean leap) {

    @Override
    public String toString() {
        return (model.isEmpty() ? provider : provider + "/" + model) + ": " + text;
    }
}
