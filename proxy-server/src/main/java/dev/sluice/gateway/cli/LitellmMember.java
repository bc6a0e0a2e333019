package dev.sluice.gateway.cli;

import dev.sluice.gateway.cli.LitellmDeployment.Share;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Deployments of a group that differ in nothing but the key: one target of ours.
 *
 * @param first the one that stands first in the file
 * @param count how many there are
 * @param keys of all of them
 */
record LitellmMember(LitellmDeployment first, int count, List<String> keys) {
    private static final int HEAVIEST = 1000;

    LitellmMember {
        keys = List.copyOf(keys);
    }

    /** By rank, and in the order of the file. */
    static List<LitellmMember> merge(List<LitellmDeployment> deployments) {
        List<LitellmMember> members = new ArrayList<>();
        deployments.stream()
                .sorted(Comparator.comparingDouble(LitellmMember::rank))
                .forEach(deployment -> {
                    int same = 0;
                    while (same < members.size() && !members.get(same).differsInKeyOnly(deployment)) {
                        same++;
                    }
                    if (same == members.size()) {
                        String key = deployment.key();
                        members.add(new LitellmMember(deployment, 1, key == null ? List.of() : List.of(key)));
                    } else {
                        members.set(same, members.get(same).and(deployment));
                    }
                });
        return members;
    }

    /** LiteLLM takes what has no order last. */
    private static double rank(LitellmDeployment deployment) {
        Double order = deployment.order();
        return order == null ? Double.MAX_VALUE : order;
    }

    private boolean differsInKeyOnly(LitellmDeployment other) {
        return first.place().equals(other.place())
                && first.model().equals(other.model())
                && Objects.equals(first.order(), other.order())
                && first.share().equals(other.share())
                && first.abilities().equals(other.abilities())
                && (first.key() == null) == (other.key() == null);
    }

    private LitellmMember and(LitellmDeployment other) {
        List<String> all = new ArrayList<>(keys);
        if (other.key() != null && !all.contains(other.key())) {
            all.add(other.key());
        }
        return new LitellmMember(first, count + 1, all);
    }

    /** The same with what stands for {@code *}. */
    LitellmMember of(String matched) {
        LitellmDeployment concrete = new LitellmDeployment(
                first.line(),
                first.group(),
                first.id(),
                first.place(),
                first.model().replace("*", matched),
                first.key(),
                first.share(),
                first.order(),
                first.totalSeconds(),
                first.firstTokenSeconds(),
                first.abilities());
        return new LitellmMember(concrete, count, keys);
    }

    boolean leadsWhereLeads(LitellmMember other) {
        return first.place().equals(other.first.place())
                && keys.equals(other.keys)
                && first.model().equals(other.first.model());
    }

    int line() {
        return first.line();
    }

    String model() {
        return first.model();
    }

    Map<String, String> abilities() {
        return first.abilities();
    }

    @Nullable
    Double order() {
        return first.order();
    }

    @Nullable
    Double totalSeconds() {
        return first.totalSeconds();
    }

    @Nullable
    Double firstTokenSeconds() {
        return first.firstTokenSeconds();
    }

    /**
     * Shares as LiteLLM finds them: by {@code weight} if one has it, else by {@code rpm}, else by {@code tpm}. Empty when
     * all are equal.
     */
    static List<Integer> weights(List<LitellmMember> members, String group, ImportNotes notes) {
        for (Function<Share, @Nullable Double> figure :
                List.<Function<Share, @Nullable Double>>of(Share::weight, Share::rpm, Share::tpm)) {
            if (members.stream().anyMatch(member -> figure.apply(member.first.share()) != null)) {
                return weights(members, figure, group, notes);
            }
        }
        return members.stream().mapToInt(LitellmMember::count).distinct().count() > 1
                ? weights(members, share -> 1.0, group, notes)
                : List.of();
    }

    private static List<Integer> weights(
            List<LitellmMember> members, Function<Share, @Nullable Double> figure, String group, ImportNotes notes) {
        List<BigDecimal> figures = new ArrayList<>();
        for (LitellmMember member : members) {
            Double said = figure.apply(member.first.share());
            if (said == null || said == 0) {
                notes.add(
                        member.line(),
                        "'" + group + "': a deployment without a share of the load gets the smallest one here");
            }
            figures.add(BigDecimal.valueOf(said == null ? 0 : said).multiply(BigDecimal.valueOf(member.count)));
        }
        return smallest(figures);
    }

    /** The smallest whole numbers that stand in the same proportion, as far as the largest weight allows. */
    private static List<Integer> smallest(List<BigDecimal> figures) {
        List<BigInteger> whole = figures.stream()
                .map(figure -> figure.movePointRight(6).toBigInteger().max(BigInteger.ONE))
                .toList();
        BigInteger divisor = whole.stream().reduce(BigInteger.ZERO, BigInteger::gcd);
        BigInteger largest =
                whole.stream().reduce(BigInteger.ONE, BigInteger::max).divide(divisor);
        double scale = Math.min(1, HEAVIEST / largest.doubleValue());
        return whole.stream()
                .map(each -> (int) Math.max(1, Math.round(each.divide(divisor).doubleValue() * scale)))
                .toList();
    }
}
