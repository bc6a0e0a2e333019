package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** An attempt and everything that its listener hears of it. */
final class Listening implements AttemptListener {
    static final String BODY = "{\"model\":\"m-1\"}";

    private final Engine engine;
    private final Attempt attempt;
    private final List<String> heard = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private HttpHeaders headers = EmptyHttpHeaders.INSTANCE;

    Listening(Engine engine, AccountedBuffers buffers, GatewayConfig.Provider provider) {
        this(engine, buffers, provider, UpstreamRequest.WHOLE);
    }

    /** @param restBytes of the body that follow behind {@link #BODY} */
    Listening(Engine engine, AccountedBuffers buffers, GatewayConfig.Provider provider, long restBytes) {
        this(engine, buffers, provider, HttpMethod.POST, restBytes);
    }

    Listening(
            Engine engine,
            AccountedBuffers buffers,
            GatewayConfig.Provider provider,
            HttpMethod method,
            long restBytes) {
        this.engine = engine;
        RouteTable routes = Configs.routes(List.of(provider), List.of());
        Target target = routes.direct(Objects.requireNonNull(routes.provider(provider.name())))
                .withModel("m-1");
        attempt = new Attempt(
                engine.pool(),
                new UpstreamRequest(
                        target,
                        method,
                        target.provider().pathPrefix() + "/chat/completions",
                        FieldLines.take().set("accept", "*/*").set("content-type", "application/json"),
                        buffers.utf8(BODY),
                        restBytes),
                this);
    }

    Listening start() {
        attempt.start();
        engine.settle();
        return this;
    }

    Attempt attempt() {
        return attempt;
    }

    /** What was heard, reads left out and the bytes of the body as one. */
    List<String> heard() {
        engine.settle();
        return heard;
    }

    String body() {
        engine.settle();
        return body.toString();
    }

    /** Of the answer. */
    HttpHeaders headers() {
        return headers;
    }

    @Override
    public void onRequestWritten() {
        heard.add("written");
    }

    @Override
    public void onHead(int status, HttpHeaders headers) {
        heard.add("head " + status);
        this.headers = headers;
    }

    @Override
    public void onBytes(ByteBuf bytes) {
        if (!heard.getLast().equals("bytes")) {
            heard.add("bytes");
        }
        body.append(bytes.toString(ISO_8859_1));
        bytes.release();
    }

    @Override
    public void onReadComplete() {}

    @Override
    public void onEnd(boolean clean) {
        heard.add(clean ? "end" : "cut");
    }

    @Override
    public void onFailure(AttemptFailure failure) {
        heard.add("failed " + failure.kind());
    }
}
