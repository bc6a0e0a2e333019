package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.DONE;
import static dev.sluice.gateway.wire.Answers.ERROR_EVENT;
import static dev.sluice.gateway.wire.Answers.FINISH;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.WHOLE;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way out of an exchange: what the client gets, what is recorded, and which of the two comes first. */
class ExchangeEndingTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    @Test
    void aWholeStreamIsRecordedBeforeItsEnd() {
        call.send(Call.STREAM_BODY).provider(stream("hi"));

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
        assertThat(call.client().body()).isEqualTo(ROLE + delta("hi") + FINISH + DONE);
        assertThat(call.summary().httpStatus()).isEqualTo(200);
        assertThat(call.summary().stream()).isTrue();
        assertThat(call.summary().errorCode()).isNull();
        assertThat(call.summary().responseBytes())
                .isEqualTo(call.client().body().length());
        assertThat(call.attempt().status()).isEqualTo(AttemptStatus.OK);
        assertThat(call.attempt().usage()).isEqualTo(Usage.of(7, Usage.UNKNOWN, Usage.UNKNOWN, 3, Usage.UNKNOWN));
    }

    @Test
    void aWholeJsonAnswerIsKeptUntilItIsRecorded() {
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        assertThat(call.client().steps()).containsExactly("summary ok", "answer 200");
        assertThat(call.client().body()).isEqualTo(WHOLE);
        assertThat(call.summary().stream()).isFalse();
        assertThat(call.summary().responseBytes()).isEqualTo(WHOLE.length());
        assertThat(call.attempt().answeredModel()).isEqualTo("m-1");
    }

    @Test
    void aRefusedKeyIsAnsweredWithoutTheBody() {
        call.key("sk-slc-wrong").begin();

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 401");
        assertThat(call.client().body()).contains("invalid_api_key").doesNotContain("wrong");
        assertThat(call.summary().errorCode()).isEqualTo("invalid_api_key");
        assertThat(call.summary().attempts()).isEmpty();
        assertThat(call.summary().keyId()).isNull();
        // What still comes of the body is released, and nothing more happens.
        call.body("{\"model\":").bodyEnd();
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aMissingKeyIsToldHowToSendOne() {
        call.key(null).begin();

        assertThat(call.client().body()).contains("Authorization: Bearer");
        assertThat(call.client().status()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"model\":", "[]", "{}", "{\"model\":\"\"}", "{\"model\":\"a\"} x", "nonsense", ""})
    void aBodyThatIsNoRequestIsRefusedWith400(String body) {
        call.begin().body(body).bodyEnd();

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 400");
        assertThat(call.summary().errorCode()).isEqualTo("invalid_request_error");
        assertThat(call.summary().requestedModel()).isNull();
        assertThat(call.summary().keyId()).isEqualTo("key_all");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aModelThatTheKeyMayNotUseIsRefusedWith403() {
        call.key(Engine.LIMITED_KEY).send("{\"model\":\"other-test\"}");

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 403");
        assertThat(call.summary().errorCode()).isEqualTo("model_not_allowed");
        assertThat(call.summary().requestedModel()).isEqualTo("other-test");
    }

    @Test
    void aModelThatNobodyServesIsRefusedWith404() {
        call.send("{\"model\":\"unheard-of\"}");

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 404");
        assertThat(call.summary().errorCode()).isEqualTo("model_not_found");
        assertThat(call.client().body()).contains("unheard-of");
    }

    @Test
    void aLongModelNameIsNotRepeatedWhole() {
        call.send("{\"model\":\"" + "x".repeat(250) + "\"}");

        assertThat(call.client().status()).isEqualTo(404);
        assertThat(call.client().body()).contains("x".repeat(100) + "...").doesNotContain("x".repeat(101));
    }

    @Test
    void aProviderThatCannotBeReachedIsA502() {
        engine.network().close(Engine.PROVIDER_PORT);

        call.send(Call.STREAM_BODY);

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        assertThat(call.attempt().status()).isEqualTo(AttemptStatus.UPSTREAM_ERROR);
        assertThat(call.attempt().httpStatus()).isZero();
        assertThat(call.summary().overheadNanos()).isEqualTo(-1);
        assertThat(call.client().body()).doesNotContain("127.0.0.1");
    }

    @Test
    void aProviderThatClosesBeforeItsAnswerIsA502() {
        call.send(Call.STREAM_BODY);
        call.provider().close();

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        assertThat(engine.provider().connections())
                .as("a fresh connection is not tried twice")
                .isEqualTo(1);
    }

    @Test
    void anAnswerThatIsNotHttpIsA502() {
        call.send(Call.STREAM_BODY).provider("SSH-2.0-OpenSSH_9.6\r\n\r\n");

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void aStreamCutBeforeAnythingWasPassedOnIsAnErrorStatus() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(": warming up\n\n"));
        call.provider().close();

        assertThat(call.client().steps()).containsExactly("summary truncated", "answer 502");
        assertThat(call.attempt().httpStatus()).isEqualTo(200);
    }

    @Test
    void aStreamCutBetweenEventsEndsWithAnErrorEventAndNoEndMarker() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        call.provider().close();

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary truncated", "body", "end");
        assertThat(call.client().body())
                .startsWith(ROLE + delta("hi") + "data: {\"error\":")
                .contains("upstream_error")
                .doesNotContain("[DONE]");
        assertThat(call.summary().errorCode()).isEqualTo("upstream_error");
    }

    @Test
    void aStreamThatEndsCleanlyWithoutFinishingIsTruncatedToo() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")) + LAST_CHUNK);

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.TRUNCATED);
        assertThat(call.client().body()).contains("\"error\"").doesNotContain("[DONE]");
    }

    @Test
    void halfAnEventAtTheEndNeverReachesTheClient() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi") + "data: {\"choices\":[{\"del"));
        call.provider().close();

        assertThat(call.client().body())
                .startsWith(ROLE + delta("hi") + "data: {\"error\":")
                .doesNotContain("{\"del");
        assertThat(call.client().steps()).endsWith("summary truncated", "body", "end");
    }

    @Test
    void nothingIsAppendedToHalfAnEventThatHadToBePassedOn() {
        String huge = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + "x".repeat(70_000);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE) + chunk(huge));
        call.provider().close();

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary truncated", "cut");
        assertThat(call.client().body()).isEqualTo(ROLE + huge);
    }

    @Test
    void anErrorAsFirstEventBecomesAnErrorStatus() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ERROR_EVENT));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 503");
        assertThat(call.client().header("content-type")).isEqualTo("application/json");
        assertThat(call.client().body()).startsWith("{\"error\":");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void anErrorBehindARoleBecomesAnErrorStatusToo() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));
        assertThat(call.client().steps()).isEmpty();
        call.provider(chunk(ERROR_EVENT));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 503");
    }

    @Test
    void aStreamCutBehindARoleIsA502() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));
        call.provider().close();

        assertThat(call.client().steps()).containsExactly("summary truncated", "answer 502");
        assertThat(call.client().body()).startsWith("{\"error\":");
    }

    @Test
    void anErrorEventInMidStreamPassesAndNothingIsAddedToIt() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")) + chunk(ERROR_EVENT) + LAST_CHUNK);

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary upstream_error", "end");
        assertThat(call.client().body()).isEqualTo(ROLE + delta("hi") + ERROR_EVENT);
    }

    @Test
    void aWholeAnswerThatIsNoJsonIsA502() {
        call.send(Call.WHOLE_BODY).provider(json(200, "<html>welcome</html>"));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        assertThat(call.client().body()).doesNotContain("html");
    }

    @Test
    void aWholeAnswerCutInTheMiddleIsA502() {
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE).substring(0, 200));
        call.provider().close();

        assertThat(call.client().steps()).containsExactly("summary truncated", "answer 502");
        assertThat(call.client().body()).startsWith("{\"error\":");
    }

    @Test
    void aLongWholeAnswerCutAfterItHasBegunCutsTheClientToo() {
        String begun = "{\"object\":\"list\",\"data\":[\"" + "x".repeat(1_100_000);
        call.send(Call.WHOLE_BODY)
                .provider(
                        "HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\ncontent-type: application/json\r\n\r\n" + begun);
        call.provider().close();

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary truncated", "cut");
        assertThat(call.client().body()).isEqualTo(begun);
    }

    @Test
    void aProviderThatKeepsItsMessageOpenBehindTheEndMarkerGetsAMomentOfGrace() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi") + FINISH + DONE));
        engine.advance(Duration.ofMillis(150));
        assertThat(engine.summaries()).isEmpty();

        engine.advance(Duration.ofMillis(300));

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void aCompressedAnswerIsRefused() {
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE, "content-encoding: gzip\r\n"));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void nothingIsPublishedTwiceWhateverComesAfterTheEnd() {
        call.send(Call.STREAM_BODY).provider(stream("hi"));
        Exchange over = call.exchange();

        over.onClientGone();
        over.interrupt();
        over.onClientWritable(false);
        over.onTick(Long.MAX_VALUE);
        over.onBody(buffers.utf8("late"));
        over.onBodyEnd();

        assertThat(engine.summaries()).hasSize(1);
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
    }
}
