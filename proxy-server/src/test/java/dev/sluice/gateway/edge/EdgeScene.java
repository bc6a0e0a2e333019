package dev.sluice.gateway.edge;

import dev.sluice.codec.Dialects;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import dev.sluice.gateway.wire.SlowLane;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The whole data plane in memory, clear text: clients, edge, engine and the scripted provider. */
final class EdgeScene {
    static final int PORT = 8080;

    /** Small, so that tests can go to them; the durations are far apart. */
    static final GatewayConfig.Limits LIMITS = new GatewayConfig.Limits(
            200, 2_000, 10, 1_000, 16, Duration.ofSeconds(3), Duration.ofSeconds(20), Duration.ofSeconds(10), 10);

    private final Engine engine;
    private final List<Channel> accepted = new ArrayList<>();
    private final List<SlowLane> lanes = new ArrayList<>();

    EdgeScene(AccountedBuffers buffers) {
        this(buffers, LIMITS);
    }

    EdgeScene(AccountedBuffers buffers, GatewayConfig.Limits limits) {
        this(buffers, limits, new Browsers(List.of(), /* tls= */ false));
    }

    EdgeScene(AccountedBuffers buffers, GatewayConfig.Limits limits, Browsers browsers) {
        engine = new Engine(buffers);
        ExchangeLoops loops = new ExchangeLoops(List.of(engine.loop()));
        engine.network().serve(PORT, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                SlowLane lane = new SlowLane();
                accepted.add(channel);
                lanes.add(lane);
                channel.pipeline()
                        .addLast(lane)
                        .addLast(new EdgePipeline(
                                loops, new CallerDialects(Dialects.inbound()), limits, browsers, null));
            }
        });
    }

    Engine engine() {
        return engine;
    }

    /** A new client as raw bytes. */
    Peer client() {
        Peer peer = new Peer(engine.time());
        engine.network().connect(PORT, peer);
        return peer;
    }

    /** What the newest client's bytes pass on their way to it. */
    SlowLane lane() {
        return lanes.getLast();
    }

    /** The gateway's end of the newest connection. */
    Channel accepted() {
        return accepted.getLast();
    }

    void close() {
        lanes.forEach(SlowLane::unblock);
        engine.close();
    }

    static String get(String path) {
        return get(path, "");
    }

    /** @param headers more header lines, each with its line end */
    static String get(String path, String headers) {
        return "GET " + path + " HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer " + Engine.KEY + "\r\n" + headers
                + "\r\n";
    }

    static String chat(String body) {
        return chat(body, "");
    }

    static String chat(String body, String headers) {
        return chatHead("content-length: " + body.length() + "\r\n" + headers) + body;
    }

    /** A chat by somebody else. */
    static String chatAs(String key, String body) {
        return chat(body).replace(Engine.KEY, key);
    }

    static String chatHead(String headers) {
        return "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer " + Engine.KEY + "\r\n"
                + headers + "\r\n";
    }

    static final String STREAM = "{\"model\":\"gpt-test\",\"stream\":true,\"messages\":[]}";
    static final String WHOLE = "{\"model\":\"gpt-test\",\"messages\":[]}";

    /** How often {@code part} occurs in {@code text}. */
    static int count(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }
}
