package dev.sluice.gateway.price;

import java.util.ArrayList;
import java.util.List;

/**
 * The rates of one service tier by the length of the prompt. Immutable; thread: any.
 *
 * @param standard the rates of ordinary prompts
 * @param steps the rates of long ones, the shortest first
 */
record Tariff(Rates standard, List<Step> steps) {

    /**
     * @param fromTokens the whole prompt, cached tokens included, has so many tokens or more; the rates then hold for the
     *     whole request, its first token and its output included
     */
    record Step(long fromTokens, Rates rates) {}

    Tariff {
        steps = List.copyOf(steps);
    }

    Rates rates(long promptTokens) {
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            if (promptTokens >= step.fromTokens) {
                return step.rates;
            }
        }
        return standard;
    }

    /** @throws ArithmeticException as {@link Rates#times} */
    Tariff times(Multiplier multiplier) {
        List<Step> multiplied = new ArrayList<>(steps.size());
        for (Step step : steps) {
            multiplied.add(new Step(step.fromTokens, step.rates.times(multiplier)));
        }
        return new Tariff(standard.times(multiplier), multiplied);
    }
}
