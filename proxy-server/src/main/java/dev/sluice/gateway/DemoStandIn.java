package dev.sluice.gateway;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.demo.DemoProvider;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The provider that is there when nobody has configured one: started when it is first needed, stopped with the gateway.
 * Thread: one at a time.
 */
final class DemoStandIn implements AutoCloseable {
    private final EventLoopGroup group;
    private final Transports transport;
    private @Nullable DemoProvider running;

    DemoStandIn(EventLoopGroup group, Transports transport) {
        this.group = group;
        this.transport = transport;
    }

    /** {@code wanted}, with the demo provider when it has none. */
    GatewayConfig complete(GatewayConfig wanted) throws IOException {
        if (!wanted.providers().isEmpty()) {
            return wanted;
        }
        if (running == null) {
            running = DemoProvider.start(group, transport.servers());
        }
        return with(wanted, running);
    }

    private static GatewayConfig with(GatewayConfig config, DemoProvider demo) {
        GatewayConfig.Provider provider = new GatewayConfig.Provider(
                GatewayConfig.DEMO_PROVIDER,
                "openai",
                null,
                demo.baseUri(),
                List.of(demo.apiKey()),
                null,
                /* allowPrivate= */ true,
                null,
                null,
                null,
                null,
                /* responses= */ false,
                GatewayConfig.TimeoutSettings.NONE,
                GatewayConfig.Breaker.DEFAULT);
        Map<String, GatewayConfig.Model> models = new LinkedHashMap<>(config.models());
        models.putIfAbsent(
                DemoProvider.MODEL,
                GatewayConfig.Model.of(
                        DemoProvider.MODEL, new GatewayConfig.Target(GatewayConfig.DEMO_PROVIDER, DemoProvider.MODEL)));
        return config.withProviders(Map.of(GatewayConfig.DEMO_PROVIDER, provider), models);
    }

    @Override
    public void close() {
        if (running != null) {
            running.close();
        }
    }
}
