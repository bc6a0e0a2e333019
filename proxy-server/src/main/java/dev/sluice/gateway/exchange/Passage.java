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
import dev.sluice.gateway.route.Serving;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How one call travels to one target and back: as the very bytes where both sides have the same wire format, in the
 * other's words where they have not. Thread: event loop.
 */
final class Passage {
    private final CallHead head;
    private final CallPath asked;
    private final RequestReader request;
    private final Target target;
    private final Serving serving;
    private List<String> dropped = List.of();
    private boolean base64;

    /** @param target one whose provider serves the call */
    Passage(CallerRequest from, Target target) {
        this.head = from.head();
        this.asked = from.path();
        this.request = from.reader();
        this.target = target;
        this.serving = Objects.requireNonNull(target.provider().serving(asked.endpoint()));
    }

    /** Whether the bytes pass as they are. */
    boolean isNative() {
        return serving.isNative(asked.endpoint());
    }

    ProviderDialect dialect() {
        return serving.dialect();
    }

    /** The provider's endpoint. */
    Endpoint endpoint() {
        return serving.endpoint();
    }

    /** Whether the caller wants to see in the usage report what the answer costs. */
    boolean tellsCost() {
        return head.headers().containsValue(HeaderPolicy.INCLUDE_COST, "true", /* ignoreCase= */ true);
    }

    boolean stream() {
        return request.stream();
    }

    Target target() {
        return target;
    }

    /** What the caller asked for and the provider's dialect cannot say; known once the request has been written. */
    List<String> dropped() {
        return dropped;
    }

    /** Whether the caller did not ask for the usage report that the provider was asked for. */
    boolean stripsUsage() {
        return isNative() && request.addsUsageRequest() && dialect().acceptsUsageRequest();
    }

    /** Whether the caller is told at the end of a stream what it consumed. */
    boolean reportsUsage() {
        return request.asksForUsage();
    }

    /**
     * The body for the provider; gives it.
     *
     * @param body the caller's, whole; takes it
     * @throws MalformedRequestException when the provider's dialect cannot say it
     */
    ByteBuf write(ByteBuf body, ByteBufAllocator allocator) throws MalformedRequestException {
        if (isNative()) {
            return request.rewrite(body, target.model(), dialect().acceptsUsageRequest(), allocator);
        }
        try {
            ProviderRequest written = translate(body, allocator);
            dropped = written.dropped();
            return written.body();
        } finally {
            body.release();
        }
    }

    /** @param body what {@link #write} gave; the request takes it */
    UpstreamRequest upstream(ByteBuf body) {
        HttpHeaders headers = HeaderPolicy.toProvider(head.headers(), isNative());
        headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        for (Map.Entry<String, String> own : dialect().headers().entrySet()) {
            if (!headers.contains(own.getKey())) {
                headers.set(own.getKey(), own.getValue());
            }
        }
        return new UpstreamRequest(target, HttpMethod.POST, path(), headers, body);
    }

    /** Says a chat in the caller's words; the caller closes it. */
    AnswerEncoder newEncoder(long createdSeconds, long promptTokens, ByteBufAllocator allocator) {
        return head.dialect().newEncoder(plan(createdSeconds, promptTokens), allocator);
    }

    /** Vectors in the caller's words; gives them. Null when {@code body}, the provider's answer, holds none. */
    @Nullable
    ByteBuf translateEmbeddings(ByteBuf body, long createdSeconds, long promptTokens, ByteBufAllocator allocator) {
        Embeddings embeddings = dialect().readEmbeddings(body);
        return embeddings == null || !embeddings.areSound()
                ? null
                : head.dialect().writeEmbeddings(embeddings, base64, plan(createdSeconds, promptTokens), allocator);
    }

    private ProviderRequest translate(ByteBuf body, ByteBufAllocator allocator) throws MalformedRequestException {
        InboundDialect inbound = head.dialect();
        if (endpoint().operation() == Endpoint.Operation.EMBED) {
            EmbeddingRequest embeddings = inbound.readEmbeddings(asked, body);
            base64 = embeddings.base64();
            return dialect().writeEmbeddings(embeddings, target.model(), allocator);
        }
        ChatRequest chat = inbound.readChat(asked, body);
        return dialect().writeChat(chat, target.model(), allocator);
    }

    private AnswerPlan plan(long createdSeconds, long promptTokens) {
        return new AnswerPlan(
                asked.endpoint(),
                request.stream(),
                request.model(),
                head.requestId(),
                createdSeconds,
                request.asksForUsage(),
                promptTokens,
                asked.query());
    }

    private String path() {
        String path = target.provider().pathPrefix() + dialect().path(endpoint(), target.model(), request.stream());
        return isNative() ? Queries.joined(path, asked.query()) : path;
    }

    @Override
    public String toString() {
        return asked.endpoint() + " -> " + target.provider().name() + " " + endpoint();
    }
}
