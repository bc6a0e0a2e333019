package dev.sluice.gateway.edge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.codec.json.JsonText;
import dev.sluice.codec.sse.SseScanner;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import org.jspecify.annotations.Nullable;

/**
 * Says the answer of one chat in the frames of a {@link ChatSocket}: each event's payload, as it is, in an envelope with
 * the chat's id. Room for the envelope is kept in front of a payload while it arrives, so that its bytes are copied once.
 *
 * <p>Thread: event loop.
 */
final class ChatFrames implements SseScanner.Listener {
    private static final byte[] CANCELLED = ",\"done\":true,\"cancelled\":true}".getBytes(US_ASCII);
    private static final byte[] DONE = ",\"done\":true}".getBytes(US_ASCII);
    private static final byte[] DATA = ",\"data\":".getBytes(US_ASCII);
    private static final byte[] ERROR = ",\"error\":".getBytes(US_ASCII);
    private static final byte[] COMMA = {','};
    private static final byte[] ERROR_MEMBER = "\"error\"".getBytes(US_ASCII);
    private static final byte[] END_MARKER = "[DONE]".getBytes(US_ASCII);
    private static final int EVENT_BYTES = 512;

    private final ChannelHandlerContext context;
    private final SseScanner scanner = new SseScanner(this);
    /** The brace and the id that each frame begins with. */
    private final byte[] opening;

    private final int headroom;
    /** The payload of the event that is arriving, behind its headroom; released by {@link #close}. */
    private @Nullable ByteBuf payload;

    private boolean failed;

    /** @param id null for messages whose id nobody knows */
    ChatFrames(ChannelHandlerContext context, @Nullable String id) {
        this.context = context;
        byte[] literal = id == null ? "null".getBytes(US_ASCII) : JsonText.quoted(id);
        byte[] name = "{\"id\":".getBytes(US_ASCII);
        opening = new byte[name.length + literal.length];
        System.arraycopy(name, 0, opening, 0, name.length);
        System.arraycopy(literal, 0, opening, name.length, literal.length);
        headroom = opening.length + ERROR.length;
    }

    /** Whether an error has been said, behind which nothing is done. */
    boolean failed() {
        return failed;
    }

    /** The next bytes of an event stream; takes them. */
    void events(ByteBuf bytes) {
        try {
            scanner.scan(bytes, bytes.readerIndex(), bytes.writerIndex());
        } finally {
            bytes.release();
        }
    }

    /** An answer that is no stream; takes {@code json}. */
    void whole(ByteBuf json) {
        try {
            begin(json.readableBytes()).writeBytes(json);
        } finally {
            json.release();
        }
        send();
    }

    /** An error instead of, or behind, what has been said; takes {@code json}, an object with an {@code error}. */
    void error(ByteBuf json) {
        drop();
        failed = true;
        whole(json);
    }

    void done() {
        write(DONE);
    }

    void cancelled() {
        write(CANCELLED);
    }

    void close() {
        drop();
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        ByteBuf arriving = payload == null ? begin(Math.max(EVENT_BYTES, length + 1)) : payload;
        arriving.writeBytes(buffer, index, length);
    }

    @Override
    public boolean onBlockEnd(int end, boolean hasPayload) {
        if (payload != null) {
            failed |= scanner.isNamedError();
            send();
        }
        return true;
    }

    @Override
    public boolean onLateLineFeed(int end) {
        return true;
    }

    private ByteBuf begin(int bytes) {
        ByteBuf begun = context.alloc().buffer(headroom + bytes + 1);
        begun.writerIndex(headroom).readerIndex(headroom);
        payload = begun;
        return begun;
    }

    /** Puts the payload into its envelope and lets it go; an end marker is the envelope's business. */
    private void send() {
        ByteBuf sent = payload;
        payload = null;
        if (sent == null) {
            return;
        }
        int first = blanksBehind(sent, sent.readerIndex());
        if (first == sent.writerIndex() || isAt(sent, first, END_MARKER)) {
            sent.release();
            return;
        }
        int inner = blanksBehind(sent, first + 1);
        failed |= saysError(sent, inner);
        boolean hasMembers = sent.getByte(first) == '{' && inner < sent.writerIndex() && sent.getByte(inner) == '"';
        if (failed && hasMembers) {
            // The object that tells of the error, with the id as its first member.
            envelop(sent, first + 1, COMMA);
        } else {
            envelop(sent, first, failed ? ERROR : DATA);
            sent.writeByte('}');
        }
        context.write(new TextWebSocketFrame(sent), context.voidPromise());
    }

    /** Whether the first member, at {@code index}, is an {@code error} that is more than null. */
    private static boolean saysError(ByteBuf bytes, int index) {
        if (!isAt(bytes, index, ERROR_MEMBER)) {
            return false;
        }
        int colon = blanksBehind(bytes, index + ERROR_MEMBER.length);
        int value = blanksBehind(bytes, colon + 1);
        return value < bytes.writerIndex() && (bytes.getByte(value) == '{' || bytes.getByte(value) == '"');
    }

    private void envelop(ByteBuf sent, int at, byte[] joint) {
        int from = at - joint.length - opening.length;
        sent.setBytes(from, opening);
        sent.setBytes(from + opening.length, joint);
        sent.readerIndex(from);
    }

    private void write(byte[] rest) {
        drop();
        ByteBuf text = context.alloc().buffer(opening.length + rest.length);
        context.write(new TextWebSocketFrame(text.writeBytes(opening).writeBytes(rest)), context.voidPromise());
    }

    private void drop() {
        if (payload != null) {
            payload.release();
            payload = null;
        }
    }

    private static boolean isAt(ByteBuf bytes, int index, byte[] expected) {
        if (bytes.writerIndex() - index < expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (bytes.getByte(index + i) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    private static int blanksBehind(ByteBuf bytes, int index) {
        int i = index;
        while (i < bytes.writerIndex() && isBlank(bytes.getByte(i))) {
            i++;
        }
        return i;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }
}
