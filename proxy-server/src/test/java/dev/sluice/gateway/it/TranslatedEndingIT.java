package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.gateway.conformance.Scenario;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How streams end that do not end well, for every dialect of callers with every dialect of providers. */
final class TranslatedEndingIT {
    private static final List<Scenario> SCENARIOS = List.of(Scenario.TEXT, Scenario.PARALLEL_TOOLS, Scenario.REASONING);

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with(ProviderFormat.entries(), ""), Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    static Stream<Arguments> pairs() {
        List<Arguments> pairs = new ArrayList<>();
        for (CallerFormat caller : CallerFormat.values()) {
            for (ProviderFormat provider : ProviderFormat.values()) {
                if (caller.isServedBy(provider)) {
                    pairs.add(Arguments.of(caller, provider));
                }
            }
        }
        return pairs.stream();
    }

    private static Call stream(CallerFormat caller, ProviderFormat provider, Script script) {
        return rig.keyed(caller.ask(provider.model(rig, script), /* stream= */ true));
    }

    private static void assertRow(Call call, CallerFormat caller, ProviderFormat provider, String status) {
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo(status);
        assertThat(row.text("provider")).isEqualTo(provider.provider());
        assertThat(row.text("endpoint")).isEqualTo(caller.endpoint());
        assertThat(row.text("stream")).isEqualTo("true");
        assertThat(row.number("http_status")).isEqualTo(200L);
    }

