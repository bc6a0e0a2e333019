package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.Grant;
import dev.sluice.gateway.limit.LimitCall;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Verdict;
import dev.sluice.gateway.limit.Window;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.price.TokenRates;
import dev.sluice.gateway.route.Ask;
import dev.sluice.gateway.route.Plan;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.wire.Configs;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What has to be found out before each request of a kept-alive connection may go on costs no memory. */
final class KnownCallTest {
    private static final String KEY = "sk-slc-0123456789abcdefghijklmnopqrstuvwxyz";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-01T12:00:00Z"));
    private static final Principal KNOWN = new Principal("Ab3dEf9h", "ci", "search", List.of());

    private final RouteTable routes = Configs.routes(
            List.of(Configs.provider("openai", "https://api.openai.example/v1", "k")),
            List.of(Configs.model("gpt-*", "openai/*")));
    private final Rules rules = new Rules(
            (key, from) -> KEY.equals(key) ? KNOWN : AuthResult.Refused.INVALID, routes, /* maxJsonDepth= */ 16);
    private final Caller caller = new Caller(InetAddress.getLoopbackAddress(), CLOCK);
    private final Limiter limiter = limiter();

    private static Limiter limiter() {
        Limiter made = new Limiter(
                new LimitClock() {
                    private long nanos;

                    @Override
                    public long nanoTime() {
                        nanos += 10_000;
                        return nanos;
                    }

                    @Override
                    public long wallMillis() {
                        return CLOCK.millis();
                    }
                },
                (rule, subject, percent, used, reset) -> {});
        Window month = new Window(Period.MONTH, /* calendar= */ true, ZoneId.of("Asia/Jerusalem"));
        made.publish(new LimitRules(
                List.of(
                        rule("rpm", Measure.REQUESTS, Window.sliding(Period.MINUTE)),
                        rule("rpd", Measure.REQUESTS, Window.sliding(Period.DAY)),
                        rule("tpm", Measure.TOKENS, Window.sliding(Period.MINUTE)),
                        rule("cost", Measure.COST, month),
                        rule("open", Measure.CONCURRENT, Window.NONE)),
                1));
        return made;
    }

    private static LimitRule rule(String id, Measure measure, Window window) {
        return new LimitRule(
                id,
                id,
                CallFilter.ALL,
                List.of(Dimension.of(Dimension.Kind.KEY)),
                measure,
                1L << 42,
                window,
                0,
                false,
                0,
                List.of(80));
    }

    @Test
    void theWayOfAKnownCallerIsFoundWithoutAllocating() {
        byte[] head = ("Authorization: Bearer " + KEY).getBytes(StandardCharsets.US_ASCII);
        int at = head.length - KEY.length();
        caller.authenticate(rules, KEY);
        LimitCall call = new LimitCall();
        Grant grant = new Grant();
        Plan plan = new Plan();
        Ask ask = new Ask();
        TokenRates rates = new TokenRates(150_000_000, 600_000_000);
        SplittableRandom random = new SplittableRandom(1);

        double bytes = Allocations.bytesOf(() -> {
            AuthResult result = caller.authenticate(rules, caller.remembered(head, at, KEY.length()));
            Route route = routes.find("gpt-4o-mini");
            if (!(result instanceof Principal known) || route == null) {
                throw new AssertionError(result + " on " + route);
            }
            ask.of(Endpoint.CHAT_COMPLETIONS, false).sized(900, -1).needing(ChatNeeds.NONE, null, 0);
            plan.begin(route, ask, random);
            Target target = plan.first(5);
            if (target == null) {
                throw new AssertionError("nowhere to go");
            }
            call.of(known, caller.from(), null, null, known.tags(), caller.sharePercent(known))
                    .at(target.provider().name(), "gpt-4o-mini", "chat.completions", rates)
                    .sized(225, 256, -1, 1_100);
            if (limiter.admit(call, grant, () -> {}) != Verdict.ADMITTED) {
                throw new AssertionError("refused: " + grant.refusal());
            }
            limiter.settle(grant, 225, 100, 90_000);
            grant.reset();
            call.clear();
            plan.reset();
        });

        assertThat(bytes).isLessThanOrEqualTo(32);
    }

    @Test
    void aKeyIsRememberedByItsBytesAndNoOther() {
        byte[] head = ("x" + KEY + "y").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(caller.remembered(head, 1, KEY.length()))
                .as("before anybody asked")
                .isNull();

        caller.authenticate(rules, KEY);

        assertThat(caller.remembered(head, 1, KEY.length())).isSameAs(KEY);
        assertThat(caller.remembered(head, 0, KEY.length())).isNull();
        assertThat(caller.remembered(head, 1, KEY.length() - 1)).isNull();
        assertThat(caller.remembered(head, 1, KEY.length() + 1)).isNull();
        head[KEY.length()] = (byte) (0x80 | head[KEY.length()]);
        assertThat(caller.remembered(head, 1, KEY.length()))
                .as("another last byte")
                .isNull();
        caller.authenticate(rules, "sk-slc-bad");
        head[KEY.length()] &= 0x7f;
        assertThat(caller.remembered(head, 1, KEY.length()))
                .as("a bad one in between")
                .isSameAs(KEY);
    }
}
