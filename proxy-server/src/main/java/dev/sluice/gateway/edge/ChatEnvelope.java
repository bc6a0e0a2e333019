package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonLimits;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonScanner;
import dev.sluice.codec.json.JsonSplice;
import dev.sluice.codec.json.JsonSyntaxException;
import dev.sluice.codec.json.JsonValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What a client's message on a {@link ChatSocket} says beside the request in it: its {@code id}, or that it is no request
 * but {@code {"cancel":"id"}}. The request is the message without the {@code id}, every other byte as it came.
 *
 * <p>Thread: event loop.
 */
final class ChatEnvelope implements JsonMembers {
    static final int MAX_ID_CHARS = 64;

    private static final String ID = "id";
    private static final String CANCEL = "cancel";
    private static final byte[] NOTHING = {};

    private String current = "";
    private int members;
    private @Nullable String id;
    private @Nullable String cancel;
    private int valueStart;
    private int valueEnd;
    private @Nullable GatewayError problem;

    private ChatEnvelope() {}

    /** Reads the whole of {@code message}; borrows it. */
    static ChatEnvelope of(ByteBuf message, JsonLimits limits) {
        ChatEnvelope envelope = new ChatEnvelope();
        try (JsonScanner scanner = new JsonScanner(limits, envelope)) {
            scanner.feed(message);
            scanner.end();
            envelope.requireCancelAlone();
        } catch (JsonSyntaxException e) {
            String param = e.param();
            envelope.problem = param == null
                    ? GatewayError.caller(ErrorKind.INVALID_REQUEST, e.getMessage())
                    : GatewayError.caller(ErrorKind.INVALID_REQUEST, e.getMessage(), param);
        }
        return envelope;
    }

    /** Why the message cannot be understood; null when it can. */
    @Nullable
    GatewayError problem() {
        return problem;
    }

    /** The id that the client gave its request; null when it gave none. */
    @Nullable
    String id() {
        return id;
    }

    /** The id of the chat to be cancelled; null when the message is a request. */
    @Nullable
    String cancel() {
        return cancel;
    }

    /** The request in {@code message}, which it takes; gives it. */
    ByteBuf request(ByteBuf message, ByteBufAllocator allocator) {
        if (id == null) {
            return message;
        }
        int origin = message.readerIndex();
        int name = nameStart(message, origin);
        int before = blanksBefore(message, origin, name);
        int start = name;
        int end = valueEnd;
        if (message.getByte(origin + before - 1) == ',') {
            start = before - 1;
        } else {
            int behind = blanksBehind(message, origin, end);
            if (message.getByte(origin + behind) == ',') {
                end = behind + 1;
            }
        }
        return new JsonSplice().replace(start, end, NOTHING).apply(message, allocator);
    }

    @Override
    public void onName(int depth, String name) throws JsonSyntaxException {
        if (depth == 1) {
            current = name;
            members++;
            if ((name.equals(ID) && id != null) || (name.equals(CANCEL) && cancel != null)) {
                throw new JsonSyntaxException("'" + name + "' must be given once; it is given twice", name);
            }
        }
    }

    @Override
    public void onValue(int depth, JsonKind kind, JsonValue value) throws JsonSyntaxException {
        if (depth != 1) {
            return;
        }
        if (current.equals(ID)) {
            id = name(kind, value);
            valueStart = value.start();
            valueEnd = value.end();
        } else if (current.equals(CANCEL)) {
            cancel = name(kind, value);
        }
    }

    @Override
    public void onObjectEnd(int depth, int insertAt, boolean empty) {}

    private void requireCancelAlone() throws JsonSyntaxException {
        if (cancel != null && members > 1) {
            throw new JsonSyntaxException(
                    "'cancel' must stand alone; there are " + (members - 1) + " other members beside it", CANCEL);
        }
    }

    /** Ids become part of request ids, which stand in headers and rows. */
    private String name(JsonKind kind, JsonValue value) throws JsonSyntaxException {
        if (kind != JsonKind.STRING) {
            throw new JsonSyntaxException("'" + current + "' must be a string, not " + kind.phrase(), current);
        }
        String text = value.hasWholeText() ? value.text() : "";
        boolean legal = !text.isEmpty() && text.length() <= MAX_ID_CHARS;
        for (int i = 0; legal && i < text.length(); i++) {
            legal = text.charAt(i) > ' ' && text.charAt(i) < 0x7F;
        }
        if (!legal) {
            throw new JsonSyntaxException(
                    "'" + current + "' must have 1 to " + MAX_ID_CHARS + " visible ASCII characters; it has "
                            + (text.isEmpty() ? value.textBytes() + " bytes" : text.length() + " characters"),
                    current);
        }
        return text;
    }

    /** The offset of the quote before the member's name. A name that means {@code id} has no quote in it, however written. */
    private int nameStart(ByteBuf message, int origin) {
        int colon = blanksBefore(message, origin, valueStart) - 1;
        int i = blanksBefore(message, origin, colon) - 2;
        while (message.getByte(origin + i) != '"') {
            i--;
        }
        return i;
    }

    private static int blanksBefore(ByteBuf message, int origin, int offset) {
        int i = offset;
        while (isBlank(message.getByte(origin + i - 1))) {
            i--;
        }
        return i;
    }

    private static int blanksBehind(ByteBuf message, int origin, int offset) {
        int i = offset;
        while (isBlank(message.getByte(origin + i))) {
            i++;
        }
        return i;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }
}
