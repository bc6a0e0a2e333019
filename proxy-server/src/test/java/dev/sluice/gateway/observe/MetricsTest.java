package dev.sluice.gateway.observe;

import static dev.sluice.gateway.observe.Summaries.USAGE;
import static dev.sluice.gateway.observe.Summaries.attempt;
import static dev.sluice.gateway.observe.Summaries.exchange;
import static dev.sluice.gateway.observe.Summaries.refused;
import static dev.sluice.gateway.observe.Summaries.served;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.exchange.Settlement;
import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{.*})?) (\\S+)");

    private final Metrics metrics = new Metrics();

    @Test
    void countsARequestWithItsTimesTokensAndCost() throws IOException {
        metrics.onExchange(served("gpt-4o"));
        metrics.onExchange(served("gpt-4o"));

        Map<String, Double> page = scrape();

        assertThat(page)
                .containsEntry(
                        "sluice_requests_total{endpoint=\"chat.completions\",model=\"gpt-4o\",provider=\"openai\","
                                + "status=\"ok\",code=\"200\",}",
                        2.0)
                .containsEntry("sluice_tokens_total{model=\"gpt-4o\",provider=\"openai\",direction=\"input\",}", 240.0)
                .containsEntry("sluice_tokens_total{model=\"gpt-4o\",provider=\"openai\",direction=\"cached\",}", 200.0)
                .containsEntry("sluice_tokens_total{model=\"gpt-4o\",provider=\"openai\",direction=\"output\",}", 68.0)
                .containsEntry(
                        "sluice_tokens_total{model=\"gpt-4o\",provider=\"openai\",direction=\"reasoning\",}", 10.0)
                .containsEntry("sluice_cost_usd_total{model=\"gpt-4o\",provider=\"openai\",}", 0.003)
                .containsEntry("sluice_attempts_total{model=\"gpt-4o\",provider=\"openai\",status=\"ok\",}", 2.0)
                .containsEntry("sluice_request_bytes_total{endpoint=\"chat.completions\",}", 1_024.0)
                .containsEntry("sluice_response_bytes_total{endpoint=\"chat.completions\",}", 4_096.0)
                .containsEntry("sluice_overhead_seconds_bucket{endpoint=\"chat.completions\",le=\"5.0E-5\",}", 0.0)
                .containsEntry("sluice_overhead_seconds_bucket{endpoint=\"chat.completions\",le=\"1.0E-4\",}", 2.0)
                .containsEntry(
                        "sluice_time_to_first_token_seconds_bucket"
                                + "{model=\"gpt-4o\",provider=\"openai\",le=\"0.3\",}",
                        2.0)
                .containsEntry(
                        "sluice_request_duration_seconds_count"
                                + "{endpoint=\"chat.completions\",model=\"gpt-4o\",provider=\"openai\",}",
                        2.0);
    }

    @Test
    void comparesWhatProvidersReportWithWhatTheGatewayCounts() throws IOException {
        metrics.onExchange(served("gpt-4o"));

        assertThat(scrape())
                .containsEntry(
                        "sluice_compared_tokens_total{model=\"gpt-4o\",provider=\"openai\",direction=\"input\",by=\"provider\",}",
                        120.0)
                .containsEntry(
                        "sluice_compared_tokens_total{model=\"gpt-4o\",provider=\"openai\",direction=\"input\",by=\"gateway\",}",
                        110.0)
                .containsEntry(
                        "sluice_compared_tokens_total{model=\"gpt-4o\",provider=\"openai\",direction=\"output\",by=\"gateway\",}",
                        33.0);
    }

    @Test
    void countsAFallbackForTheModelThatWasAskedForAtBothProviders() throws IOException {
        metrics.onExchange(exchange(
                "r",
                "chat",
                AttemptStatus.OK,
                200,
                null,
                attempt("first", AttemptStatus.UPSTREAM_ERROR, 503, Usage.NONE),
                attempt("second", AttemptStatus.OK, 200, USAGE)));

        assertThat(scrape())
                .containsEntry(
                        "sluice_attempts_total{model=\"chat\",provider=\"first\",status=\"upstream_error\",}", 1.0)
                .containsEntry("sluice_attempts_total{model=\"chat\",provider=\"second\",status=\"ok\",}", 1.0)
                .containsEntry(
                        "sluice_requests_total{endpoint=\"chat.completions\",model=\"chat\",provider=\"second\","
                                + "status=\"ok\",code=\"200\",}",
                        1.0)
                .containsEntry("sluice_tokens_total{model=\"chat\",provider=\"first\",direction=\"input\",}", 0.0);
    }

    @Test
    void countsRefusedRequestsWithoutTheNameTheyAskedFor() throws IOException {
        metrics.onExchange(refused("invented", 404, "model_not_found"));

        Map<String, Double> page = scrape();

        assertThat(page)
                .containsEntry(
                        "sluice_requests_total{endpoint=\"chat.completions\",model=\"unknown\",provider=\"none\","
                                + "status=\"refused\",code=\"404\",}",
                        1.0)
                .containsEntry("sluice_errors_total{code=\"model_not_found\",}", 1.0);
        assertThat(page.keySet()).noneMatch(name -> name.contains("invented"));
    }

    @Test
    void staysBoundedWhenCallersInventModelsBehindAWildcard() throws IOException {
        for (int i = 0; i < 10_000; i++) {
            metrics.onExchange(served("model-" + i));
        }

        Map<String, Double> page = scrape();

        assertThat(page.keySet().stream().filter(name -> name.startsWith("sluice_requests_total{")))
                .hasSize(ModelLabels.MAX_MODELS + 1);
        assertThat(page)
                .containsEntry(
                        "sluice_requests_total{endpoint=\"chat.completions\",model=\"other\",provider=\"openai\","
                                + "status=\"ok\",code=\"200\",}",
                        10_000.0 - ModelLabels.MAX_MODELS);
    }

    @Test
    void keepsThePlacesFreeOfNamesThatAProviderDidNotKnow() throws IOException {
        for (int i = 0; i < 1_000; i++) {
            metrics.onExchange(exchange(
                    "r",
                    "junk-" + i,
                    AttemptStatus.UPSTREAM_ERROR,
                    404,
                    null,
                    attempt("openai", AttemptStatus.UPSTREAM_ERROR, 404, Usage.NONE)));
        }
        metrics.onExchange(served("gpt-4o"));

        Map<String, Double> page = scrape();

        assertThat(page.keySet()).noneMatch(name -> name.contains("junk-")).anyMatch(name -> name.contains("gpt-4o"));
    }

    @Test
    void staysBoundedWhenAProviderInventsStatuses() throws IOException {
        for (int status = 100; status < 1_000; status++) {
            metrics.onExchange(exchange(
                    "r", "gpt-4o", AttemptStatus.OK, status, null, attempt("openai", AttemptStatus.OK, 200, USAGE)));
        }

        Map<String, Double> page = scrape();

        assertThat(page.keySet().stream().filter(name -> name.startsWith("sluice_requests_total{")))
                .hasSize(ModelSeries.MAX_OUTCOMES + 1);
        assertThat(page)
                .containsEntry(
                        "sluice_requests_total{endpoint=\"other\",model=\"gpt-4o\",provider=\"other\","
                                + "status=\"other\",code=\"other\",}",
                        900.0 - ModelSeries.MAX_OUTCOMES);
    }

    @Test
    void escapesHostileNames() throws IOException {
        metrics.onExchange(served("a\"b\\c\nd"));

        assertThat(scrape().keySet())
                .anyMatch(name -> name.startsWith("sluice_requests_total{") && name.contains("a\\\"b\\\\c\\nd"));
    }

    @Test
    void neverCountsAnUnpricedAttemptAsCost() throws IOException {
        Metrics unpriced = new Metrics();
        unpriced.onExchange(exchange(
                "r",
                "gpt-4o",
                AttemptStatus.OK,
                200,
                null,
                attempt(
                        "openai",
                        AttemptStatus.OK,
                        200,
                        USAGE,
                        new Settlement(USAGE, Settlement.Source.PROVIDER, Usage.UNKNOWN, Usage.UNKNOWN))));

        assertThat(scrape(unpriced)).containsEntry("sluice_cost_usd_total{model=\"gpt-4o\",provider=\"openai\",}", 0.0);
    }

    @Test
    void asksForFiguresOfOtherRoomsAtEachScrape() throws IOException {
        long[] rows = {7};
        metrics.gauge("sluice_usage_queue_depth", "Waiting.", () -> rows[0]);
        metrics.counter("sluice_usage_rows_written_total", "Rows.", () -> rows[0] * 2);
        metrics.gauge("sluice_upstream_connections", "Pool.", "state", "idle", () -> 3, "active", () -> 4);

        scrape();
        rows[0] = 8;

        assertThat(scrape())
                .containsEntry("sluice_usage_queue_depth", 8.0)
                .containsEntry("sluice_usage_rows_written_total", 16.0)
                .containsEntry("sluice_upstream_connections{state=\"idle\",}", 3.0)
                .containsEntry("sluice_upstream_connections{state=\"active\",}", 4.0);
    }

    @Test
    void countingARequestAllocatesNothing() {
        ExchangeSummary summary = served("gpt-4o");

        assertThat(Allocations.bytesOf(() -> metrics.onExchange(summary))).isZero();
    }

    @Test
    void theProcessIsDescribedWithoutAListenerToItsCollections() throws IOException {
        assertThat(scrape())
                .containsKeys(
                        "process_cpu_seconds_total", "jvm_memory_bytes_used{area=\"heap\",}", "jvm_threads_current")
                .containsKey("jvm_classes_currently_loaded")
                .allSatisfy((name, value) -> assertThat(name).doesNotStartWith("jvm_memory_pool_allocated"));
    }

    @Test
    void aFigureThatThrowsTakesNoOtherWithIt() throws IOException {
        metrics.gauge("sluice_broken", "Throws.", () -> {
            throw new IllegalStateException("gone");
        });
        metrics.gauge("sluice_sound", "Works.", () -> 1);

        assertThat(scrape())
                .doesNotContainKey("sluice_broken")
                .containsEntry("sluice_sound", 1.0)
                .containsKey("jvm_threads_current");
    }

    private Map<String, Double> scrape() throws IOException {
        return scrape(metrics);
    }

    /** Reads the page the way a scraper does: each line is a comment or a sample, and no sample comes twice. */
    private static Map<String, Double> scrape(Metrics metrics) throws IOException {
        StringWriter writer = new StringWriter();
        metrics.writeTo(writer);
        Map<String, Double> samples = new LinkedHashMap<>();
        for (String line : writer.toString().lines().toList()) {
            if (line.startsWith("# HELP ") || line.startsWith("# TYPE ")) {
                continue;
            }
            Matcher sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as(line).isTrue();
            Double value = sample.group(2).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.valueOf(sample.group(2));
            assertThat(samples.put(sample.group(1), value)).as(line).isNull();
        }
        return samples;
    }
}
