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
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.RetryAfter;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A provider's answer from its head on: an error whose body is gathered, or an answer that a {@link Relay} carries. The
 * relay is chosen by the content type, or by the first byte where the content type does not tell. One can be used for one
 * attempt after the other. Thread: event loop.
 */
final class ProviderAnswer implements CallerAnswer {

    private static final int MAX_BODY_BYTES = 64 * 1024 * 1024;

    private final Passage passage;
    private final AttemptMeter meter;

    private int status;
    private long createdSeconds;
    private long retryAfterNanos;
    private boolean saidToBeEvents;
    /** For the caller, until {@link #headers} gives them. */
    private @Nullable FieldLines headers;

    private @Nullable GatewayError refusal;
    private @Nullable AnswerCost cost;
    private @Nullable AnswerId id;
    private @Nullable Relay relay;
    private @Nullable AnswerReader reader;
    /** Says the answer in the caller's dialect, where that is another one. */
    private @Nullable AnswerEncoder encoder;
    /** Null unless the answer is an error. */
    private @Nullable ErrorBody errorBody;

    private @Nullable GatewayError failure;
    private boolean eventStream;
    private long bodyBytes;

    /** @param meter counts what the model generates */
    ProviderAnswer(Passage passage, AttemptMeter meter) {
        this.passage = passage;
        this.meter = meter;
    }

    /**
     * @param received borrowed
     * @param nowSeconds since 1970; what a translated answer says of its age
     */
    void begin(int answered, HttpHeaders received, long nowSeconds) {
        status = answered;
        createdSeconds = nowSeconds;
        retryAfterNanos = RetryAfter.nanos(received, nowSeconds * 1_000);
        headers = HeaderPolicy.toCaller(received);
        saidToBeEvents = isOfType(received, dialect().streamContentType());
        if (ErrorBody.isError(answered)) {
            errorBody = new ErrorBody(passage.target().credential(), dialect(), answered, received);
        }
        String encoding = received.get(HttpHeaderNames.CONTENT_ENCODING);
        if (encoding != null && !"identity".equalsIgnoreCase(encoding)) {
            refusal = GatewayError.provider(
                    ErrorKind.UPSTREAM_ERROR, "The provider compressed its answer although it was asked not to.");
        }
    }

    /** For the next attempt; closed before. */
    void reset() {
        status = 0;
        createdSeconds = 0;
        retryAfterNanos = 0;
        saidToBeEvents = false;
        headers = null;
        refusal = null;
        cost = null;
        id = null;
        relay = null;
        reader = null;
        encoder = null;
        errorBody = null;
        failure = null;
        eventStream = false;
        bodyBytes = 0;
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
        return errorBody != null;
    }

    /** The next bytes of the body; takes them. */
    Relay.State onBytes(ByteBuf bytes, RelaySink sink) {
        if (errorBody != null) {
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
        if (errorBody != null) {
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
        if (errorBody != null) {
            failure = errorBody.error();
        } else {
            GatewayError told = reader == null ? null : reader.error();
            failure = told == null ? Refusals.malformedAnswer() : holdsKey(told) ? Refusals.withheld(told) : told;
        }
        return failure;
    }

    /** What the provider asked to be left alone for; 0 when it did not ask. */
    long retryAfterNanos() {
        return retryAfterNanos;
    }

    /** The provider's own words pass where they are in the caller's dialect. */
    @Override
    public @Nullable ByteBuf takeErrorBody() {
        return errorBody != null && passage.isNative() ? errorBody.take() : null;
    }

    @Override
    public FieldLines headers() {
        boolean events = encoder == null ? eventStream : passage.stream();
        FieldLines told = Objects.requireNonNull(headers);
        headers = null;
        if (events) {
            HeaderPolicy.forEvents(told);
        }
        if (encoder != null) {
            told.set(HttpHeaderNames.CONTENT_TYPE, encoder.contentType());
        } else if (!passage.isNative()) {
            told.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        } else if (!told.contains(HttpHeaderNames.CONTENT_TYPE)) {
            told.set(HttpHeaderNames.CONTENT_TYPE, events ? "text/event-stream" : "application/json");
        }
        HeaderPolicy.addDropped(told, passage.dropped());
        return told;
    }

    /** Once or more: nothing is asked of it afterwards. */
    void close() {
        if (headers != null) {
            headers.giveBack();
            headers = null;
        }
        if (relay != null) {
            relay.close();
            relay = null;
        }
        if (reader != null) {
            reader.close();
            reader = null;
        }
        if (encoder != null) {
            encoder.close();
            encoder = null;
        }
        if (errorBody != null) {
            errorBody.close();
        }
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
        if (saidToBeEvents) {
            return true;
        }
        if (!dialect().streamContentType().equals(ProviderDialect.EVENT_STREAM)) {
            return false;
        }
        int start = ErrorBody.firstByte(first);
        return start != '{' && start != '[' && start != '<';
    }

    private static boolean isOfType(HttpHeaders received, String type) {
        String said = received.get(HttpHeaderNames.CONTENT_TYPE);
        return said != null && AsciiString.regionMatches(said, true, 0, type, 0, type.length());
    }

    private boolean holdsKey(GatewayError error) {
        Secret key = passage.target().credential().secret();
        String param = error.param();
        return key != null
                && (error.message().contains(key.reveal()) || (param != null && param.contains(key.reveal())));
    }
}