    /** The control of the others: a stream that ends well has its end marker, and no error. */
    @ParameterizedTest
    @MethodSource("pairs")
    void aWholeStreamIsFinished(CallerFormat caller, ProviderFormat provider) throws Exception {
        Call call = stream(caller, provider, provider.stream(Scenario.TEXT));

        Answer answer = rig.answer(call);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.complete()).isTrue();
        assertThat(answer.text()).contains(caller.endMarker()).doesNotContain("\"error\":{", "event: error");
        assertRow(call, caller, provider, "ok");
        assertThat(rig.row(call).number("input_tokens")).isEqualTo(11L);
        assertThat(rig.row(call).number("output_tokens")).isEqualTo(7L);
        assertThat(rig.row(call).text("usage_source")).isEqualTo("provider");
    }

    /** After each of its pieces, by a clean end of the message and by a lost connection. */
    @ParameterizedTest
    @MethodSource("pairs")
    void aStreamThatIsCutIsNeverFinished(CallerFormat caller, ProviderFormat provider) throws Exception {
        Set<String> cut = new HashSet<>();
        for (Scenario scenario : SCENARIOS) {
            int whole = provider.voice().stream(scenario).size() - provider.piecesOfTheEnd();
            for (int pieces = 0; pieces <= whole; pieces++) {
                for (Script end : new Script[] {Script.end(), Script.cut()}) {
                    Call call = stream(caller, provider, Script.of(provider.begin(scenario, pieces), end));
                    Answer answer = rig.answer(call);
                    if (answer.status() == 200) {
                        caller.assertBrokenOff(answer, ErrorKind.UPSTREAM_ERROR);
                    } else {
                        caller.assertRefused(answer, ErrorKind.UPSTREAM_ERROR);
                    }
                    // Whoever was told anything of the answer has got a status of success with it.
                    if (pieces == whole) {
                        assertThat(answer.status()).isEqualTo(200);
                    }
                    cut.add(Rig.requestId(call));
                }
            }
        }
        await("a row for each").until(() -> truncated(caller, provider), rows -> rows.containsAll(cut));
    }

    private static Set<String> truncated(CallerFormat caller, ProviderFormat provider) throws SQLException {
        return rig
                .query(
                        "SELECT * FROM sluice.usage_event WHERE endpoint = ? AND provider = ? AND status = 'truncated'",
                        caller.endpoint(),
                        provider.provider())
                .stream()
                .map(row -> row.text("request_id"))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void whatWasDeliveredOfACutStreamIsCounted(CallerFormat caller, ProviderFormat provider) throws Exception {
        int pieces = provider.voice().stream(Scenario.TEXT).size() - provider.piecesOfTheEnd();
        Call call = stream(caller, provider, Script.of(provider.begin(Scenario.TEXT, pieces), Script.cut()));

        caller.assertBrokenOff(rig.answer(call), ErrorKind.UPSTREAM_ERROR);

        assertRow(call, caller, provider, "truncated");
        UsageRow row = rig.row(call);
        assertThat(row.number("counted_output")).isBetween(8L, 30L);
        assertThat(row.number("counted_input")).isPositive();
        assertThat(row.number("output_tokens")).isPositive();
        assertThat(row.text("usage_source")).isNotEqualTo("none");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anErrorInTheMiddleIsToldInTheCallersWords(CallerFormat caller, ProviderFormat provider) throws Exception {
        int pieces = provider.voice().stream(Scenario.TEXT).size() - provider.piecesOfTheEnd();
        Call call = stream(
                caller,
                provider,
                Script.of(provider.begin(Scenario.TEXT, pieces), provider.failure("all seats taken"), Script.end()));

        Answer answer = rig.answer(call);

        if (caller.isNative(provider)) {
            assertThat(answer.body())
                    .as("the provider's own bytes")
                    .endsWith(provider.voice().failure("all seats taken"));
            assertThat(answer.text()).doesNotContain(caller.endMarker());
        } else {
            ErrorKind kind = provider == ProviderFormat.OLLAMA ? ErrorKind.UPSTREAM_ERROR : ErrorKind.OVERLOADED;
            assertThat(caller.assertBrokenOff(answer, kind)).contains("all seats taken");
        }
        assertThat(answer.text()).contains("Hel");
        assertRow(call, caller, provider, "upstream_error");
        assertThat(rig.row(call).number("counted_output")).isPositive();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anErrorAtTheBeginningIsAnErrorStatus(CallerFormat caller, ProviderFormat provider) throws Exception {
        Call call = stream(
                caller, provider, Script.of(provider.streamHead(), provider.failure("all seats taken"), Script.end()));

        Answer answer = rig.answer(call);

        ErrorKind kind = provider == ProviderFormat.OLLAMA ? ErrorKind.UPSTREAM_ERROR : ErrorKind.OVERLOADED;
        assertThat(caller.assertRefused(answer, kind)).contains("all seats taken");
        assertThat(rig.row(call).status()).isEqualTo("upstream_error");
        assertThat(rig.row(call).text("provider")).isEqualTo(provider.provider());
    }

    /** However the provider puts it, and where ever: its key is not for callers. */
    @ParameterizedTest
    @MethodSource("pairs")
    void noErrorTellsTheProvidersKey(CallerFormat caller, ProviderFormat provider) throws Exception {
        String sentence = "wrong key " + Rig.PROVIDER_KEY;
        Script first = Script.of(provider.streamHead(), provider.failure(sentence), Script.end());
        Script later = Script.of(provider.begin(Scenario.TEXT, 2), provider.failure(sentence), Script.end());

        assertThat(rig.answer(stream(caller, provider, first)).toString()).doesNotContain(Rig.PROVIDER_KEY);
        if (!caller.isNative(provider)) {
            assertThat(rig.answer(stream(caller, provider, later)).toString()).doesNotContain(Rig.PROVIDER_KEY);
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aCallerWhoLeavesStopsTheProvider(CallerFormat caller, ProviderFormat provider) throws Exception {
        CompletableFuture<Long> gone = new CompletableFuture<>();
        int pieces = provider.voice().stream(Scenario.TEXT).size() - provider.piecesOfTheEnd();
        Call call = stream(caller, provider, Script.of(provider.begin(Scenario.TEXT, pieces), Script.stall(gone)));

        try (RawClient client = new RawClient(rig.address())) {
            RawClient.Incoming incoming = client.send(call).begin();
            StringBuilder heard = new StringBuilder();
            while (heard.indexOf("back") < 0) {
                byte[] read = incoming.read(4096);
                assertThat(read).as("more than " + heard).isNotEmpty();
                heard.append(new String(read, UTF_8));
            }
            assertThat(gone).isNotDone();
            client.reset();
        }

        assertThat(gone.get(5, TimeUnit.SECONDS)).isPositive();
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("client_abort");
        assertThat(row.text("endpoint")).isEqualTo(caller.endpoint());
        assertThat(row.number("counted_output")).isBetween(8L, 30L);
        assertThat(Objects.requireNonNull(row.number("output_tokens"))).isPositive();
    }
}
