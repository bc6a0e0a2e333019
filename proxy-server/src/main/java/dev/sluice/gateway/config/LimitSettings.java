package dev.sluice.gateway.config;

import java.net.URI;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much callers may, as the operator wrote it. Immutable; thread: any.
 *
 * @param timeZone whose midnight windows of the calendar begin at, unless a rule has its own
 * @param nodes how many gateways share the limits while they cannot agree
 * @param webhook who is told when a limit comes near; null: nobody
 */
public record LimitSettings(
        ZoneId timeZone,
        int nodes,
        List<Rule> rules,
        Threats threats,
        @Nullable Webhook webhook) {
    public static final LimitSettings DEFAULT = new LimitSettings(ZoneOffset.UTC, 1, List.of(), Threats.DEFAULT, null);

    public LimitSettings {
        rules = List.copyOf(rules);
    }

    /**
     * Some amounts for the same calls.
     *
     * @param name unique; told to callers
     * @param filter which calls it is for: lists by {@code keys users end_users teams tiers models providers endpoints}
     * @param tags which calls it is for: those with all of these
     * @param per by what callers are told apart: {@code key user end_user team tier ip session provider model tag:<name>};
     *     empty: not at all, all calls have one counter
     * @param timeZone null: that of the settings
     * @param calendar whether windows are the calendar's; null: those of a day and longer are
     * @param burst requests that may come at once; 0: as many as the window allows
     * @param strict whether it refuses while what nodes share cannot be told
     * @param queue how long a call may wait instead of being refused
     * @param warnPercent when somebody is told
     */
    public record Rule(
            String name,
            Map<String, List<String>> filter,
            Map<String, String> tags,
            List<String> per,
            List<Amount> amounts,
            @Nullable ZoneId timeZone,
            @Nullable Boolean calendar,
            long burst,
            boolean strict,
            Duration queue,
            List<Integer> warnPercent) {
        public static final List<Integer> DEFAULT_WARN_PERCENT = List.of(80, 100);

        public Rule {
            filter = Map.copyOf(filter);
            tags = Map.copyOf(tags);
            per = List.copyOf(per);
            amounts = List.copyOf(amounts);
            warnPercent = List.copyOf(warnPercent);
        }
    }

    /**
     * @param measure {@code requests tokens input_tokens output_tokens cost concurrent max_tokens request_size}
     * @param limit in requests, tokens, nano-dollars, calls or bytes
     * @param period {@code second minute hour day week month total}; null for what is not counted over time
     */
    public record Amount(
            String measure, long limit, @Nullable String period) {

        /**
         * Whether its window begins with the calendar's.
         *
         * @param said by its rule; null: nothing
         */
        public boolean isOfCalendar(@Nullable Boolean said) {
            return switch (period) {
                case null -> false;
                case "total" -> false;
                case "second", "minute", "hour" -> said != null && said;
                default -> said == null || said;
            };
        }
    }

    /**
     * How callers are treated that behave badly.
     *
     * @param halveAt score from which they have half of every limit, a quarter at twice that, and so on
     * @param blockAt score from which they are refused for {@code block}
     * @param halfLife in which a score falls to its half
     */
    public record Threats(boolean enabled, int halveAt, int blockAt, Duration block, Duration halfLife) {
        public static final Threats DEFAULT = new Threats(true, 50, 200, Duration.ofMinutes(5), Duration.ofMinutes(5));
    }

    /** @param secret signs what is sent; null: it is not signed */
    public record Webhook(URI url, @Nullable Secret secret, boolean allowPrivate) {

        /** The host alone: path and query are often what proves that one may call. */
        @Override
        public String toString() {
            return "Webhook[" + url.getScheme() + "://" + url.getHost() + "]";
        }
    }
}
