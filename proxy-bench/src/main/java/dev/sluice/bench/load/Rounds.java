package dev.sluice.bench.load;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * All measurements of one load: for each target one of each round. Figures are medians; a ratio is the median of the
 * rounds' ratios, because what disturbs a round disturbs its neighbours. Thread: one.
 */
final class Rounds {
    private final Map<Target, List<Measured>> all = new LinkedHashMap<>();

    void add(Target target, Measured measured) {
        all.computeIfAbsent(target, absent -> new ArrayList<>()).add(measured);
    }

    Iterable<Target> targets() {
        return all.keySet();
    }

    int count() {
        return all.values().stream().mapToInt(List::size).max().orElse(0);
    }

    List<Measured> of(Target target) {
        return all.getOrDefault(target, List.of());
    }

    /** Median, smallest and largest; NaN where there is nothing. */
    record Spread(double median, double least, double most) {
        boolean isKnown() {
            return !Double.isNaN(median);
        }

        private static Spread of(double[] values) {
            double[] known = Arrays.stream(values)
                    .filter(value -> !Double.isNaN(value))
                    .sorted()
                    .toArray();
            if (known.length == 0) {
                return new Spread(Double.NaN, Double.NaN, Double.NaN);
            }
            double median = (known[(known.length - 1) / 2] + known[known.length / 2]) / 2;
            return new Spread(median, known[0], known[known.length - 1]);
        }
    }

    Spread spread(Target target, ToDoubleFunction<Measured> figure) {
        return Spread.of(of(target).stream().mapToDouble(figure).toArray());
    }

    /** The target's figure divided by that of another one in the same round. */
    Spread ratio(Target target, Target to, ToDoubleFunction<Measured> figure) {
        List<Measured> ours = of(target);
        List<Measured> theirs = of(to);
        double[] ratios = new double[Math.min(ours.size(), theirs.size())];
        for (int i = 0; i < ratios.length; i++) {
            double divisor = figure.applyAsDouble(theirs.get(i));
            ratios[i] = divisor > 0 ? figure.applyAsDouble(ours.get(i)) / divisor : Double.NaN;
        }
        return Spread.of(ratios);
    }

    long flaws(Target target) {
        return of(target).stream().mapToLong(Measured::flaws).sum();
    }
}
