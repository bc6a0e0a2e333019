package dev.sluice.gateway.limit;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.LimitSettings;
import dev.sluice.gateway.config.LimitSettings.Amount;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes the rules in force of what operators have written: in the file, for everybody and beside single keys, and in the
 * database. Ids are made of names alone, so that every gateway has the same ones for the same file, and finds its counters
 * again when an amount has changed:
 *
 * <pre>
 *   free messages/requests/day      a rule of the file, its measure, its period
 *   standard/concurrent             what is not counted over time has none
 *   key:Ab3dEf9h/cost/month         a key of the file, by its public id
 *   budget:{id}/cost/month          a budget of the database
 * </pre>
 *
 * Names of rules have neither {@code :} nor {@code /}. Thread: any.
 */
public final class RuleTranslation {
    private final GatewayConfig config;
    private final LimitSettings settings;
    private final List<LimitRule> rules = new ArrayList<>();

    private RuleTranslation(GatewayConfig config) {
        this.config = config;
        this.settings = config.limits();
    }

    /** @param budgets those that are switched on */
    public static LimitRules of(GatewayConfig config, List<Budget> budgets) {
        RuleTranslation translation = new RuleTranslation(config);
        for (LimitSettings.Rule rule : config.limits().rules()) {
            translation.add(rule);
        }
        for (GatewayConfig.Key key : config.keys()) {
            translation.add(key);
        }
        for (Budget budget : budgets) {
            translation.rules.add(budget.rule(config.limits().timeZone()));
        }
        return new LimitRules(translation.rules, config.limits().nodes());
    }

    private void add(LimitSettings.Rule rule) {
        CallFilter filter = new CallFilter(
                withIds(values(rule, "keys")),
                values(rule, "users"),
                values(rule, "end_users"),
                values(rule, "teams"),
                values(rule, "tiers"),
                values(rule, "models"),
                values(rule, "providers"),
                values(rule, "endpoints"),
                rule.tags());
        List<Dimension> per = new ArrayList<>();
        for (String label : rule.per()) {
            per.add(Objects.requireNonNull(Labels.dimension(label), label));
        }
        ZoneId zone = rule.timeZone() == null ? settings.timeZone() : rule.timeZone();
        for (Amount amount : rule.amounts()) {
            Measure measure = measure(amount);
            Window window = window(amount, amount.isOfCalendar(rule.calendar()), zone);
            boolean bursts = measure == Measure.REQUESTS && !window.calendar();
            rules.add(new LimitRule(
                    id(rule.name(), amount),
                    rule.name(),
                    filter,
                    per,
                    measure,
                    amount.limit(),
                    window,
                    bursts ? Math.min(rule.burst(), amount.limit()) : 0,
                    rule.strict(),
                    measure.isOfOneCall() ? 0 : rule.queue().toMillis(),
                    amount.period() == null ? List.of() : rule.warnPercent()));
        }
    }

    private void add(GatewayConfig.Key key) {
        String id = publicId(key);
        CallFilter filter = new CallFilter(
                List.of(id), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Map.of());
        for (Amount amount : key.limits()) {
            rules.add(new LimitRule(
                    id("key:" + id, amount),
                    "key " + key.name(),
                    filter,
                    List.of(Dimension.of(Dimension.Kind.KEY)),
                    measure(amount),
                    amount.limit(),
                    window(amount, amount.isOfCalendar(null), settings.timeZone()),
                    0,
                    /* strict= */ false,
                    0,
                    amount.period() == null ? List.of() : LimitSettings.Rule.DEFAULT_WARN_PERCENT));
        }
    }

    /** The ledger knows the names of the database's keys, and not those of the file's. */
    private List<String> withIds(List<String> keys) {
        List<String> both = new ArrayList<>(keys);
        for (GatewayConfig.Key key : config.keys()) {
            String id = publicId(key);
            if (keys.contains(key.name()) && !both.contains(id)) {
                both.add(id);
            }
        }
        return both;
    }

    /** Of {@code hmac-sha256:<id>:<hash>}, which the reader has checked. */
    private static String publicId(GatewayConfig.Key key) {
        int from = key.hash().indexOf(':') + 1;
        return key.hash().substring(from, key.hash().indexOf(':', from));
    }

    private static List<String> values(LimitSettings.Rule rule, String kind) {
        return rule.filter().getOrDefault(kind, List.of());
    }

    private static String id(String name, Amount amount) {
        String id = name + "/" + amount.measure();
        return amount.period() == null ? id : id + "/" + amount.period();
    }

    private static Measure measure(Amount amount) {
        return Objects.requireNonNull(Labels.measure(amount.measure()), amount.measure());
    }

    private static Window window(Amount amount, boolean calendar, ZoneId zone) {
        Window.@Nullable Period period = amount.period() == null ? null : Labels.period(amount.period());
        if (period == null) {
            return Window.NONE;
        }
        return calendar ? new Window(period, /* calendar= */ true, zone) : Window.sliding(period);
    }
}
