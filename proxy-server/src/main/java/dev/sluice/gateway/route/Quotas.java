package dev.sluice.gateway.route;

import dev.sluice.gateway.route.TargetHealth.Availability;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * The limits of a key, as the heads of its answers tell them: {@code x-ratelimit-remaining-requests} and its like (OpenAI,
 * Azure, Groq and most hosts of the OpenAI dialect), {@code anthropic-ratelimit-requests-remaining} and its like.
 * Thread: any.
 */
final class Quotas {
    /** With more than one part in so many of a limit left, nobody needs to know when it is whole again. */
    private static final int PLENTY = 4;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Quota requests = new Quota();
    /** Of prompt and answer. */
    private final Quota tokens = new Quota();

    private final Quota inputTokens = new Quota();
    private final Quota outputTokens = new Quota();

    /** Whether the last head that was looked at had none of the names, nor any before it. */
    private volatile boolean lookedInVain;

    private volatile boolean hasTold;
    private volatile long lookedNanos;

    /** The names under which a limit travels. */
    private record Names(AsciiString remaining, AsciiString limit, AsciiString reset) {
        static Names openAi(String what) {
            return new Names(
                    AsciiString.cached("x-ratelimit-remaining-" + what),
                    AsciiString.cached("x-ratelimit-limit-" + what),
                    AsciiString.cached("x-ratelimit-reset-" + what));
        }

        static Names anthropic(String what) {
            return new Names(
                    AsciiString.cached("anthropic-ratelimit-" + what + "-remaining"),
                    AsciiString.cached("anthropic-ratelimit-" + what + "-limit"),
                    AsciiString.cached("anthropic-ratelimit-" + what + "-reset"));
        }
    }

    private static final Names OPENAI_REQUESTS = Names.openAi("requests");
    private static final Names OPENAI_TOKENS = Names.openAi("tokens");
    private static final Names ANTHROPIC_REQUESTS = Names.anthropic("requests");
    private static final Names ANTHROPIC_TOKENS = Names.anthropic("tokens");
    private static final Names ANTHROPIC_INPUT = Names.anthropic("input-tokens");
    private static final Names ANTHROPIC_OUTPUT = Names.anthropic("output-tokens");

    /**
     * Of a provider that has never told of limits, heads are looked at now and then: looking for six names in each head of
     * each answer costs more than what might be learnt a moment earlier.
     *
     * @param clock asked only where a head says a time of day
     * @param isRefusal whether this head says no: then it is looked at in any case. Borrows {@code headers}
     */
    void onHead(HttpHeaders headers, boolean isRefusal, InstantSource clock, long nowNanos) {
        if (!isRefusal && lookedInVain && nowNanos - lookedNanos < LOOK_NANOS) {
            return;
        }
        boolean any = learnOpenAi(headers, clock, nowNanos) || learnAnthropic(headers, clock, nowNanos);
        if (any) {
            hasTold = true;
            lookedInVain = false;
        } else if (!hasTold) {
            lookedNanos = nowNanos;
            lookedInVain = true;
        }
    }

    private boolean learnOpenAi(HttpHeaders headers, InstantSource clock, long nowNanos) {
        boolean any = learn(requests, OPENAI_REQUESTS, headers, clock, nowNanos);
        return learn(tokens, OPENAI_TOKENS, headers, clock, nowNanos) || any;
    }

    private boolean learnAnthropic(HttpHeaders headers, InstantSource clock, long nowNanos) {
        boolean any = learn(requests, ANTHROPIC_REQUESTS, headers, clock, nowNanos);
        any = learn(tokens, ANTHROPIC_TOKENS, headers, clock, nowNanos) || any;
        any = learn(inputTokens, ANTHROPIC_INPUT, headers, clock, nowNanos) || any;
        return learn(outputTokens, ANTHROPIC_OUTPUT, headers, clock, nowNanos) || any;
    }

    /** @return whether the head told of it. A negative number is what Azure says when it does not know. */
    private static boolean learn(Quota quota, Names names, HttpHeaders headers, InstantSource clock, long nowNanos) {
        String told = headers.get(names.remaining());
        double remaining = told == null ? -1 : ResetTime.number(told, 0, told.length());
        if (remaining < 0) {
            return told != null;
        }
        String size = headers.get(names.limit());
        double limit = size == null ? -1 : ResetTime.number(size, 0, size.length());
        long reset = 0;
        if (remaining * PLENTY <= limit || limit < 0) {
            String text = headers.get(names.reset());
            reset = text == null ? ResetTime.UNKNOWN : ResetTime.nanos(text, clock.millis());
        }
        quota.onTold((long) remaining, limit < 0 ? Quota.UNKNOWN : (long) limit, reset, nowNanos);
        return true;
    }

    void onBegin(long promptTokens, long nowNanos) {
        requests.onBegin(1, nowNanos);
        tokens.onBegin(promptTokens, nowNanos);
        inputTokens.onBegin(promptTokens, nowNanos);
        outputTokens.onBegin(1, nowNanos);
    }

    /** The worst of what the four say. */
    Availability availability(long promptTokens, long nowNanos) {
        Availability worst = worse(requests.availability(1, nowNanos), tokens.availability(promptTokens, nowNanos));
        worst = worse(worst, inputTokens.availability(promptTokens, nowNanos));
        return worse(worst, outputTokens.availability(1, nowNanos));
    }

    private static Availability worse(Availability one, Availability other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** Until a small request can be served; 0 when it can. */
    long readyInNanos(long nowNanos) {
        return Math.max(
                Math.max(requests.readyInNanos(1, nowNanos), tokens.readyInNanos(1, nowNanos)),
                Math.max(inputTokens.readyInNanos(1, nowNanos), outputTokens.readyInNanos(1, nowNanos)));
    }

    /** Whether something that need not be may be spent. */
    boolean areAmple(long nowNanos) {
        return requests.isAmple(nowNanos)
                && tokens.isAmple(nowNanos)
                && inputTokens.isAmple(nowNanos)
                && outputTokens.isAmple(nowNanos);
    }

    /** Requests left; {@link Quota#UNKNOWN}. */
    long requests() {
        return requests.left();
    }

    /** Tokens left, by the tightest of the limits on them; {@link Quota#UNKNOWN}. */
    long tokens() {
        return tighter(tighter(tokens.left(), inputTokens.left()), outputTokens.left());
    }

    private static long tighter(long one, long other) {
        return one == Quota.UNKNOWN ? other : other == Quota.UNKNOWN ? one : Math.min(one, other);
    }

    void reset() {
        requests.reset();
        tokens.reset();
        inputTokens.reset();
        outputTokens.reset();
    }
}
