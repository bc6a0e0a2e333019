package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.route.Credential;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The body of a provider's error answer, as much of it as is kept: it becomes an error of ours, or reaches the caller
 * as it is. Thread: event loop.
 */
final class ErrorBody {
    private static final int MAX_BYTES = 64 * 1024;

    private final Credential credential;
    private final ProviderDialect dialect;
    private final int status;
    private final int retryAfterSeconds;
    /** Released by {@link #close} unless {@link #take} gave it away. */
    private @Nullable ByteBuf body;

    private boolean whole;
    private @Nullable GatewayError error;

    /**
     * @param credential what the provider's words must not hold
     * @param dialect in which the error is told
     * @param received borrowed
     */
    ErrorBody(Credential credential, ProviderDialect dialect, int status, HttpHeaders received) {
        this.credential = credential;
        this.dialect = dialect;
        this.status = status;
        this.retryAfterSeconds = retryAfter(received);
    }

    ProviderDialect dialect() {
        return dialect;
    }

    static boolean isError(int status) {
        return status < 200 || status > 299;
    }

    /** Takes {@code bytes}. */
    void onBytes(ByteBuf bytes) {
        if (body == null) {
            body = bytes.alloc().buffer(Math.min(bytes.readableBytes(), MAX_BYTES));
        }
        int room = MAX_BYTES - body.readableBytes();
        body.writeBytes(bytes, bytes.readerIndex(), Math.min(room, bytes.readableBytes()));
        bytes.release();
    }

    void onEnd(boolean clean) {
        whole = clean;
    }

    /** In the catalogue's terms; never with the provider key in it. */
    GatewayError error() {
        if (error == null) {
            ByteBuf read = body == null ? Unpooled.EMPTY_BUFFER : body;
            GatewayError told = withRetryAfter(dialect.readError(status, read));
            error = holdsKey(read) ? Refusals.withheld(told) : told;
        }
        return error;
    }

    /**
     * Gives the provider's own words if they may reach the caller: they are about the caller's request, whole, and do
     * not hold the provider key. Else null.
     */
    @Nullable
    ByteBuf take() {
        if (!passes()) {
            return null;
        }
        ByteBuf passed = body;
        body = null;
        return passed;
    }

    private boolean passes() {
        return body != null
                && whole
                && status >= 400
                && status <= 499
                && error().kind() != ErrorKind.UPSTREAM_AUTH
                && firstByte(body) == '{'
                && body.readableBytes() < MAX_BYTES
                && !holdsKey(body);
    }

    void close() {
        if (body != null) {
            body.release();
            body = null;
        }
    }

    /** The first byte that is no white space; -1 without one. */
    static int firstByte(ByteBuf bytes) {
        for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
            byte b = bytes.getByte(i);
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return b;
            }
        }
        return -1;
    }

    private boolean holdsKey(ByteBuf bytes) {
        Secret key = credential.secret();
        if (key == null) {
            return false;
        }
        ByteBuf needle = Unpooled.wrappedBuffer(key.reveal().getBytes(StandardCharsets.UTF_8));
        try {
            return ByteBufUtil.indexOf(needle, bytes) >= 0;
        } finally {
            needle.release();
        }
    }

    private GatewayError withRetryAfter(GatewayError told) {
        return retryAfterSeconds == 0
                ? told
                : new GatewayError(
                        told.kind(), told.source(), told.retryable(), told.message(), told.param(), retryAfterSeconds);
    }

    /** In seconds; 0 where it is not said, or in other words. */
    private static int retryAfter(HttpHeaders received) {
        String header = received.get(HttpHeaderNames.RETRY_AFTER);
        if (header == null || header.length() > 6) {
            return 0;
        }
        int seconds = 0;
        for (int i = 0; i < header.length(); i++) {
            int digit = header.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return 0;
            }
            seconds = seconds * 10 + digit;
        }
        return seconds;
    }
}
