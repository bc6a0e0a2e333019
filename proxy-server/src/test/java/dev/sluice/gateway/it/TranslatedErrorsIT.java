package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.gateway.conformance.Scenario;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every error in the caller's own dialect, whoever makes it: the gateway, or a provider of any dialect. */
final class TranslatedErrorsIT {
    private static final String SENTENCE = "models/x says no";

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
        return TranslatedEndingIT.pairs();
    }

    private static Call withId(Call call) {
        return call.with("x-request-id", "it-" + java.util.UUID.randomUUID());
    }

    @ParameterizedTest
    @EnumSource(CallerFormat.class)
    void theGatewaysOwnAreInTheCallersWords(CallerFormat caller) throws Exception {
        String model = ProviderFormat.OLLAMA.model(rig, ProviderFormat.OLLAMA.whole(Scenario.TEXT));
        for (boolean stream : new boolean[] {false, true}) {
            Call keyless = withId(caller.ask(model, stream));
            Call wrongKey = caller.key(withId(caller.ask(model, stream)), "sk-slc-wrong");
            Call unknown = caller.key(withId(caller.ask("nowhere", stream)), rig.key());
            Call forbidden = caller.key(withId(caller.ask(model, stream)), rig.fewKey());
            Call malformed = caller.key(
                    withId(Call.post(caller.path(model, stream), caller.question(model, stream) + "}")), rig.key());

            assertThat(caller.assertRefused(rig.answer(keyless), ErrorKind.INVALID_API_KEY))
                    .contains("No API key");
            caller.assertRefused(rig.answer(wrongKey), ErrorKind.INVALID_API_KEY);
            assertThat(caller.assertRefused(rig.answer(unknown), ErrorKind.MODEL_NOT_FOUND))
                    .contains("'nowhere'");
            assertThat(caller.assertRefused(rig.answer(forbidden), ErrorKind.MODEL_NOT_ALLOWED))
                    .contains("'" + model + "'");
            caller.assertRefused(rig.answer(malformed), ErrorKind.INVALID_REQUEST);
        }
        assertThat(rig.scripts().requests(model.substring(model.indexOf('/') + 1)))
                .isEmpty();
    }

    /** What no dialect can do without, refused before anybody is asked. */
    @ParameterizedTest
    @MethodSource("pairs")
    void aQuestionWithoutAnyContentIsRefused(CallerFormat caller, ProviderFormat provider) throws Exception {
        if (caller.isNative(provider)) {
            return;
        }
        String model = provider.model(rig, provider.whole(Scenario.TEXT));
        String body = caller.question(model, /* stream= */ false)
                .replaceFirst("\"(messages|contents)\":\\[.*", "\"$1\":7}")
                .replaceFirst("\"input\":.*", "\"input\":7}");
        Call call = rig.keyed(Call.post(caller.path(model, /* stream= */ false), body));

        assertThat(caller.assertRefused(rig.answer(call), ErrorKind.INVALID_REQUEST))
                .containsAnyOf("messages", "contents", "input");
        assertThat(rig.rows(Rig.requestId(call))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void theProvidersAreInTheCallersWords(CallerFormat caller, ProviderFormat provider) throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            assertThat(refused(caller, provider, stream, 400, ErrorKind.INVALID_REQUEST))
                    .contains(SENTENCE);
            // The provider key is not the caller's business.
            assertThat(refused(caller, provider, stream, 401, ErrorKind.UPSTREAM_AUTH))
                    .doesNotContain(SENTENCE);
            assertThat(refused(caller, provider, stream, 403, ErrorKind.UPSTREAM_AUTH))
                    .doesNotContain(SENTENCE);
            refused(caller, provider, stream, 404, ErrorKind.MODEL_NOT_FOUND);
            refused(caller, provider, stream, 429, ErrorKind.RATE_LIMITED);
            refused(caller, provider, stream, 500, ErrorKind.UPSTREAM_ERROR);
            refused(caller, provider, stream, 529, ErrorKind.OVERLOADED);
        }
    }

    private static String refused(
            CallerFormat caller, ProviderFormat provider, boolean stream, int status, ErrorKind kind) throws Exception {
        String refusal = provider.voice().refusal(status, SENTENCE);
        String model = provider.model(rig, Script.json(status, refusal, "retry-after", "17"));
        Call call = rig.keyed(caller.ask(model, stream));

        Answer answer = rig.answer(call);

        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("upstream_error");
        assertThat(row.number("http_status")).isEqualTo((long) status);
        assertThat(row.text("endpoint")).isEqualTo(caller.endpoint());
        assertThat(answer.field("x-sluice-provider")).isEqualTo(provider.provider());
        if (status == 429) {
            assertThat(answer.field("retry-after")).isEqualTo("17");
        }
        if (caller.isNative(provider) && status < 500 && kind != ErrorKind.UPSTREAM_AUTH) {
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.text()).as("the provider's own words").isEqualTo(refusal);
            return answer.text();
        }
        return caller.assertRefused(answer, kind);
    }

    /** A page of some proxy's between the gateway and the provider helps nobody. */
    @ParameterizedTest
    @MethodSource("pairs")
    void anErrorThatIsNoJsonIsOneAllTheSame(CallerFormat caller, ProviderFormat provider) throws Exception {
        String page = "<html><body>bad gateway at 10.1.2.3</body></html>";
        String model = provider.model(
                rig,
                Script.of(
                        Script.head(502, "content-type", "text/html", "content-length", "" + page.length()),
                        Script.send(page),
                        Script.end()));

        Answer answer = rig.answer(rig.keyed(caller.ask(model, /* stream= */ true)));

        assertThat(caller.assertRefused(answer, ErrorKind.UPSTREAM_ERROR)).doesNotContain("10.1.2.3");
    }

    /** An answer of status 200 that is not what it should be. */
    @ParameterizedTest
    @MethodSource("pairs")
    void anAnswerThatIsNoneIsAnError(CallerFormat caller, ProviderFormat provider) throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            String type = stream ? provider.voice().streamType() : "application/json";
            for (String nonsense : List.of("<html>hello</html>", "\u0000\u0000\u0000\u0000nonsense", "")) {
                String model = provider.model(
                        rig, Script.of(Script.head(200, "content-type", type), Script.send(nonsense), Script.end()));
                Call call = rig.keyed(caller.ask(model, stream));

                caller.assertRefused(rig.answer(call), ErrorKind.UPSTREAM_ERROR);

                assertThat(rig.row(call).status())
                        .as("stream " + stream + ", " + nonsense)
                        .isIn("upstream_error", "truncated");
            }
        }
    }
}
