package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.openai.errors.RateLimitException;
import dev.sluice.gateway.conformance.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Streams that a budget stops, as the official libraries see them: an ordinary answer that was allowed no more tokens, of
 * which no more has come than was paid for and one piece. Each model has a budget of its own, so that tests do not get
 * into each other's way.
 */
final class CutOffIT {
    /** What a token of an answer costs; prompts are free. */
    private static final long TOKEN_NANO = 15_000;

    private static final long BUDGET_NANO = 1_500_000;

    private static Rig rig;
    private static final List<String> warnings = new ArrayList<>();
    private static final Handler LISTENER = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                warnings.add(entry.getLoggerName() + ": " + entry.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    /** A provider that says a piece, and the next one when the caller has got that. */
    private static final class Lockstep {
        private final Semaphore got;
        private volatile boolean ended;
        private final CompletableFuture<Long> gone = new CompletableFuture<>();

        Lockstep(SdkCaller caller) {
            got = new Semaphore(caller.readAhead());
        }

        Script script(SdkCaller caller, ProviderFormat provider) {
            boolean legacy = caller == SdkCaller.COMPLETIONS && provider == ProviderFormat.OPENAI;
            List<byte[]> pieces = legacy ? legacyStream() : provider.voice().stream(Scenario.LONG_TEXT);
            return wire -> {
                provider.streamHead().play(wire);
                try {
                    if (!saysAll(wire, pieces)) {
                        gone.complete(wire.awaitGone());
                        return;
                    }
                } catch (IOException writtenToNobody) {
                    gone.complete(System.nanoTime());
                    throw writtenToNobody;
                }
                wire.end();
            };
        }

        private boolean saysAll(Wire wire, List<byte[]> pieces) throws IOException, InterruptedException {
            for (byte[] piece : pieces) {
                wire.write(piece);
                if (new String(piece, ISO_8859_1).contains(" word")
                        && (!got.tryAcquire(20, TimeUnit.SECONDS) || ended)) {
                    return false;
                }
            }
            return true;
        }

        void onEnd() {
            ended = true;
            got.release();
        }
    }

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        StringBuilder prices = new StringBuilder("date: 2026-11-21\nproviders:\n");
        for (ProviderFormat provider : ProviderFormat.values()) {
            prices.append("  ").append(provider.provider()).append(":\n    models:\n");
            for (SdkCaller caller : SdkCaller.values()) {
                for (Scenario scenario : Scenario.values()) {
                    prices.append("      ")
                            .append(model(caller, provider, scenario))
                            .append(": { input: \"0\", output: \"15\" }\n");
                }
            }
        }
        Path file = Files.writeString(directory.resolve("prices.yaml"), prices);
        String limits = """
                usage: { prices: "${PRICES}" }
                limits:
                  rules:
                    - { name: small, per: model, cost: 0.0015/day }
                """;
        rig = Rig.start(Rig.with(ProviderFormat.entries(), "") + limits, Map.of("PRICES", file.toString()));
        Logger.getLogger("").addHandler(LISTENER);
    }

    @AfterAll
    static void stop() throws Exception {
        Logger.getLogger("").removeHandler(LISTENER);
        rig.close();
        assertThat(warnings).isEmpty();
    }

    static Stream<Arguments> pairs() {
        List<Arguments> pairs = new ArrayList<>();
        for (SdkCaller caller : SdkCaller.values()) {
            for (ProviderFormat provider : ProviderFormat.values()) {
                if (provider != ProviderFormat.RESPONSES || caller == SdkCaller.RESPONSES) {
                    pairs.add(Arguments.of(caller, provider));
                }
            }
        }
        return pairs.stream();
    }

    /** Those whose provider says a call piece by piece. */
    static Stream<Arguments> pairsWithHalfCalls() {
        return pairs().filter(pair -> pair.get()[0] != SdkCaller.COMPLETIONS
                && pair.get()[1] != ProviderFormat.GEMINI
                && pair.get()[1] != ProviderFormat.OLLAMA);
    }

    private static String model(SdkCaller caller, ProviderFormat provider, Scenario scenario) {
        String prefix = provider == ProviderFormat.BEDROCK ? "amazon." : "";
        return prefix
                + (caller + "-" + provider + "-" + scenario)
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-');
    }

    /** The same as a legacy completion, which only some hosts of OpenAI's dialect still serve. */
    private static List<byte[]> legacyStream() {
        List<byte[]> events = new ArrayList<>();
        for (byte[] event : ProviderFormat.OPENAI.voice().stream(Scenario.LONG_TEXT)) {
            events.add(new String(event, UTF_8)
                    .replace("chat.completion.chunk", "text_completion")
                    .replace("\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "\"text\":\"\"")
                    .replace("\"delta\":{\"content\":\" word\"}", "\"text\":\" word\"")
                    .replace("\"delta\":{}", "\"text\":\"\"")
                    .getBytes(UTF_8));
        }
        return events;
    }

