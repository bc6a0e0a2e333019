package dev.sluice.gateway.limit;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.price.TokenRates;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls and rules for tests: usual ones, of which each test says what matters to it. */
final class LimitCalls {
    /** $0.15 and $0.60 for a million tokens. */
    static final TokenRates RATES = new TokenRates(150_000_000, 600_000_000);

    static final Runnable NEVER = () -> {
        throw new AssertionError("nobody is to be called later");
    };

    private LimitCalls() {}

    static Principal principal(String keyId) {
        return new Principal(
                keyId,
                "name of " + keyId,
                "search",
                "u1",
                Role.SERVICE,
                "free",
                Map.of(),
                List.of(),
                List.of(),
                Long.MAX_VALUE);
    }

    static LimitCall call(String keyId) {
        return call(principal(keyId), 100, RATES);
    }

    static LimitCall call(Principal principal, long inputTokens, @Nullable TokenRates rates) {
        return new LimitCall()
                .of(principal, address(10, 0, 0, 1), "end-1", "session-1", Map.of("env", "prod"), 100)
                .at("openai", "gpt-4o-mini", "chat.completions", rates)
                .sized(inputTokens, 0, -1, 1_000);
    }

    static LimitCall input(LimitCall of, long inputTokens) {
        return like(of, of.from(), of.session(), inputTokens, of.maxTokens(), of.bodyBytes(), of.sharePercent());
    }

    static LimitCall share(LimitCall of, int percent) {
        return like(of, of.from(), of.session(), of.inputTokens(), of.maxTokens(), of.bodyBytes(), percent);
    }

    static LimitCall from(LimitCall of, InetAddress address, @Nullable String session) {
        return like(of, address, session, of.inputTokens(), of.maxTokens(), of.bodyBytes(), of.sharePercent());
    }

    static LimitCall largest(LimitCall of, long maxTokens, long bodyBytes) {
        return like(of, of.from(), of.session(), of.inputTokens(), maxTokens, bodyBytes, of.sharePercent());
    }

    private static LimitCall like(
            LimitCall of,
            InetAddress from,
            @Nullable String session,
            long inputTokens,
            long maxTokens,
            long bodyBytes,
            int percent) {
        return new LimitCall()
                .of(of.principal(), from, of.endUser(), session, of.tags(), percent)
                .at(of.provider(), of.model(), of.endpoint(), of.rates())
                .sized(inputTokens, of.expectedOutputTokens(), maxTokens, bodyBytes);
    }

    static InetAddress address(int... bytes) {
        byte[] address = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            address[i] = (byte) bytes[i];
        }
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** For every key by itself. */
    static LimitRule rule(String id, Measure measure, long limit, Window window) {
        return rule(id, CallFilter.ALL, List.of(Dimension.of(Dimension.Kind.KEY)), measure, limit, window, 0);
    }

    static LimitRule rule(
            String id, CallFilter filter, List<Dimension> per, Measure measure, long limit, Window window, long burst) {
        return new LimitRule(
                id,
                "rule " + id,
                filter,
                per,
                measure,
                limit,
                window,
                burst,
                /* strict= */ false,
                0,
                List.of(50, 80, 100));
    }

    static LimitRule strict(LimitRule of) {
        return new LimitRule(
                of.id(),
                of.name(),
                of.appliesTo(),
                of.per(),
                of.measure(),
                of.limit(),
                of.window(),
                of.burst(),
                /* strict= */ true,
                of.queueMillis(),
                of.warnPercent());
    }

    static LimitRules rules(LimitRule... rules) {
        return new LimitRules(List.of(rules), 1);
    }
}
