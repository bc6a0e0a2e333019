package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** One exchange in the hands of a test: what the edge would do to it, and what came of it. */
final class Call {
    static final String STREAM_BODY =
            "{\"model\":\"gpt-test\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
    static final String WHOLE_BODY =
            "{\"model\":\"gpt-test\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";

    private final AccountedBuffers buffers;
    private final Engine engine;
    private final RecordingClient client;
    private final HttpHeaders headers = new DefaultHttpHeaders();
    private @Nullable String key = Engine.KEY;
    private String requestId = "req_1";
    private boolean inLoop;
    private InboundDialect dialect = Engine.dialect();
    private CallPath path = new CallPath(Endpoint.CHAT_COMPLETIONS);
    private @Nullable Exchange exchange;

    Call(AccountedBuffers buffers, Engine engine) {
        this.buffers = buffers;
        this.engine = engine;
        this.client = new RecordingClient(buffers);
    }

    Call key(@Nullable String presented) {
        key = presented;
        return this;
    }

    Call header(String name, String value) {
        headers.set(name, value);
        return this;
    }

    /** Another id than the usual one. */
    Call named(String id) {
        requestId = id;
        return this;
    }

    /** It is driven from within the event loop, which then is not to be turned by hand. */
    Call inLoop() {
        inLoop = true;
        return this;
    }

    Call endpoint(Endpoint asked) {
        path = new CallPath(asked);
        return this;
    }

    /** A call in another dialect than OpenAI's. */
    Call in(InboundDialect spoken, CallPath asked) {
        dialect = spoken;
        path = asked;
        return this;
    }

    /** The head arrives. */
    Call begin() {
        engine.alsoTell(client);
        exchange = Exchange.of(
                engine.loop(),
                client,
                new CallHead(
                        dialect,
                        path.endpoint().label(),
                        requestId,
                        new Caller(InetAddress.getLoopbackAddress(), InstantSource.system()),
                        key,
                        "HTTP/1.1",
                        headers,
                        engine.loop().ticker().nanoTime()),
                path);
        exchange.begin();
        settle();
        return this;
    }

    /** Head and the whole body arrive. */
    Call send(String body) {
        return begin().body(body).bodyEnd();
    }

    Call body(String piece) {
        exchange().onBody(buffers.utf8(piece));
        settle();
        return this;
    }

    Call bodyEnd() {
        exchange().onBodyEnd();
        settle();
        return this;
    }

    private void settle() {
        if (!inLoop) {
            engine.settle();
        }
    }

    /** The provider sends {@code bytes} on its newest connection. */
    Call provider(String bytes) {
        provider().send(bytes);
        return this;
    }

    Peer provider() {
        return engine.provider().last();
    }

    Exchange exchange() {
        if (exchange == null) {
            throw new IllegalStateException("not begun");
        }
        return exchange;
    }

    RecordingClient client() {
        return client;
    }

    ExchangeSummary summary() {
        return engine.summary();
    }

    AttemptSummary attempt() {
        return engine.summary().attempts().get(0);
    }
}
