package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.relay.AnswerCost;
import dev.sluice.codec.relay.EventFork;
import dev.sluice.codec.relay.Relay;
import dev.sluice.codec.relay.RelaySink;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.route.RetryAfter;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A provider's answer from its head on: an error whose body is gathered, or an answer that a {@link Relay} carries. The
 * relay is chosen by the content type, or by the first byte where the content type does not tell. Thread: event loop.
 */
final class ProviderAnswer implements CallerAnswer {

    private static final int MAX_BODY_BYTES = 64 * 1024 * 1024;

    private final Passage passage;
    private final int status;
    private final HttpHeaders received;
    private final AttemptMeter meter;
    private final long createdSeconds;
    private final @Nullable GatewayError refusal;

    private @Nullable AnswerCost cost;
    private @Nullable AnswerId id;
    private @Nullable Relay relay;
    private @Nullable AnswerReader reader;
    /** Says the answer in the caller's dialect, where that is another one. */
    private @Nullable AnswerEncoder encoder;

    private final ErrorBody errorBody;
    private @Nullable GatewayError failure;
    private boolean eventStream;
    private long bodyBytes;

    /**
     * @param meter counts what the model generates
     * @param createdSeconds since 1970; what a translated answer says of its age
     */
    ProviderAnswer(Passage passage, int status, HttpHeaders received, AttemptMeter meter, long createdSeconds) {
        this.passage = passage;
        this.status = status;
        this.received = received;
        this.meter = meter;
        this.createdSeconds = createdSeconds;
        this.errorBody = new ErrorBody(passage.target().credential(), passage.dialect(), status, received);
        String encoding = received.get(HttpHeaderNames.CONTENT_ENCODING);
        this.refusal = encoding != null && !"identity".equalsIgnoreCase(encoding)
                ? GatewayError.provider(
                        ErrorKind.UPSTREAM_ERROR, "The provider compressed its answer although it was asked not to.")
                : null;
    }

    /** Puts what the answer costs into its usage report; before its first bytes. */
    void tellCost(AnswerCost teller) {
        cost = teller;
    }

    /**
     * Has the answer's id noted, if it is one that the provider keeps; before its first bytes.
     *
     * @param tenant whose answer it is; null when it is nobody's
     */
    void noteIdIn(Keepers keepers, @Nullable String tenant) {
        if (passage.isNative() && passage.endpoint() == Endpoint.RESPONSES && !isError()) {
            id = new AnswerId(keepers, passage.target().provider().name(), tenant);
        }
    }

    /** Why nothing of this answer can be used, or null. */
    @Nullable
    GatewayError refusal() {
        return refusal;
    }

    @Override
    public int status() {
        return status;
    }

    boolean isError() {
        return ErrorBody.isError(status);
    }

    /** The next bytes of the body; takes them. */
    Relay.State onBytes(ByteBuf bytes, RelaySink sink) {
        if (isError()) {
            errorBody.onBytes(bytes);
            return Relay.State.FLOWING;
        }
        bodyBytes += bytes.readableBytes();
        if (!eventStream && bodyBytes > MAX_BODY_BYTES && relay != null) {
            bytes.release();
            failure = GatewayError.provider(
                    ErrorKind.UPSTREAM_ERROR, "The provider's answer is larger than " + MAX_BODY_BYTES + " bytes.");
            return Relay.State.FAILED_UNCOMMITTED;
        }
        if (relay == null) {
            open(bytes);
        }
        return Objects.requireNonNull(relay).onBytes(bytes, sink);
    }

    Relay.Ending onEnd(boolean clean, RelaySink sink) {
        if (isError()) {
            errorBody.onEnd(clean);
            return Relay.Ending.PROVIDER_ERROR;
        }
        return relay == null ? Relay.Ending.TRUNCATED : relay.onEnd(clean, sink);
    }

    /**
     * The answer is stopped here: writes what ends it in the caller's dialect, where that can be done. No bytes follow.
     */
    Relay.Cut cut(StreamCut cut, RelaySink sink) {
        if (relay == null) {
            return Relay.Cut.NOTHING_WRITTEN;
        }
        return relay.cut(passage.reportsUsage() ? cut : cut.withoutUsage(), sink);
    }

