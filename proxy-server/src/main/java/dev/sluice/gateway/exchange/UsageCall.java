package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.auth.Principal;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/usage}: the one {@link LocalCall} that has to wait. The {@link UsageLookup} looks elsewhere, and its
 * answer, or that none came in time, is told on the event loop.
 *
 * <pre>
 *   begin ──► waiting ──┬── answer ──────► done
 *                       └── time is up ──► done   (what comes later is dropped)
 * </pre>
 *
 * Thread: event loop, but for {@link #onAnswer}.
 */
final class UsageCall implements UsageLookup.Receiver {
    static final long PATIENCE_MILLIS = 2_000;
    private static final int RETRY_SOON_SECONDS = 1;
    private static final int RETRY_LATER_SECONDS = 5;

    private final LocalCall call;
    private final EventLoop eventLoop;
    private @Nullable ScheduledFuture<?> timer;
    private boolean done;

    UsageCall(LocalCall call, EventLoop eventLoop) {
        this.call = call;
        this.eventLoop = eventLoop;
    }

    /**
     * @param limits how the caller stands with them
     * @param query the query of the request target, undecoded
     */
    void begin(UsageLookup lookup, Principal caller, List<LimitLine> limits, String query) {
        assert eventLoop.inEventLoop();
        Map<String, List<String>> parameters;
        try {
            parameters = new QueryStringDecoder(query, /* hasPath= */ false).parameters();
        } catch (IllegalArgumentException e) {
            finish(new UsageLookup.Invalid(null, "The query of the request target is not well-formed."));
            return;
        }
        for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
            if (!isKnown(parameter.getKey()) || parameter.getValue().size() > 1) {
                finish(new UsageLookup.Invalid(
                        null,
                        "The query has " + parameter.getValue().size() + " times '" + Refusals.echo(parameter.getKey())
                                + "'; allowed are 'from' and 'to', each once."));
                return;
            }
        }
        timer = eventLoop.schedule(() -> finish(UsageLookup.Unanswered.AWAY), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        lookup.find(
                new UsageLookup.Question(
                        caller.keyId(), caller.teamId(), value(parameters, "from"), value(parameters, "to"), limits),
                this);
    }

    private static boolean isKnown(String parameter) {
        return parameter.equals("from") || parameter.equals("to");
    }

    private static @Nullable String value(Map<String, List<String>> parameters, String name) {
        List<String> values = parameters.get(name);
        return values == null ? null : values.get(0);
    }

    /** Thread: any. */
    @Override
    public void onAnswer(UsageLookup.Answer answer) {
        try {
            eventLoop.execute(() -> finish(answer));
        } catch (RejectedExecutionException e) {
            // The event loop has ended, and the client's connection with it.
            assert eventLoop.isShuttingDown();
        }
    }

    private void finish(UsageLookup.Answer answer) {
        if (done) {
            return;
        }
        done = true;
        if (timer != null) {
            timer.cancel(false);
        }
        switch (answer) {
            case UsageLookup.Found found -> call.answer(200, null, found.json());
            case UsageLookup.Invalid invalid ->
                call.refuse(new GatewayError(
                        ErrorKind.INVALID_REQUEST,
                        GatewayError.Source.CALLER,
                        /* retryable= */ false,
                        invalid.message(),
                        invalid.parameter(),
                        0));
            case UsageLookup.Unanswered unanswered -> call.refuse(error(unanswered));
        }
    }

    private static GatewayError error(UsageLookup.Unanswered why) {
        return switch (why) {
            case KEY_BUSY ->
                new GatewayError(
                        ErrorKind.RATE_LIMITED,
                        GatewayError.Source.CALLER,
                        /* retryable= */ true,
                        "This key is asking for its usage already; 1 question at a time is allowed.",
                        null,
                        RETRY_SOON_SECONDS);
            case BUSY -> unavailable("Too many keys are asking for their usage. Ask again.", RETRY_SOON_SECONDS);
            case AWAY ->
                unavailable(
                        "The database with the usage did not answer within " + PATIENCE_MILLIS
                                + " ms. Calls are served and metered all the same.",
                        RETRY_LATER_SECONDS);
            case FAILED ->
                GatewayError.gateway(
                        ErrorKind.INTERNAL, "The usage could not be looked up; the gateway's log says why.");
        };
    }

    private static GatewayError unavailable(String message, int retryAfterSeconds) {
        return new GatewayError(
                ErrorKind.OVERLOADED,
                GatewayError.Source.GATEWAY,
                /* retryable= */ true,
                message,
                null,
                retryAfterSeconds);
    }
}
