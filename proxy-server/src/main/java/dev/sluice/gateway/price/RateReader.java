package dev.sluice.gateway.price;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads rates, and refuses those that are more likely a slip of the pen than a price: a factor of a thousand is the
 * error that price lists have most often. Thread: any.
 */
record RateReader(PriceDocument document) {
    static final Set<String> LABELS =
            Arrays.stream(Rate.values()).map(Rate::label).collect(Collectors.toSet());

    private static final long MIN_NANO = 1_000_000;
    private static final long MAX_NANO = 1_000_000_000_000L;
    private static final long MILLION = 1_000_000;

    Rates rates(String what, Node node, Map<String, Node> members) {
        Map<Rate, Long> stated = new EnumMap<>(Rate.class);
        for (Rate rate : Rate.values()) {
            Node value = members.get(rate.label());
            if (value != null) {
                stated.put(rate, rate(what, rate, value));
            }
        }
        Rates rates = Rates.of(stated);
        if (!rates.has(Rate.INPUT)) {
            throw document.error(node, what + " has no 'input'; it is the one rate every model needs");
        }
        notAbove(what, node, rates, Rate.CACHED_INPUT, Rate.INPUT);
        notAbove(what, node, rates, Rate.CACHED_AUDIO_INPUT, Rate.AUDIO_INPUT);
        boolean cheapOutput = rates.has(Rate.OUTPUT) && rates.stated(Rate.OUTPUT) < rates.stated(Rate.INPUT) / 2;
        if (cheapOutput && !isUnusual(what, members.get("unusual"))) {
            throw document.error(
                    node,
                    what + ": output " + Money.format(rates.stated(Rate.OUTPUT)) + " is below half of input "
                            + Money.format(rates.stated(Rate.INPUT))
                            + "; where that is so, say 'unusual: true', and leave 'output' out where there is none");
        }
        return rates;
    }

    private long rate(String what, Rate rate, Node node) {
        String text = document.text(node, what + " " + rate.label());
        Long nano = Money.parse(text);
        if (nano == null || (nano != 0 && (nano < MIN_NANO || nano > MAX_NANO))) {
            throw document.error(
                    node,
                    what + ": " + rate.label() + " is '" + text + "'; allowed: dollars for a "
                            + (rate.isOfTokens() ? "million tokens" : "thousand calls")
                            + ", 0 or 0.001 to 1000, digits with at most nine decimals");
        }
        return nano * (MILLION / rate.statedUnits());
    }

    private void notAbove(String what, Node node, Rates rates, Rate cached, Rate plain) {
        if (rates.has(cached) && rates.stated(cached) > rates.stated(plain)) {
            throw document.error(
                    node,
                    what + ": " + cached.label() + " " + Money.format(rates.stated(cached)) + " is above "
                            + plain.label() + " "
                            + (rates.has(plain) ? Money.format(rates.stated(plain)) : "(none)")
                            + "; a cached token never costs more than a plain one");
        }
    }

    private boolean isUnusual(String what, @Nullable Node node) {
        if (node == null) {
            return false;
        }
        String text = document.text(node, what + " unusual");
        if (!text.equals("true") && !text.equals("false")) {
            throw document.error(node, what + ": unusual is '" + text + "'; allowed: true, false");
        }
        return text.equals("true");
    }

    /** The first number of prompt tokens of a step: {@code from: 5} is 5, {@code over: 5} is 6. */
    long firstToken(String what, Node node, @Nullable Node from, @Nullable Node over) {
        Node named = from == null ? over : from;
        if (named == null || (from != null && over != null)) {
            throw document.error(
                    node,
                    what
                            + " needs one of 'from' (prompts of so many tokens and more) and 'over' (of more than so many)");
        }
        String text = document.text(named, what);
        if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw document.error(
                    named,
                    what + ": " + (from == null ? "over" : "from") + " is '" + text
                            + "'; allowed: a number of tokens below a billion");
        }
        return Long.parseLong(text) + (from == null ? 1 : 0);
    }
}
