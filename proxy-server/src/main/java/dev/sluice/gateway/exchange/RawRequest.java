package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.raw.MultipartModel;
import dev.sluice.codec.raw.RequestModel;
import dev.sluice.gateway.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The body of a call that passes as it is, on its way in: what of it is held, and what it says about who is to serve it.
 * JSON that says so is gathered whole; of a form as much is held as it takes to find the model, and no more than 64 KiB;
 * everything else is held only until the provider's connection is there. Thread: event loop.
 */
final class RawRequest {
    private static final int MAX_HELD_BYTES = 64 * 1024;

    private final RequestBody held = new RequestBody();
    private final @Nullable RequestModel document;
    private final @Nullable MultipartModel form;
    private final boolean mustBeWhole;
    private final boolean hasBody;
    /** As the caller announced it; -1 when it did not. */
    private final long announcedBytes;

    private long receivedBytes;
    private boolean complete;

    /** @param mustBeWhole whether the provider cannot be sent a part of the body */
    RawRequest(RawCall call, HttpHeaders headers, boolean mustBeWhole, int maxJsonDepth) {
        this.mustBeWhole = mustBeWhole;
        this.announcedBytes = length(headers);
        this.hasBody = announcedBytes > 0 || headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
        boolean isRead = hasBody && call.endpoint().isRead(call.method());
        this.document = isRead && isJson(type) ? new RequestModel(maxJsonDepth) : null;
        this.form = isRead ? MultipartModel.of(type) : null;
    }

    /** The edge lets only numbers pass, of which there is none that it takes and a long does not. */
    private static long length(HttpHeaders headers) {
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return length == null ? -1 : Long.parseLong(length);
    }

    private static boolean isJson(@Nullable String type) {
        return type != null && type.toLowerCase(Locale.ROOT).startsWith("application/json");
    }

    /** Whether all of it is needed before a provider can be chosen. */
    boolean isGathered() {
        return document != null || mustBeWhole;
    }

    /** Takes {@code piece}, also when it throws. */
    void hold(ByteBuf piece) throws MalformedRequestException {
        boolean kept = false;
        try {
            look(piece);
            kept = true;
            held.add(piece);
        } finally {
            if (!kept) {
                piece.release();
            }
        }
    }

    /** Looks at a piece that passes; borrows it. */
    void look(ByteBuf piece) throws MalformedRequestException {
        receivedBytes += piece.readableBytes();
        if (document != null) {
            document.feed(piece);
        } else if (form != null) {
            form.feed(piece);
            if (form.isAmbiguous()) {
                throw new MalformedRequestException(
                        "'model' must be given once, as 1 to 256 visible ASCII characters, in a form whose parts have plain headers",
                        "model");
            }
        }
    }

    /** The body is complete. */
    void end() throws MalformedRequestException {
        complete = true;
        if (document != null) {
            document.end();
        }
    }

    boolean isComplete() {
        return complete;
    }

    /** Whether a provider can be chosen now. */
    boolean isDecided() {
        if (complete) {
            return true;
        }
        return isAcceptable()
                && hasBody
                && !isGathered()
                && (form == null || form.isDecided() || held.sizeBytes() >= MAX_HELD_BYTES);
    }

    /** The edge is about to refuse what is not. */
    private boolean isAcceptable() {
        return announcedBytes <= RawExchange.MAX_STREAMED_BYTES;
    }

    /** The model that the body names; null where none was found. */
    @Nullable
    String model() {
        return document != null ? document.model() : form != null ? form.model() : null;
    }

    /** The file that the body is about; null where it names none. */
    @Nullable
    String fileId() {
        return document == null ? null : document.fileId();
    }

    boolean stream() {
        return document != null && document.stream();
    }

    @Nullable
    String endUser() {
        return document == null ? null : document.endUser();
    }

    /** How much follows behind {@link #takeBeginning}; asked before it. */
    long restBytes() {
        if (complete) {
            return UpstreamRequest.WHOLE;
        }
        return announcedBytes < 0 ? UpstreamRequest.UNKNOWN : announcedBytes - receivedBytes;
    }

    /** What is held, with {@code upstreamModel} in the place of {@link #model}; gives it. */
    ByteBuf takeBeginning(String upstreamModel, ByteBufAllocator allocator) {
        ByteBuf beginning = held.take();
        if (document != null && document.model() != null) {
            return document.rewrite(beginning, upstreamModel, allocator);
        }
        return form != null && form.model() != null ? form.rewrite(beginning, upstreamModel, allocator) : beginning;
    }

    /** What has been held since; gives it. */
    ByteBuf takeHeld() {
        return held.take();
    }

    void close() {
        held.release();
        if (document != null) {
            document.close();
        }
    }
}
