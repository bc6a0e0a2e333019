package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.raw.BatchResults;
import dev.sluice.codec.raw.RawShape;
import dev.sluice.codec.raw.UsageScan;
import dev.sluice.gateway.http1.FieldLines;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A provider's answer that passes as it is: read on the way for usage and ids, never changed or held. Only an error's
 * body is gathered. Thread: event loop.
 */
final class RawAnswer implements CallerAnswer {
    private final RawCall call;
    private final int status;
    private final FieldLines headers;
    private final UsageScan scan;
    private final boolean eventStream;
    private final @Nullable BatchResults results;
    /** Null unless the answer is one. */
    private final @Nullable ErrorBody error;
    /** Of the body that is still to come; -1 when nobody knows. */
    private long leftBytes;

    /**
     * @param errors for the body, should the answer be an error
     * @param received borrowed
     * @param bill is told of the answers in the results of a batch
     */
    RawAnswer(RawCall call, ErrorBody errors, int status, HttpHeaders received, OnceBill bill) {
        this.call = call;
        this.status = status;
        boolean failed = ErrorBody.isError(status);
        UsageScan.Form form = failed ? UsageScan.Form.OPAQUE : form(received);
        this.eventStream = form == UsageScan.Form.EVENTS;
        this.scan = new UsageScan(shape(call, errors.dialect()), form);
        this.error = failed ? errors : null;
        this.leftBytes = length(received);
        // The length of an error is that of the body that is told in the end.
        this.headers = failed
                ? HeaderPolicy.toCaller(received, /* eventStream= */ false)
                : HeaderPolicy.toCallerRaw(received, eventStream);
        boolean fetched = status == HttpResponseStatus.OK.code() && isPlain(received);
        this.results = !fetched
                ? null
                : call.fetchedFile() != null
                        ? new BatchResults(RawShape.OPENAI, bill::add)
                        : call.fetchedBatch() != null ? new BatchResults(RawShape.ANTHROPIC, bill::add) : null;
    }

    private static RawShape shape(RawCall call, ProviderDialect dialect) {
        RawShape own = call.endpoint().shape();
        if (own != null) {
            return own;
        }
        // What is fetched has been metered when it was made.
        return !call.method().equals(HttpMethod.POST)
                ? RawShape.UNMETERED
                : switch (dialect.wireFormat()) {
                    case OPENAI, OPENAI_RESPONSES -> RawShape.OPENAI;
                    case ANTHROPIC -> RawShape.ANTHROPIC;
                    case GEMINI -> RawShape.GEMINI;
                    case BEDROCK -> RawShape.BEDROCK;
                    case OLLAMA -> RawShape.OLLAMA;
                };
    }

    private static UsageScan.Form form(HttpHeaders received) {
        String type = received.get(HttpHeaderNames.CONTENT_TYPE);
        if (type == null || !isPlain(received)) {
            return UsageScan.Form.OPAQUE;
        }
        String lower = type.toLowerCase(Locale.ROOT);
        if (lower.startsWith("text/event-stream")) {
            return UsageScan.Form.EVENTS;
        }
        return lower.startsWith("application/json") ? UsageScan.Form.DOCUMENT : UsageScan.Form.OPAQUE;
    }

    private static boolean isPlain(HttpHeaders received) {
        String encoding = received.get(HttpHeaderNames.CONTENT_ENCODING);
        return encoding == null || encoding.equalsIgnoreCase("identity");
    }

    private static long length(HttpHeaders received) {
        String length = received.get(HttpHeaderNames.CONTENT_LENGTH);
        return length == null ? -1 : Long.parseLong(length);
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public FieldLines headers() {
        return headers;
    }

    /** What passes as it is gets nothing added. */
    @Override
    public boolean mayAppendEvent() {
        return false;
    }

    @Override
    public @Nullable ByteBuf takeErrorBody() {
        return error == null ? null : error.take();
    }

    /** Takes {@code bytes} of an error; of another answer borrows them and returns false. */
    boolean keepsError(ByteBuf bytes) {
        if (error != null) {
            error.onBytes(bytes);
            return true;
        }
        scan.feed(bytes);
        if (results != null) {
            results.feed(bytes);
        }
        if (leftBytes >= 0) {
            leftBytes -= bytes.readableBytes();
        }
        return false;
    }

    /** Whether the last byte has been seen, by what the head said. */
    boolean isOver() {
        return leftBytes == 0;
    }

    /** The body has ended. */
    void onEnd(boolean clean) {
        if (error != null) {
            error.onEnd(clean);
            return;
        }
        scan.end();
        if (results != null && clean) {
            results.end();
        }
    }

    /** The provider's error, null when the answer is none. */
    @Nullable
    GatewayError failure() {
        return error == null ? null : error.error();
    }

    /** What the answer's ids are. */
    List<String> ids() {
        return scan.ids();
    }

    /** What it consumed to make this answer; null when that was another call's doing. */
    @Nullable
    AnswerReader reader() {
        return call.endpoint() == RawEndpoint.RESPONSES ? null : scan;
    }

    /** A response made while nobody waited for it: nobody has metered it yet. Null when the answer is none. */
    @Nullable
    UsageScan background() {
        boolean made = call.endpoint() == RawEndpoint.RESPONSES && scan.isBackground() && scan.reportedUsage();
        return made ? scan : null;
    }

    void close() {
        if (error != null) {
            error.close();
        }
    }
}
