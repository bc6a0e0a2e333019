package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A provider that answers with an error status: what of it a caller gets to see. */
class ExchangeProviderErrorTest {
    private static final String REFUSAL =
            "{\"error\":{\"message\":\"temperature is 9; allowed: 0 to 2\",\"type\":\"invalid_request_error\",\"param\":\"temperature\",\"code\":null}}";

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
    @ValueSource(ints = {400, 404, 409, 413, 422, 429})
    void whatItSaysOfTheCallersRequestPassesAsItIs(int status) {
        call.send(Call.STREAM_BODY).provider(json(status, REFUSAL));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer " + status);
        assertThat(call.client().body()).isEqualTo(REFUSAL);
        assertThat(call.client().header("content-type")).isEqualTo("application/json");
        assertThat(call.summary().httpStatus()).isEqualTo(status);
        assertThat(call.summary().responseBytes()).isEqualTo(REFUSAL.length());
        assertThat(call.attempt().httpStatus()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "401, 502, upstream_auth",
        "402, 502, upstream_auth",
        "403, 502, upstream_auth",
        "500, 502, upstream_error",
        "502, 502, upstream_error",
        "503, 503, overloaded",
        "504, 504, upstream_timeout",
        "529, 503, overloaded",
        "302, 502, upstream_error"
    })
    void itsOwnTroublesAreToldInOurWords(int status, int told, String code) {
        call.send(Call.WHOLE_BODY)
                .provider(json(
                        status, "{\"error\":{\"message\":\"m\"},\"internals\":\"rack 7\"}", "location: /login\r\n"));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer " + told);
        assertThat(call.client().body()).contains("\"code\":\"" + code + "\"").doesNotContain("rack 7");
        assertThat(call.client().header("location")).isNull();
        assertThat(call.summary().httpStatus()).isEqualTo(told);
        assertThat(call.attempt().httpStatus()).isEqualTo(status);
    }

    @Test
    void theProviderKeyNeverPassesInAnErrorBody() {
        call.send(Call.WHOLE_BODY)
                .provider(json(400, "{\"error\":{\"message\":\"bad request with " + Engine.PROVIDER_KEY + "!\"}}"));

        assertThat(call.client().body()).startsWith("{\"error\":").doesNotContain(Engine.PROVIDER_KEY);
        assertThat(call.client().status()).isEqualTo(400);
    }

    @Test
    void theProviderKeyIsFoundAcrossReads() {
        String answer = json(400, "{\"error\":{\"message\":\"with " + Engine.PROVIDER_KEY + "!\"}}");
        call.send(Call.WHOLE_BODY);
        call.provider().sendInPieces(answer, 3);

        assertThat(call.client().body()).startsWith("{\"error\":").doesNotContain(Engine.PROVIDER_KEY);
    }

    @Test
    void aPageOfHtmlIsReplaced() {
        call.send(Call.WHOLE_BODY).provider(json(404, "<html>nginx</html>"));

        assertThat(call.client().body()).startsWith("{\"error\":").doesNotContain("nginx");
    }

    @Test
    void anErrorBodyWithoutEndIsReplacedAndNotKeptWhole() {
        call.send(Call.WHOLE_BODY);
        call.provider()
                .send(
                        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
        String piece = "{\"x\":\"" + "y".repeat(9_994);
        for (int i = 0; i < 30; i++) {
            call.provider().send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
        }
        assertThat(buffers.usedBytes()).isLessThan(200_000);
        call.provider().send("0\r\n\r\n");

        assertThat(call.client().status()).isEqualTo(400);
        assertThat(call.client().body()).startsWith("{\"error\":").hasSizeLessThan(1_000);
    }

    @Test
    void anErrorBodyThatWasCutIsReplacedByAWholeOne() {
        call.send(Call.WHOLE_BODY)
                .provider(json(400, REFUSAL).substring(0, json(400, REFUSAL).length() - 20));
        call.provider().close();

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 400");
        assertThat(call.client().body())
                .startsWith("{\"error\":")
                .endsWith("}}")
                .isNotEqualTo(REFUSAL);
        assertThat(call.client().body()).contains("\"code\":\"invalid_request_error\"");
    }

    @Test
    void anEmptyErrorAnswerIsToldInOurWords() {
        call.send(Call.WHOLE_BODY).provider("HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n");

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        assertThat(call.client().body()).startsWith("{\"error\":");
    }

    @Test
    void theProvidersWishToBeLeftAloneForAWhileIsPassedOn() {
        call.send(Call.WHOLE_BODY).provider(json(503, "{}", "retry-after: 17\r\n"));

        assertThat(call.client().header("retry-after")).isEqualTo("17");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1234567", "soon"})
    void aWishThatIsNoNumberOfSecondsIsNotPassedOnWithOurOwnError(String retryAfter) {
        call.send(Call.WHOLE_BODY).provider(json(503, "{}", "retry-after: " + retryAfter + "\r\n"));

        assertThat(call.client().header("retry-after")).isNull();
        assertThat(call.client().status()).isEqualTo(503);
    }

    @Test
    void everyAnswerNamesItsProviderAndItsRequest() {
        call.send(Call.WHOLE_BODY)
                .provider(
                        json(
                                400,
                                REFUSAL,
                                "x-request-id: up-1\r\nset-cookie: a=b\r\nopenai-organization: org-1\r\nx-ratelimit-limit-requests: 5\r\n"));

        assertThat(call.client().header("x-request-id")).isEqualTo("req_1");
        assertThat(call.client().header("x-upstream-request-id")).isEqualTo("up-1");
        assertThat(call.client().header("x-sluice-provider")).isEqualTo("alpha");
        assertThat(call.client().header("x-sluice-model")).isEqualTo("m-1");
        assertThat(call.client().header("x-sluice-attempts")).isEqualTo("1");
        assertThat(call.client().header("x-sluice-overhead-us")).isEqualTo("0");
        assertThat(call.client().header("x-upstream-ratelimit-limit-requests")).isEqualTo("5");
        assertThat(call.client().header("x-ratelimit-limit-requests")).isNull();
        assertThat(call.client().header("set-cookie")).isNull();
        assertThat(call.client().header("openai-organization")).isNull();
        assertThat(call.attempt().providerRequestId()).isEqualTo("up-1");
        assertThat(call.client().body().toLowerCase(Locale.ROOT)).doesNotContain("org-1");
    }
}
