package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.LoopLimits;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When the client of a call that passes as it is gets read, and what happens when either side ends. */
class RawExchangeTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final RecordingClient client = new RecordingClient(buffers);
    private final RawExchange exchange = new RawExchange(
            engine.loop(),
            client,
            new CallHead(
                    Engine.dialect(),
                    "files",
                    "req_1",
                    new Caller(InetAddress.getLoopbackAddress(), InstantSource.system()),
                    Engine.KEY,
                    "HTTP/1.1",
                    new DefaultHttpHeaders().set("content-type", "text/plain").set("content-length", "9"),
                    engine.loop().ticker().nanoTime()),
            new RawCall(RawEndpoint.FILES, HttpMethod.POST, "/files", null, null, null));

    @BeforeEach
    void writeSummariesDown() {
        engine.alsoTell(client);
    }

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private void begin() {
        exchange.begin();
        engine.settle();
    }

    private void body(String piece) {
        exchange.onBody(buffers.utf8(piece));
        engine.settle();
    }

    private void answer() {
        engine.provider().last().send(json(200, "{}"));
    }

    @Test
    void whatComesBeforeTheConnectionIsHeldAndComesFirst() {
        exchange.begin();
        assertThat(client.isReading()).isFalse();
        exchange.onBody(buffers.utf8("abc"));
        exchange.onBody(buffers.utf8("def"));
        engine.settle();
        assertThat(client.isReading()).isTrue();
        body("ghi");
        exchange.onBodyEnd();

        assertThat(engine.provider().last().received()).endsWith("\r\n\r\nabcdefghi");
        answer();
        assertThat(client.steps()).containsExactly("summary ok", "answer 200");
    }

    @Test
    void theClientIsReadOnlyWhileTheConnectionTakesMore() {
        begin();
        assertThat(client.isReading()).isTrue();
        exchange.onWritable(false);
        assertThat(client.isReading()).isFalse();
        exchange.onWritable(true);
        assertThat(client.isReading()).isTrue();
        exchange.onClientGone();
    }

    @Test
    void aClientWhoseBodyIsWholeIsReadAgainToNoticeItsEnd() {
        begin();
        exchange.onWritable(false);
        body("abcdefghi");
        exchange.onBodyEnd();
        assertThat(client.isReading()).isTrue();
        exchange.onWritable(false);
        assertThat(client.isReading()).isTrue();
        answer();
    }

    @Test
    void aClientThatLeavesBeforeTheConnectionIsThereLeavesNothingBehind() {
        engine.network().becomeUnreachable();
        begin();
        body("abc");
        exchange.onClientGone();

        assertThat(client.steps()).containsExactly("summary client_abort", "cut");
    }

    @Test
    void theGatewaysEndIsAnErrorOfItsOwn() {
        begin();
        body("abc");
        exchange.interrupt();
        body("def");

        assertThat(client.steps()).containsExactly("summary interrupted", "answer 503");
        assertThat(engine.provider().last().isClosed()).isTrue();
    }

    @Test
    void aCallThatPassesAsItIsIsUnderLimitsToo() {
        LoopLimits limits = new LoopLimits(engine).allow(Measure.CONCURRENT, 1);
        begin();
        assertThat(limits.used()).isEqualTo(1);
        body("abcdefghi");
        exchange.onBodyEnd();
        answer();

        assertThat(client.status()).isEqualTo(200);
        assertThat(limits.used()).isZero();
    }

    @Test
    void aBodyThatIsAnnouncedToBeTooLargeIsNotRead() {
        LoopLimits limits = new LoopLimits(engine).allow(Measure.REQUEST_BYTES, 8);
        begin();

        assertThat(client.status()).isEqualTo(413);
        assertThat(client.body()).contains("allows 8", "this one has 9");
        assertThat(engine.provider().connections()).isZero();
        assertThat(limits).isNotNull();
    }

    @Test
    void whoHasToWaitIsReadNoFurther() {
        LoopLimits limits = new LoopLimits(engine).allowLater(Measure.CONCURRENT, 1, Duration.ofMinutes(1));
        Call before = new Call(buffers, engine).send(Call.STREAM_BODY);
        engine.alsoTell(client);
        begin();
        body("abc");
        assertThat(client.isReading()).isFalse();
        assertThat(engine.provider().connections()).isEqualTo(1);
        before.exchange().onClientGone();
        engine.settle();

        assertThat(client.isReading()).isTrue();
        assertThat(engine.provider().last().received()).endsWith("\r\n\r\nabc");
        body("defghi");
        exchange.onBodyEnd();
        answer();
        assertThat(client.status()).isEqualTo(200);
        assertThat(limits.used()).isZero();
    }

    @Test
    void anOperatorStopsWhatPasses() {
        begin();
        body("abc");
        OpenStream open = engine.loop().openStreams().getFirst();
        engine.loop().stop(open.id());
        engine.settle();

        assertThat(open.endpoint()).isEqualTo("files");
        assertThat(open.provider()).isEqualTo("alpha");
        assertThat(client.steps()).containsExactly("summary budget_stop", "answer 403");
        assertThat(engine.summary().errorCode()).isEqualTo("stopped_by_operator");
        assertThat(engine.provider().last().isClosed()).isTrue();
    }

    @Test
    void theLastBytesWaitForAllEntriesToBeKept() {
        engine.ledger().slowDown();
        begin();
        body("abcdefghi");
        exchange.onBodyEnd();
        answer();
        assertThat(client.steps()).containsExactly("summary ok");
        engine.ledger().keep();

        assertThat(client.steps()).containsExactly("summary ok", "answer 200");
    }
}
