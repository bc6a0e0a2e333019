package dev.sluice.gateway.price;

/**
 * What is to be said about one model of a new price file. Immutable; thread: any.
 *
 * @param model empty when it is about the provider itself
 */
public record PriceChange(String provider, String model, String text) {

    @Override
    public String toString() {
        return (model.isEmpty() ? provider : provider + "/" + model) + ": " + text;
    }
}
