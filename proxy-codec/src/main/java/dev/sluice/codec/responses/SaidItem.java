package dev.sluice.codec.responses;

import dev.sluice.codec.chat.SignatureOrigin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An item of an answer that is being said. Thread: event loop. */
final class SaidItem {

    /** What an item is. */
    enum Type {
        MESSAGE("msg_"),
        REASONING("rs_"),
        CALL("fc_");

        private final String prefix;

        Type(String prefix) {
            this.prefix = prefix;
        }
    }

    private final Type type;
    private final int index;
    private final String id;
    private final String callId;
    private final String name;
    private final List<SaidPart> parts = new ArrayList<>(1);
    private byte @Nullable [] signature;

    /** The parts before this one have gone out. */
    private int firstOpen;

    private boolean opened;
    private boolean over;
    private boolean cut;

    // Of a call's arguments: how deep the next character stands, and whether in a string.
    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean closed;

    private SaidItem(Type type, int index, String key, String callId, String name) {
        this.type = type;
        this.index = index;
        this.id = type.prefix + key + "_" + index;
        this.callId = callId;
        this.name = name;
    }

    /** @param key makes ids of one answer differ from those of others */
    static SaidItem text(Type type, int index, String key) {
        return new SaidItem(type, index, key, "", "");
    }

    static SaidItem call(int index, String key, String callId, String name) {
        SaidItem call = new SaidItem(Type.CALL, index, key, callId, name);
        call.parts.add(new SaidPart(SaidPart.Kind.ARGUMENTS));
        return call;
    }

    Type type() {
        return type;
    }

    int index() {
        return index;
    }

    String id() {
        return id;
    }

    String callId() {
        return callId;
    }

    String name() {
        return name;
    }

    List<SaidPart> parts() {
        return parts;
    }

    @Nullable
    SaidPart lastPart() {
        return parts.isEmpty() ? null : parts.get(parts.size() - 1);
    }

    SaidPart addPart(SaidPart.Kind kind) {
        SaidPart part = new SaidPart(kind);
        parts.add(part);
        return part;
    }

    SaidPart arguments() {
        return parts.get(0);
    }

    void appendArguments(byte[] utf8, int from, int to) {
        arguments().append(utf8, from, to);
        for (int i = from; i < to; i++) {
            follow(utf8[i]);
        }
    }

    /** {@code encrypted_content}: UTF-8; null when there is none. */
    byte @Nullable [] signature() {
        return signature;
    }

    /** In this dialect a signature has no sender: those of others are marked. */
    void sign(SignatureOrigin origin, byte[] utf8, int from, int to) {
        String mark = origin == SignatureOrigin.OPENAI ? "" : origin.mark();
        byte[] whole = new byte[mark.length() + to - from];
        System.arraycopy(mark.getBytes(StandardCharsets.US_ASCII), 0, whole, 0, mark.length());
        System.arraycopy(utf8, from, whole, mark.length(), to - from);
        signature = whole;
    }

    /** Nothing more will be said of it. */
    void end() {
        over = true;
    }

    /** Nothing more will be said of it, although it was not complete. */
    void cut() {
        cut = !over;
        over = true;
    }

    boolean isOver() {
        return over;
    }

    boolean isCut() {
        return cut;
    }

    /**
     * Whether nothing more can come of it, now that others follow: hosts say the arguments of several calls in turns,
     * but none goes on behind the brace that closes them.
     */
    boolean isClosed() {
        return over || closed;
    }

    boolean isOpened() {
        return opened;
    }

    void open() {
        opened = true;
    }

    /** The number of the part that is going out. */
    int firstOpen() {
        return firstOpen;
    }

    void nextPart() {
        firstOpen++;
    }

    private void follow(byte next) {
        if (inString) {
            if (escaped) {
                escaped = false;
            } else if (next == '\\') {
                escaped = true;
            } else if (next == '"') {
                inString = false;
            }
            return;
        }
        switch (next) {
            case '"' -> inString = true;
            case '{', '[' -> depth++;
            case '}', ']' -> closed = --depth == 0;
            default -> {}
        }
    }
}
