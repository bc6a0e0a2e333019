package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.Serving;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How one call travels to one target and back: as the very bytes where both sides have the same wire format, in the
 * other's words where they have not. What the request's body says is taken at the beginning: a passage may last longer
 * than the body is known. One can be used for one attempt after the other. Thread: event loop.
 */
final class Passage {
    private @Nullable CallHead head;
    private @Nullable CallPath asked;
    private @Nullable Target target;
    private @Nullable Serving serving;
    private String model = "";
    private boolean stream;
    private boolean stripsUsage;
    private boolean reportsUsage;
    private boolean tellsCost;
    private List<String> dropped = List.of();
    private boolean base64;

    /** @param at one whose provider serves the call */
    void begin(CallerRequest from, Target at) {
        head = from.head();
        asked = from.path();
        target = at;
        serving = at.provider().serving(from.path().endpoint());
        RequestReader request = from.reader();
        model = request.model();
        stream = request.stream();
        stripsUsage = isNative() && request.addsUsageRequest() && dialect().acceptsUsageRequest();
        reportsUsage = request.asksForUsage();
        HttpHeaders headers = from.head().headers();
        tellsCost = headers.contains(HeaderPolicy.INCLUDE_COST)
                && headers.containsValue(HeaderPolicy.INCLUDE_COST, "true", /* ignoreCase= */ true);
    }

    /** For the next attempt. */
    void reset() {
        head = null;
        asked = null;
        target = null;
        serving = null;
        model = "";
        stream = false;
        stripsUsage = false;
        reportsUsage = false;
        tellsCost = false;
        dropped = List.of();
        base64 = false;
    }

    private CallHead head() {
        return Objects.requireNonNull(head);
    }

    private CallPath asked() {
        return Objects.requireNonNull(asked);
    }

    private Serving serving() {
        return Objects.requireNonNull(serving);
    }

    /** Whether the bytes pass as they are. */
    boolean isNative() {
        return serving().isNative(asked().endpoint());
    }

    ProviderDialect dialect() {
        return serving().dialect();
    }

    /** The provider's endpoint. */
    Endpoint endpoint() {
        return serving().endpoint();
    }

    /** Whether the caller wants to see in the usage report what the answer costs. */
    boolean tellsCost() {
        return tellsCost;
    }

    boolean stream() {
        return stream;
    }

    Target target() {
        return Objects.requireNonNull(target);
    }

    /** What the caller asked for and the provider's dialect cannot say; known once the request has been written. */
    List<String> dropped() {
        return dropped;
    }

    /** Whether the caller did not ask for the usage report that the provider was asked for. */
    boolean stripsUsage() {
        return stripsUsage;
    }

    /** Whether the caller is told at the end of a stream what it consumed. */
    boolean reportsUsage() {
        return reportsUsage;
    }

    /**
     * The body for the provider; gives it.
     *
     * @param from with its body whole; borrows it
     * @throws MalformedRequestException when the provider's dialect cannot say it
     */
    ByteBuf write(CallerRequest from, ByteBufAllocator allocator) throws MalformedRequestException {
        ByteBuf body = from.body().whole();
        if (isNative()) {
            return from.reader()
                    .rewrite(
                            body.retainedDuplicate(),
                            target().model(),
                            dialect().acceptsUsageRequest(),
                            allocator);
        }
        ProviderRequest written = translate(body.duplicate(), allocator);
        dropped = written.dropped();
        return written.body();
    }

    /** @param body what {@link #write} gave; the request takes it */
    UpstreamRequest upstream(ByteBuf body, ProviderPaths paths) {
        FieldLines headers = HeaderPolicy.toProvider(head().headers(), isNative());
        headers.add(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
        HeaderPolicy.addMissing(headers, dialect().headers());
        return new UpstreamRequest(target(), HttpMethod.POST, path(paths), headers, body);
    }

    /** Says a chat in the caller's words; the caller closes it. */
    AnswerEncoder newEncoder(long createdSeconds, long promptTokens, ByteBufAllocator allocator) {
        return head().dialect().newEncoder(plan(createdSeconds, promptTokens), allocator);
    }

    /** Vectors in the caller's words; gives them. Null when {@code body}, the provider's answer, holds none. */
    @Nullable
    ByteBuf translateEmbeddings(ByteBuf body, long createdSeconds, long promptTokens, ByteBufAllocator allocator) {
        Embeddings embeddings = dialect().readEmbeddings(body);
        return embeddings == null || !embeddings.areSound()
                ? null
                : head().dialect().writeEmbeddings(embeddings, base64, plan(createdSeconds, promptTokens), allocator);
    }

    private ProviderRequest translate(ByteBuf body, ByteBufAllocator allocator) throws MalformedRequestException {
        InboundDialect inbound = head().dialect();
        if (endpoint().operation() == Endpoint.Operation.EMBED) {
            EmbeddingRequest embeddings = inbound.readEmbeddings(asked(), body);
            base64 = embeddings.base64();
            return dialect().writeEmbeddings(embeddings, target().model(), allocator);
        }
        ChatRequest chat = inbound.readChat(asked(), body);
        return dialect().writeChat(chat, target().model(), allocator);
    }

    private AnswerPlan plan(long createdSeconds, long promptTokens) {
        return new AnswerPlan(
                asked().endpoint(),
                stream,
                model,
                head().requestId(),
                createdSeconds,
                reportsUsage,
                promptTokens,
                asked().query());
    }

    private String path(ProviderPaths paths) {
        String path = paths.of(target().provider().pathPrefix(), dialect().path(endpoint(), target().model(), stream));
        return isNative() ? Queries.joined(path, asked().query()) : path;
    }

    @Override
    public String toString() {
        return asked().endpoint() + " -> " + target().provider().name() + " " + endpoint();
    }
}
