package dev.sluice.gateway.price;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * One case of {@code golden/usage}: what a provider answers, what a model costs, and what the answer costs by hand. See
 * the README there.
 *
 * @param folder the shape
 * @param served the service tier that is billed; null: the answer does not name one
 * @param price the model's row of a price file
 * @param lines the computation
 * @param ownCostNano what the answer says it costs; {@link Money#UNKNOWN} when it does not
 */
record GoldenCase(
        String folder,
        String name,
        boolean stream,
        List<String> payloads,
        @Nullable String served,
        boolean batch,
        String price,
        List<Line> lines,
        long ownCostNano,
        long costNano) {
    static final String PROVIDER = "acme";
    static final String MODEL = "model";

    private static final Set<String> MEMBERS = Set.of(
            "shows", "stream", "payloads", "served", "batch", "price", "computation", "own_cost_nano", "cost_nano");
    private static final Pattern LINE = Pattern.compile("(unknown|[0-9]+) ([a-z0-9_]+)(?: x ([0-9.]+) = ([0-9.]+))?");
    private static final String UNKNOWN = "unknown";

    /**
     * A bucket, and what it costs.
     *
     * @param units -1: unknown
     * @param rate dollars for a million tokens or a thousand calls; null where the provider's own cost counts
     * @param microDollars units times rate, as written
     */
    record Line(
            long units,
            String bucket,
            @Nullable BigDecimal rate,
            @Nullable BigDecimal microDollars) {
        static Line parse(String text) {
            Matcher matcher = LINE.matcher(text);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no line of a computation such as '600 in_text x 2.5 = 1500'");
            }
            String units = matcher.group(1);
            String rate = matcher.group(3);
            return new Line(
                    units.equals(UNKNOWN) ? -1 : Long.parseLong(units),
                    matcher.group(2),
                    rate == null ? null : new BigDecimal(rate),
                    rate == null ? null : new BigDecimal(matcher.group(4)));
        }

        /** What the line says, worked out again; zero without a rate. */
        BigDecimal product() {
            if (rate == null) {
                return BigDecimal.ZERO;
            }
            BigDecimal unitsOfMicro = bucket.equals("web_search") ? BigDecimal.valueOf(1_000) : BigDecimal.ONE;
            return BigDecimal.valueOf(units).multiply(rate).multiply(unitsOfMicro);
        }
    }

    /** The sum of the lines, rounded half up to nano-dollars. */
    long computedNano() {
        BigDecimal sum = BigDecimal.ZERO;
        for (Line line : lines) {
            sum = sum.add(line.product());
        }
        return sum.movePointRight(3).setScale(0, RoundingMode.HALF_UP).longValueExact();
    }

    boolean isPriced() {
        return lines.stream().anyMatch(line -> line.rate() != null);
    }

    PriceBook prices() {
        String file = "providers:\n  " + PROVIDER + ":\n    models:\n      " + MODEL + ":\n" + price.indent(8);
        return PriceBook.of(
                PriceFile.parse(file.getBytes(StandardCharsets.UTF_8), folder + "/" + name), null, Map.of());
    }

    static GoldenCase read(Path file) throws IOException {
        Map<?, ?> members = (Map<?, ?>) Objects.requireNonNull(
                new Load(LoadSettings.builder().setLabel(file.toString()).build())
                        .loadFromString(Files.readString(file)));
        for (Object member : members.keySet()) {
            if (!MEMBERS.contains(member)) {
                throw new IllegalArgumentException(file + " has an unknown '" + member + "'");
            }
        }
        List<Line> lines = new ArrayList<>();
        for (Object line : (List<?>) required(members, "computation")) {
            lines.add(Line.parse(line.toString()));
        }
        required(members, "shows");
        return new GoldenCase(
                Objects.requireNonNull(file.getParent()).getFileName().toString(),
                file.getFileName().toString().replace(".yaml", ""),
                Boolean.TRUE.equals(members.get("stream")),
                ((List<?>) required(members, "payloads"))
                        .stream().map(Object::toString).toList(),
                (String) members.get("served"),
                Boolean.TRUE.equals(members.get("batch")),
                required(members, "price").toString(),
                List.copyOf(lines),
                nano(members.containsKey("own_cost_nano") ? required(members, "own_cost_nano") : UNKNOWN),
                nano(required(members, "cost_nano")));
    }

    private static Object required(Map<?, ?> members, String member) {
        return Objects.requireNonNull(members.get(member), () -> "a case needs '" + member + "'");
    }

    private static long nano(Object value) {
        return value.equals(UNKNOWN) ? Money.UNKNOWN : ((Number) value).longValue();
    }

    @Override
    public String toString() {
        return folder + "/" + name;
    }
}
