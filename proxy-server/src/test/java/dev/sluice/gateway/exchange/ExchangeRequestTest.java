package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.WHOLE;
import static dev.sluice.gateway.wire.Answers.json;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a request reaches the provider, and what of it is recorded. */
class ExchangeRequestTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64})
    void aBodyInPiecesIsTheSameBody(int pieceBytes) {
        call.begin();
        for (int i = 0; i < Call.WHOLE_BODY.length(); i += pieceBytes) {
            call.body(Call.WHOLE_BODY.substring(i, Math.min(Call.WHOLE_BODY.length(), i + pieceBytes)));
        }
        call.bodyEnd();

        assertThat(call.provider().received())
                .endsWith("\r\n\r\n{\"model\":\"m-1\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
        call.provider(json(200, WHOLE));
        assertThat(call.summary().requestBytes()).isEqualTo(Call.WHOLE_BODY.length());
    }

    @Test
    void aLargeBodyInManyPiecesIsSentOnWhole() {
        String text = "x".repeat(300_000);
        call.begin().body("{\"model\":\"gpt-test\",\"messages\":[{\"content\":\"");
        for (int i = 0; i < text.length(); i += 1_000) {
            call.body(text.substring(i, i + 1_000));
        }
        call.body("\"}]}").bodyEnd();

        assertThat(call.provider().received())
                .endsWith("{\"model\":\"m-1\",\"messages\":[{\"content\":\"" + text + "\"}]}");
    }

    @Test
    void aStreamIsAskedForItsUsageAndTheReportIsKeptBack() {
        call.send(Call.STREAM_BODY);
        assertThat(call.provider().received()).contains("\"stream_options\":{\"include_usage\":true}");
        call.provider(stream("hi"));

        assertThat(call.client().body()).doesNotContain("prompt_tokens");
        assertThat(call.attempt().usage().inputTokens()).isEqualTo(7);
    }

    @Test
    void aCallerThatAskedForTheReportGetsIt() {
        call.send("{\"model\":\"gpt-test\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        call.provider(stream("hi"));

        assertThat(call.client().body()).contains("prompt_tokens");
        assertThat(call.attempt().usage().outputTokens()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "CHAT_COMPLETIONS, /v1/chat/completions",
        "COMPLETIONS, /v1/completions",
        "EMBEDDINGS, /v1/embeddings",
        "MODERATIONS, /v1/moderations"
    })
    void eachEndpointHasItsPathAndItsLabel(Endpoint endpoint, String path) {
        call.endpoint(endpoint).send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        assertThat(call.provider().received()).startsWith("POST " + path + " HTTP/1.1\r\n");
        assertThat(call.summary().endpoint()).isEqualTo(endpoint.label());
    }

    @Test
    void whoAskedForWhatIsRecorded() {
        call.header("x-sluice-tags", "team=search,env=prod")
                .send("{\"model\":\"gpt-test\",\"user\":\"u-7\",\"messages\":[]}")
                .provider(json(200, WHOLE));

        ExchangeSummary summary = call.summary();
        assertThat(summary.requestId()).isEqualTo("req_1");
        assertThat(summary.keyId()).isEqualTo("key_all");
        assertThat(summary.teamId()).isEqualTo("team_a");
        assertThat(summary.endUser()).isEqualTo("u-7");
        assertThat(summary.tags()).containsEntry("team", "search").containsEntry("env", "prod");
        assertThat(summary.requestedModel()).isEqualTo("gpt-test");
        assertThat(call.attempt().number()).isEqualTo(1);
        assertThat(call.attempt().provider()).isEqualTo("alpha");
        assertThat(call.attempt().upstreamModel()).isEqualTo("m-1");
    }

    @Test
    void aCallHasItsKeysTagsAndTheCallersWin() {
        engine.callers().know("sk-slc-tagged", key(Map.of("env", "prod", "team", "search"), List.of()));
        call.key("sk-slc-tagged").header("x-sluice-tags", "env=test,a=b").send(Call.WHOLE_BODY);
        call.provider(json(200, WHOLE));

        assertThat(call.summary().tags())
                .containsOnly(Map.entry("env", "test"), Map.entry("team", "search"), Map.entry("a", "b"));
    }

    @Test
    void aKeysTagsAreThereWithoutAnyOfTheCallers() {
        engine.callers().know("sk-slc-tagged", key(Map.of("env", "prod"), List.of()));
        call.key("sk-slc-tagged").send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        assertThat(call.summary().tags()).containsOnly(Map.entry("env", "prod"));
        assertThat(engine.ledger().accounts.get(0).opening.tags()).containsOnly(Map.entry("env", "prod"));
    }

    @Test
    void aPersonsCallsAreOnThePersonsAccountWhateverTheySay() {
        engine.callers()
                .know(
                        "a.b.c",
                        new Principal(
                                "user:u1",
                                "Ann",
                                "team_a",
                                "u1",
                                Role.MEMBER,
                                "free",
                                Map.of(),
                                List.of(),
                                List.of(),
                                Long.MAX_VALUE));
        call.key("a.b.c")
                .header("x-sluice-user", "somebody")
                .send("{\"model\":\"gpt-test\",\"user\":\"else\",\"messages\":[]}")
                .provider(json(200, WHOLE));

        assertThat(call.summary().keyId()).isEqualTo("user:u1");
        assertThat(call.summary().endUser()).isEqualTo("u1");
        assertThat(engine.ledger().accounts.get(0).opening.endUser()).isEqualTo("u1");
    }

    @Test
    void aKeyForCertainEndpointsIsRefusedAtOthers() {
        engine.callers().know("sk-slc-embeds", key(Map.of(), List.of("embeddings", "images.*")));
        call.key("sk-slc-embeds").begin();

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 403");
        assertThat(call.client().body()).contains("may not use this endpoint");
        assertThat(engine.provider().connections()).isZero();
    }

    private static Principal key(Map<String, String> tags, List<String> endpoints) {
        return new Principal("key_1", "k", null, null, Role.SERVICE, null, tags, List.of(), endpoints, Long.MAX_VALUE);
    }

    @Test
    void theHeadersEndUserCountsBeforeTheBodys() {
        call.header("x-sluice-user", "u-8")
                .send("{\"model\":\"gpt-test\",\"user\":\"u-7\",\"messages\":[]}")
                .provider(json(200, WHOLE));

        assertThat(call.summary().endUser()).isEqualTo("u-8");
    }

    @Test
    void tagsThatAreNoneAreRefused() {
        call.header("x-sluice-tags", "nonsense").begin();

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 400");
        assertThat(call.client().body()).contains("x-sluice-tags");
    }

    @Test
    void aLimitedKeyMayUseWhatItsListAllows() {
        call.key(Engine.LIMITED_KEY).send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
        assertThat(call.summary().keyId()).isEqualTo("key_gpt");
    }

    @Test
    void newRulesConcernTheExchangesThatBeginAfterThem() {
        call.begin();
        engine.publish(Configs.routes(
                List.of(Configs.provider("beta", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v2", null)),
                List.of(Configs.model("gpt-test", "beta/m-9"))));
        Call second = new Call(buffers, engine);
        second.send(Call.WHOLE_BODY);

        assertThat(second.provider().received())
                .startsWith("POST /v2/chat/completions")
                .contains("\"m-9\"")
                .doesNotContain("authorization");
        second.provider(json(200, WHOLE));
        call.exchange().onClientGone();
        assertThat(engine.summaries()).hasSize(2);
    }

    @Test
    void requestIdsOfOurOwnAreDifferentAndWellFormed() {
        String one = engine.loop().newRequestId();

        assertThat(one).matches("req_[0-9a-f]{32}").isNotEqualTo(engine.loop().newRequestId());
    }
}
