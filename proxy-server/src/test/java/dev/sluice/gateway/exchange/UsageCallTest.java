package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.UsageLookup.Answer;
import dev.sluice.gateway.exchange.UsageLookup.Found;
import dev.sluice.gateway.exchange.UsageLookup.Invalid;
import dev.sluice.gateway.exchange.UsageLookup.Question;
import dev.sluice.gateway.exchange.UsageLookup.Receiver;
import dev.sluice.gateway.exchange.UsageLookup.Unanswered;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.net.InetAddress;
import java.time.InstantSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageCallTest {
    private static final Duration PATIENCE = Duration.ofMillis(UsageCall.PATIENCE_MILLIS);

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final RecordingClient client = new RecordingClient(buffers);
    private final List<Question> questions = new ArrayList<>();
    private final List<Receiver> receivers = new ArrayList<>();

    @AfterEach
    void everythingIsReleased() {
        engine.close();
    }

    private void ask(@Nullable String key, String query) {
        engine.alsoTell(client);
        engine.loop().lookUpUsageIn((question, receiver) -> {
            questions.add(question);
            receivers.add(receiver);
        });
        CallHead head = new CallHead(
                Engine.dialect(),
                "usage",
                "req_1",
                new Caller(InetAddress.getLoopbackAddress(), InstantSource.system()),
                key,
                "HTTP/1.1",
                new DefaultHttpHeaders(),
                1);
        new LocalCall(engine.loop(), client, head).usage(query);
        engine.settle();
    }

    private void answer(Answer answer) {
        receivers.getFirst().onAnswer(answer);
        engine.settle();
    }

    @Test
    void asksForTheKeyThatAsksAndForNobodyElse() {
        ask(Engine.KEY, "from=2026-03-01&to=2026-03-01T12%3A00:00Z");

        assertThat(questions).containsExactly(new Question("key_all", "team_a", "2026-03-01", "2026-03-01T12:00:00Z"));
        assertThat(client.steps()).isEmpty();
        answer(new Found("{\"object\":\"usage\"}"));
        assertThat(client.steps()).containsExactly("summary ok", "answer 200");
        assertThat(client.body()).isEqualTo("{\"object\":\"usage\"}");
        assertThat(client.header("x-request-id")).isEqualTo("req_1");
        assertThat(client.header("content-type")).isEqualTo("application/json");
        assertThat(engine.summary().endpoint()).isEqualTo("usage");
        assertThat(engine.summary().keyId()).isEqualTo("key_all");
        assertThat(engine.summary().attempts()).isEmpty();
    }

    @Test
    void whatIsNotAskedIsNotThere() {
        ask(Engine.LIMITED_KEY, "");

        assertThat(questions).containsExactly(new Question("key_gpt", null, null, null));
    }

    @Test
    void nobodyWithoutAKeyIsAskedFor() {
        ask(null, "");
        ask("wrong", "");

        assertThat(questions).isEmpty();
        assertThat(client.steps()).containsExactly("summary refused", "answer 401", "summary refused", "answer 401");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"key=other", "from=a&from=b", "from=a&key_id=x", "From=a", "from=%zz", "=x", "by=model&to=b"})
    void refusesWhatItDoesNotKnow(String query) {
        ask(Engine.KEY, query);

        assertThat(questions).isEmpty();
        assertThat(client.steps()).containsExactly("summary refused", "answer 400");
        assertThat(client.body()).contains("The query ");
    }

    @Test
    void passesOnWhatIsWrongWithATime() {
        ask(Engine.KEY, "from=yesterday");
        answer(new Invalid("from", "`from` is `yesterday`"));

        assertThat(client.status()).isEqualTo(400);
        assertThat(client.body()).contains("`from` is `yesterday`", "\"param\":\"from\"");
    }

    @ParameterizedTest
    @CsvSource({
        "KEY_BUSY, 429, 1, 1 question at a time is allowed",
        "BUSY, 503, 1, Too many keys",
        "AWAY, 503, 5, did not answer within 2000 ms"
    })
    void saysWhyThereIsNoAnswerAndWhenToAskAgain(Unanswered why, int status, String retryAfter, String message) {
        ask(Engine.KEY, "");
        answer(why);

        assertThat(client.status()).isEqualTo(status);
        assertThat(client.header("retry-after")).isEqualTo(retryAfter);
        assertThat(client.body()).contains(message);
    }

    @Test
    void ownsUpToItsOwnFaults() {
        ask(Engine.KEY, "");
        answer(Unanswered.FAILED);

        assertThat(client.status()).isEqualTo(500);
        assertThat(client.body()).contains("internal_error");
    }

    @Test
    void waitsTwoSecondsAndDropsWhatComesLater() {
        ask(Engine.KEY, "");
        engine.advance(PATIENCE.minusMillis(100));
        assertThat(client.steps()).isEmpty();

        engine.advance(Duration.ofMillis(200));
        assertThat(client.steps()).containsExactly("summary refused", "answer 503");

        answer(new Found("{}"));
        assertThat(client.count("answer 200")).isZero();
        assertThat(engine.summaries()).hasSize(1);
    }

    @Test
    void anAnswerInTimeIsTheOnlyOne() {
        ask(Engine.KEY, "");
        answer(new Found("{}"));
        engine.advance(PATIENCE.plusSeconds(1));

        assertThat(client.steps()).containsExactly("summary ok", "answer 200");
    }

    @Test
    void aClientThatHasGoneIsWrittenDownAsSuchAndAnsweredNoMore() {
        ask(Engine.KEY, "");
        client.leave();
        answer(new Found("{}"));

        assertThat(client.steps()).containsExactly("summary client_abort");
        assertThat(engine.summary().httpStatus()).isZero();
    }

    @Test
    void answersFromOtherThreadsAreToldOnTheEventLoop() throws InterruptedException {
        ask(Engine.KEY, "");
        Thread other = new Thread(() -> receivers.getFirst().onAnswer(new Found("{}")));
        other.start();
        other.join();

        assertThat(client.steps()).isEmpty();
        engine.settle();
        assertThat(client.steps()).containsExactly("summary ok", "answer 200");
    }

    @Test
    void withoutBooksThereIsNothingToLookInto() {
        engine.alsoTell(client);
        CallHead head = new CallHead(
                Engine.dialect(),
                "usage",
                "req_1",
                new Caller(InetAddress.getLoopbackAddress(), InstantSource.system()),
                Engine.KEY,
                "HTTP/1.1",
                new DefaultHttpHeaders(),
                1);
        new LocalCall(engine.loop(), client, head).usage("");
        engine.settle();

        assertThat(client.status()).isEqualTo(503);
    }
}
