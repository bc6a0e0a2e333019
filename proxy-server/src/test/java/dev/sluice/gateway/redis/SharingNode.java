package dev.sluice.gateway.redis;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.limit.Grant;
import dev.sluice.gateway.limit.LimitCall;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Verdict;
import dev.sluice.gateway.price.TokenRates;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A gateway as far as limits are concerned: rules, a connection to Redis, and one thread on which its calls live. */
final class SharingNode implements AutoCloseable {
    static final LimitClock CLOCK = new LimitClock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }
    };

    final Limiter limiter = new Limiter(CLOCK, (rule, subject, percent, used, reset) -> {});
    final RedisLeases leases;
    final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();

    SharingNode(String url, LimitRules rules) {
        leases = RedisLeases.connect(new GatewayConfig.Redis(new Secret(url)), CLOCK);
        limiter.publish(rules);
        limiter.shareThrough(leases);
        loop.scheduleWithFixedDelay(limiter::tend, 250, 250, TimeUnit.MILLISECONDS);
    }

    static LimitCall call(String keyId, long inputTokens, TokenRates rates) {
        Principal caller = new Principal(
                keyId, "ci", "search", "u1", Role.SERVICE, "free", Map.of(), List.of(), List.of(), Long.MAX_VALUE);
        return new LimitCall()
                .of(caller, InetAddress.getLoopbackAddress(), "end-1", null, Map.of(), 100)
                .at("openai", "gpt-4o-mini", "chat.completions", rates)
                .sized(inputTokens, 0, -1, 1_000);
    }

    /** Decides as an exchange does: as often as it takes. On the loop, as {@code decided} is. */
    void admit(LimitCall call, Grant grant, Consumer<Verdict> decided) {
        Verdict verdict = limiter.admit(call, grant, () -> loop.execute(() -> admit(call, grant, decided)));
        if (verdict != Verdict.LATER) {
            decided.accept(verdict);
        }
    }

    @Override
    public void close() {
        loop.shutdownNow();
        leases.close();
    }
}
