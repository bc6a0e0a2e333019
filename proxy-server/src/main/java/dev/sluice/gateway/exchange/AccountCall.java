package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request under {@code /auth}: gathers its small body, takes it to the {@link AccountDesk}, and tells the answer, or that
 * none came in time, on the event loop.
 *
 * <pre>
 *   begin ──► gathering ──► waiting ──┬── answer ──────────────────────────► done
 *     │           │                   └── time is up, client gone, stopping ──► done   (what comes later is dropped)
 *     └───────────┴── refused ──────────────────────────────────────────────► done
 * </pre>
 *
 * Thread: event loop, but for {@link #onAnswer}.
 */
public final class AccountCall implements ClientCall, AccountDesk.Receiver {
    static final int MAX_BODY_BYTES = 16 * 1024;
    static final long PATIENCE_MILLIS = 5_000;
    private static final int RETRY_SECONDS = 5;

    private final ExchangeLoop loop;
    private final CallHead head;
    private final LocalCall call;
    private final AccountDesk.Action action;
    private final OpenCalls.Place place = new OpenCalls.Place(this);
    /** Released when done. */
    private final RequestBody body;

    private @Nullable ScheduledFuture<?> timer;
    private boolean done;

    public AccountCall(ExchangeLoop loop, ClientChannel client, CallHead head, AccountDesk.Action action) {
        this.loop = loop;
        this.head = head;
        this.call = new LocalCall(loop, client, head);
        this.action = action;
        this.body = new RequestBody();
    }

    @Override
    public long maxBodyBytes(long gatheredBytes) {
        return Math.min(gatheredBytes, MAX_BODY_BYTES);
    }

    @Override
    public void begin() {
        loop.onBegin(place);
        if (!loop.accountDesk().isOpen()) {
            refuse(GatewayError.caller(
                    ErrorKind.NOT_FOUND, "There are no accounts here: the gateway's 'auth.mode' does not have jwt."));
        }
    }

    @Override
    public void onBody(ByteBuf piece) {
        if (done) {
            piece.release();
        } else {
            body.add(piece);
        }
    }

    @Override
    public void onBodyEnd() {
        if (!ByteBufUtil.isText(body.whole(), StandardCharsets.UTF_8)) {
            refuse(GatewayError.caller(ErrorKind.INVALID_REQUEST, "The request body is not UTF-8."));
            return;
        }
        Secret text = new Secret(body.whole().toString(StandardCharsets.UTF_8));
        String token = head.key();
        AccountDesk.Visitor visitor = new AccountDesk.Visitor(
                head.caller().from(), head.requestId(), single(HttpHeaderNames.ORIGIN), single(HttpHeaderNames.HOST));
        timer = loop.eventLoop()
                .schedule(
                        () -> onTold(new AccountDesk.Refused(
                                AccountDesk.Why.AWAY,
                                null,
                                "The accounts did not answer within " + PATIENCE_MILLIS + " ms. Please try again.",
                                RETRY_SECONDS,
                                null)),
                        PATIENCE_MILLIS,
                        TimeUnit.MILLISECONDS);
        loop.accountDesk()
                .handle(
                        new AccountDesk.Errand(
                                action, visitor, token == null ? null : new Secret(token), cookie(), text),
                        this);
    }

    /** Of two, one may be somebody else's. */
    private @Nullable String single(CharSequence header) {
        HttpHeaders headers = head.headers();
        return headers.getAll(header).size() == 1 ? headers.get(header) : null;
    }

    private @Nullable Secret cookie() {
        Secret found = null;
        for (String header : head.headers().getAll(HttpHeaderNames.COOKIE)) {
            for (Cookie cookie : ServerCookieDecoder.STRICT.decodeAll(header)) {
                if (cookie.name().equals(AccountDesk.COOKIE)) {
                    if (found != null) {
                        return null;
                    }
                    found = new Secret(cookie.value());
                }
            }
        }
        return found;
    }

    /** Thread: any. */
    @Override
    public void onAnswer(AccountDesk.Answer answer) {
        try {
            loop.eventLoop().execute(() -> onTold(answer));
        } catch (RejectedExecutionException e) {
            // The event loop has ended, and the client's connection with it.
            assert loop.eventLoop().isShuttingDown();
        }
    }

    private void onTold(AccountDesk.Answer answer) {
        if (done) {
            return;
        }
        Secret cookie = answer.cookie();
        if (cookie != null) {
            call.add(HttpHeaderNames.SET_COOKIE, cookie.reveal());
        }
        switch (answer) {
            case AccountDesk.Done well ->
                finish(well.status(), null, well.json().reveal());
            case AccountDesk.Refused refused -> refuse(error(refused));
        }
    }

    private static GatewayError error(AccountDesk.Refused refused) {
        ErrorKind kind = kind(refused.why());
        boolean ours = kind.httpStatus() >= 500;
        return new GatewayError(
                kind,
                ours ? GatewayError.Source.GATEWAY : GatewayError.Source.CALLER,
                /* retryable= */ refused.retryAfterSeconds() > 0,
                refused.message(),
                refused.parameter(),
                refused.retryAfterSeconds());
    }

    private static ErrorKind kind(AccountDesk.Why why) {
        return switch (why) {
            case INVALID -> ErrorKind.INVALID_REQUEST;
            case UNKNOWN -> ErrorKind.INVALID_API_KEY;
            case DENIED -> ErrorKind.NOT_ALLOWED;
            case TAKEN -> ErrorKind.CONFLICT;
            case THROTTLED -> ErrorKind.RATE_LIMITED;
            case BUSY -> ErrorKind.OVERLOADED;
            case AWAY -> ErrorKind.AUTH_UNAVAILABLE;
            case FAILED -> ErrorKind.INTERNAL;
        };
    }

    @Override
    public void refuse(GatewayError error) {
        finish(head.dialect().status(error), error, head.dialect().errorBody(error));
    }

    @Override
    public void interrupt() {
        refuse(GatewayError.gateway(ErrorKind.OVERLOADED, "The gateway is shutting down; please try again."));
    }

    /** The desk is not stopped: what it has begun it brings to an end. */
    @Override
    public void onClientGone() {
        refuse(GatewayError.gateway(ErrorKind.REQUEST_TIMEOUT, "The client is gone."));
    }

    private void finish(int status, @Nullable GatewayError error, String text) {
        if (done) {
            return;
        }
        done = true;
        if (timer != null) {
            timer.cancel(false);
        }
        body.release();
        loop.onDone(place);
        call.add(HttpHeaderNames.CACHE_CONTROL, "no-store");
        call.answer(status, error, text);
    }

    /** Its answers are small. */
    @Override
    public void onClientWritable(boolean writable) {}

    @Override
    public boolean isDone() {
        return done;
    }
}