    /** The answer's usage is in the books. */
    void onMetered() {
        if (id != null) {
            id.onMetered();
        }
    }

    void release(RelaySink sink) {
        if (relay != null) {
            relay.release(sink);
        }
    }

    boolean contentSeen() {
        return relay != null && relay.contentSeen();
    }

    /** Whether the provider's own words about an error reach the client. */
    boolean tellsErrors() {
        return passage.isNative();
    }

    @Override
    public boolean mayAppendEvent() {
        boolean events = encoder == null ? eventStream : passage.stream();
        return events && relay != null && relay.atEventBoundary();
    }

    @Nullable
    AnswerReader reader() {
        return reader;
    }

    /** What to tell a client that has got nothing yet. */
    GatewayError failure() {
        if (failure != null) {
            return failure;
        }
        if (isError()) {
            failure = errorBody.error();
        } else {
            GatewayError told = reader == null ? null : reader.error();
            failure = told == null ? Refusals.malformedAnswer() : holdsKey(told) ? Refusals.withheld(told) : told;
        }
        return failure;
    }

    /** What the provider asked to be left alone for; 0 when it did not ask. */
    long retryAfterNanos() {
        return RetryAfter.nanos(received, createdSeconds * 1_000);
    }

    /** The provider's own words pass where they are in the caller's dialect. */
    @Override
    public @Nullable ByteBuf takeErrorBody() {
        return passage.isNative() ? errorBody.take() : null;
    }

    @Override
    public HttpHeaders headers() {
        boolean events = encoder == null ? eventStream : passage.stream();
        HttpHeaders headers = HeaderPolicy.toCaller(received, events);
        if (encoder != null) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, encoder.contentType());
        } else if (!passage.isNative()) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        } else if (!headers.contains(HttpHeaderNames.CONTENT_TYPE)) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, events ? "text/event-stream" : "application/json");
        }
        HeaderPolicy.addDropped(headers, passage.dropped());
        return headers;
    }

    void close() {
        if (relay != null) {
            relay.close();
        }
        if (reader != null) {
            reader.close();
        }
        if (encoder != null) {
            encoder.close();
        }
        errorBody.close();
    }

    private ProviderDialect dialect() {
        return passage.dialect();
    }

    private void open(ByteBuf first) {
        eventStream = passage.stream() && isEventStream(first);
        if (passage.isNative()) {
            AnswerReader opened = dialect().newAnswer(passage.endpoint(), eventStream, events());
            reader = opened;
            relay = eventStream ? Relay.events(opened, passage.stripsUsage(), cost) : Relay.body(opened);
        } else if (passage.endpoint().operation() == Endpoint.Operation.EMBED) {
            AnswerReader opened = dialect().newAnswer(passage.endpoint(), /* stream= */ false, meter.events());
            reader = opened;
            relay = Relay.embeddings(
                    opened,
                    body -> passage.translateEmbeddings(body, createdSeconds, meter.promptTokens(), body.alloc()));
        } else {
            AnswerEncoder speaker = passage.newEncoder(createdSeconds, meter.promptTokens(), first.alloc());
            encoder = speaker;
            AnswerReader opened =
                    dialect().newAnswer(passage.endpoint(), eventStream, new EventFork(meter.events(), speaker));
            reader = opened;
            relay = Relay.translated(dialect(), eventStream, opened, speaker);
        }
    }

    private ChatEvents events() {
        return id == null ? meter.events() : new EventFork(meter.events(), id);
    }

    private boolean isEventStream(ByteBuf first) {
        String type = received.get(HttpHeaderNames.CONTENT_TYPE);
        String expected = dialect().streamContentType();
        if (type != null && AsciiString.regionMatches(type, true, 0, expected, 0, expected.length())) {
            return true;
        }
        if (!expected.equals(ProviderDialect.EVENT_STREAM)) {
            return false;
        }
        int start = ErrorBody.firstByte(first);
        return start != '{' && start != '[' && start != '<';
    }

    private boolean holdsKey(GatewayError error) {
        Secret key = passage.target().credential().secret();
        String param = error.param();
        return key != null
                && (error.message().contains(key.reveal()) || (param != null && param.contains(key.reveal())));
    }
}
