package dev.sluice.gateway.exchange;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import dev.sluice.gateway.wire.RecordingLedger;
import dev.sluice.gateway.wire.ScriptedProvider;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Behind {@code gpt-test} stand {@code alpha/m-1} and, after it, {@code beta/m-2}; both are in the hands of the test. */
final class TwoProviders {
    static final GatewayConfig.Timeouts TIMEOUTS = new GatewayConfig.Timeouts(
            Duration.ofSeconds(3), Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(60));
    private static final int BETA_PORT = 9002;
    private static final int NOBODYS_PORT = 9003;

    private final Engine engine;
    private final ScriptedProvider beta;

    TwoProviders(Engine engine) {
        this.engine = engine;
        beta = new ScriptedProvider(engine.network(), engine.time(), BETA_PORT);
        publish(Configs.RETRY, null, null);
    }

    void publish(
            GatewayConfig.Retry retry,
            GatewayConfig.@Nullable Hedge hedge,
            GatewayConfig.@Nullable AbortPolicy onClientAbort) {
        publish(
                List.of(new GatewayConfig.Target("alpha", "m-1"), new GatewayConfig.Target("beta", "m-2")),
                retry,
                hedge,
                onClientAbort);
    }

    /** A provider that nobody listens for, then {@code beta/m-2}. */
    void publishNobodyFirst() {
        publish(
                List.of(new GatewayConfig.Target("nobody", "m-0"), new GatewayConfig.Target("beta", "m-2")),
                Configs.RETRY,
                null,
                null);
    }

    /** Both, each with what it can do. */
    void publishAble(GatewayConfig.Abilities ofAlpha, GatewayConfig.Abilities ofBeta) {
        publish(
                List.of(
                        new GatewayConfig.Target("alpha", "m-1", 1, ofAlpha),
                        new GatewayConfig.Target("beta", "m-2", 1, ofBeta)),
                Configs.RETRY,
                null,
                null);
    }

    /** {@code alpha/m-1} alone. */
    void publishOne(GatewayConfig.Retry retry) {
        publish(List.of(new GatewayConfig.Target("alpha", "m-1")), retry, null, null);
    }

    /** {@code alpha/m-1} alone, and {@code beta/m-2} sees copies. */
    void publishShadow(double sharePercent) {
        GatewayConfig.Model alone =
                Configs.model("gpt-test", List.of(new GatewayConfig.Target("alpha", "m-1")), TIMEOUTS, null);
        publish(new GatewayConfig.Model(
                alone.name(),
                alone.route(),
                alone.targets(),
                alone.timeouts(),
                alone.retry(),
                null,
                new GatewayConfig.Mirror(new GatewayConfig.Target("beta", "m-2"), sharePercent),
                alone.costPercent(),
                null));
    }

    private void publish(
            List<GatewayConfig.Target> targets,
            GatewayConfig.Retry retry,
            GatewayConfig.@Nullable Hedge hedge,
            GatewayConfig.@Nullable AbortPolicy onClientAbort) {
        publish(Configs.model("gpt-test", targets, TIMEOUTS, retry, hedge, onClientAbort));
    }

    private void publish(GatewayConfig.Model model) {
        engine.publish(Configs.routes(
                List.of(
                        Configs.provider(
                                "alpha", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", Engine.PROVIDER_KEY),
                        Configs.provider("nobody", "http://127.0.0.1:" + NOBODYS_PORT + "/v1", null),
                        Configs.provider("beta", "http://127.0.0.1:" + BETA_PORT + "/v1", "key-of-beta")),
                List.of(model)));
    }

    ScriptedProvider alpha() {
        return engine.provider();
    }

    ScriptedProvider beta() {
        return beta;
    }

    /** The newest connection to the first one. */
    Peer first() {
        return engine.provider().last();
    }

    /** The newest connection to the second one. */
    Peer second() {
        return beta.last();
    }

    /** How the attempts ended in the books, in the order in which they were opened. */
    List<String> rows() {
        return engine.ledger().accounts.stream().map(TwoProviders::row).toList();
    }

    private static String row(RecordingLedger.Account account) {
        AttemptSummary closed = account.closed;
        return account.opening.number() + " " + account.opening.provider() + " "
                + (closed == null ? "open" : closed.status().label());
    }

    /** Why each attempt was made, in the order in which they ended. */
    List<String> reasons() {
        return engine.summary().attempts().stream()
                .map(attempt -> attempt.provider() + " " + attempt.reason().label())
                .toList();
    }
}
