package dev.sluice.gateway.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.PriceBook;
import dev.sluice.gateway.price.PriceRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/** Shows what models cost now: the shipped catalogue under the operator's own prices. */
@Command(
        name = "list",
        description = "Show what models cost now, in dollars for a million tokens.",
        footer = "Without --config: SLUICE_CONFIG, else ./sluice.yaml, else the environment alone.")
final class PricesListCommand implements Callable<Integer> {
    private static final List<String> SHOWN_RATES = List.of("input", "cached_input", "cache_write", "output");

    private final Main.Surroundings surroundings;
    private final InstantSource clock;

    @Option(names = "--provider", paramLabel = "NAME", description = "Of one provider alone.")
    private @Nullable String provider;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration that names 'usage.prices'.")
    private @Nullable Path config;

    @Option(names = "--json", description = "Print JSON, with every rate.")
    private boolean json;

    PricesListCommand(Main.Surroundings surroundings, InstantSource clock) {
        this.surroundings = surroundings;
        this.clock = clock;
    }

    @Override
    public Integer call() throws ConfigException, CommandFailedException, IOException {
        GatewayConfig loaded = ConfigLoader.load(config, surroundings.environment(), surroundings.workingDir())
                .config();
        PriceBook book = PriceBook.load(loaded.usage().prices(), loaded.providers());
        List<PriceRow> rows = chosen(book.rows(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant())));
        if (json) {
            surroundings.out().println(json(book.version(), rows));
        } else {
            print(rows, surroundings.out());
        }
        return ExitCode.OK;
    }

    private List<PriceRow> chosen(List<PriceRow> rows) throws CommandFailedException {
        if (provider == null) {
            return rows;
        }
        List<PriceRow> chosen =
                rows.stream().filter(row -> row.provider().equals(provider)).toList();
        if (chosen.isEmpty()) {
            throw new CommandFailedException("there are no prices of a provider '" + provider + "'; there are those of "
                    + String.join(
                            ", ",
                            rows.stream().map(PriceRow::provider).distinct().toList()));
        }
        return chosen;
    }

    private static void print(List<PriceRow> rows, PrintWriter out) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("model", "input", "cached", "write", "output", "long from", "tiers", "source"));
        for (PriceRow row : rows) {
            List<String> cells = new ArrayList<>();
            cells.add(UsageText.printable(row.provider() + "/" + row.model()));
            for (String rate : SHOWN_RATES) {
                cells.add(row.rates().getOrDefault(rate, "-"));
            }
            cells.add(row.longPromptFrom() == 0 ? "-" : Long.toString(row.longPromptFrom()));
            cells.add(row.tiers().isEmpty() ? "-" : UsageText.printable(String.join(",", row.tiers())));
            cells.add(source(row));
            lines.add(cells);
        }
        UsageText.columns(lines, 1, out);
    }

    private static String source(PriceRow row) {
        return row.override() ? "override" : "shipped";
    }

    private static String json(long version, List<PriceRow> rows) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
            generator.writeStartObject();
            generator.writeNumberField("price_version", version);
            generator.writeArrayFieldStart("rows");
            for (PriceRow row : rows) {
                write(row, generator);
            }
            generator.writeEndArray();
            generator.writeEndObject();
        }
        return out.toString();
    }

    private static void write(PriceRow row, JsonGenerator generator) throws IOException {
        generator.writeStartObject();
        generator.writeStringField("provider", row.provider());
        generator.writeStringField("model", row.model());
        generator.writeStringField("source", source(row));
        generator.writeObjectFieldStart("rates");
        for (Map.Entry<String, String> rate : row.rates().entrySet()) {
            generator.writeStringField(rate.getKey(), rate.getValue());
        }
        generator.writeEndObject();
        if (row.longPromptFrom() > 0) {
            generator.writeNumberField("long_prompt_from", row.longPromptFrom());
        }
        generator.writeArrayFieldStart("tiers");
        for (String tier : row.tiers()) {
            generator.writeString(tier);
        }
        generator.writeEndArray();
        generator.writeEndObject();
    }
}