    /** Without waiting for anybody. */
    private static Script freely(SdkCaller caller) {
        if (caller != SdkCaller.COMPLETIONS) {
            return ProviderFormat.OPENAI.stream(Scenario.LONG_TEXT);
        }
        StringBuilder events = new StringBuilder();
        legacyStream().forEach(event -> events.append(new String(event, UTF_8)));
        return Script.sse(events.toString());
    }

    private static String address() {
        return "http://127.0.0.1:" + rig.address().getPort();
    }

    private static UsageRow row(String model) {
        List<UsageRow> rows = await("the row of " + model)
                .atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> rig.query("SELECT * FROM sluice.usage_event WHERE upstream_model = ?", model),
                        found -> !found.isEmpty());
        assertThat(rows).hasSize(1);
        return rows.getFirst();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aBudgetEndsAStreamLikeALimitOfTokens(SdkCaller caller, ProviderFormat provider) throws Exception {
        String model = model(caller, provider, Scenario.LONG_TEXT);
        Lockstep steps = new Lockstep(caller);
        rig.scripts().put(model, steps.script(caller, provider));

        SdkCaller.Told told = caller.read(address(), rig.key(), provider.provider() + "/" + model, steps.got::release);
        steps.onEnd();

        assertThat(told.finish()).isEqualTo(caller.lengthReason());
        assertThat(told.stoppedBy()).isIn(null, "budget_exceeded");
        assertThat(steps.gone).as("the provider's connection closed").succeedsWithin(Duration.ofSeconds(5));
        UsageRow row = row(model);
        assertThat(row.status()).isEqualTo("budget_stop");
        int pieces = told.text().length() / " word".length();
        assertThat(told.text()).isEqualTo(" word".repeat(pieces));
        long tokens = requireNonNull(row.number("output_tokens"));
        long tokensOfAPiece = (tokens + pieces - 1) / pieces;
        long cost = requireNonNull(row.number("cost_nano"));
        assertThat(cost).isEqualTo(tokens * TOKEN_NANO);
        assertThat(cost)
                .as("paid for, and one piece")
                .isBetween(
                        BUDGET_NANO * 95 / 100, BUDGET_NANO + (1 + caller.readAhead()) * tokensOfAPiece * TOKEN_NANO);
        assertThat(told.outputTokens()).isIn(-1L, tokens);
    }

    @ParameterizedTest
    @MethodSource("pairsWithHalfCalls")
    void aCallThatIsHalfSaidEndsWithTheBudgetToo(SdkCaller caller, ProviderFormat provider) throws Exception {
        String model = model(caller, provider, Scenario.LONG_CALL);
        CompletableFuture<Long> gone = new CompletableFuture<>();
        int pieces = provider.voice().stream(Scenario.LONG_CALL).size() - provider.piecesOfTheEnd() - 3;
        rig.scripts().put(model, Script.of(provider.begin(Scenario.LONG_CALL, pieces), Script.stall(gone)));

        SdkCaller.Told told = caller.read(address(), rig.key(), provider.provider() + "/" + model, () -> {});

        assertThat(told.finish()).isEqualTo(caller.lengthReason());
        assertThat(told.stoppedBy()).isIn(null, "budget_exceeded");
        assertThat(told.text()).isEqualTo("I look.");
        assertThat(row(model).status()).isEqualTo("budget_stop");
        assertThat(gone).succeedsWithin(Duration.ofSeconds(5));
    }

    /** The libraries try a 429 again, and again, unless they are told not to. */
    @ParameterizedTest
    @EnumSource(SdkCaller.class)
    void anEmptyBudgetIsAskedForOnce(SdkCaller caller) throws Exception {
        ProviderFormat provider = ProviderFormat.OPENAI;
        String model = model(caller, provider, Scenario.TEXT);
        rig.scripts().put(model, freely(caller));
        String asked = provider.provider() + "/" + model;
        caller.read(address(), rig.key(), asked, () -> {});
        double before = refusals();

        Throwable refused = catchThrowable(() -> caller.read(address(), rig.key(), asked, () -> {}));

        assertThat(refused).isNotNull();
        switch (caller) {
            case CHAT, COMPLETIONS, RESPONSES ->
                assertThat(refused)
                        .isInstanceOfSatisfying(
                                RateLimitException.class,
                                limited -> assertThat(limited.code()).contains("budget_exceeded"));
            case ANTHROPIC -> assertThat(refused).hasMessageContaining("402");
            case GEMINI -> assertThat(refused).hasMessageContaining("402");
        }
        assertThat(refusals() - before).isEqualTo(1);
    }

    /** Calls that were refused since the gateway was started. */
    private static double refusals() throws IOException {
        return Scrape.sum(rig.adminAddress(), "sluice_requests_total", "status=\"refused\"");
    }
}
