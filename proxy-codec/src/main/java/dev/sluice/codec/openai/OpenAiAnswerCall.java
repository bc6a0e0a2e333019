package dev.sluice.codec.openai;

import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A tool call of an answer: how the provider marks its fragments, and what of it has been told. Thread: event loop. */
final class OpenAiAnswerCall {
    /** Arguments that come before the name are kept until it comes; of a call with more of them nothing is told. */
    static final int MAX_UNNAMED_BYTES = 1 << 20;

    final int choice;
    /** The provider's, or -1. */
    long index;
    /** Whether the input is a plain text, which is told as the member of an object. */
    final boolean custom;

    byte @Nullable [] id;
    byte @Nullable [] name;
    /** The payload whose fragment had a name last. */
    long namedIn;
    /** By which it is told; -1 before. */
    int number = -1;

    boolean closed;
    private byte @Nullable [] unnamed;
    private boolean tooLong;

    OpenAiAnswerCall(int choice, long index, boolean custom) {
        this.choice = choice;
        this.index = index;
        this.custom = custom;
    }

    boolean isTold() {
        return number >= 0;
    }

    boolean hasId(byte[] bytes, int from, int to) {
        return equals(id, bytes, from, to);
    }

    boolean hasName(byte[] bytes, int from, int to) {
        return equals(name, bytes, from, to);
    }

    /** Arguments before the name. */
    void keep(byte[] bytes, int from, int to) {
        int before = unnamed == null ? 0 : unnamed.length;
        if (tooLong || before + (to - from) > MAX_UNNAMED_BYTES) {
            giveUp();
            return;
        }
        byte[] longer = unnamed == null ? new byte[to - from] : Arrays.copyOf(unnamed, before + (to - from));
        System.arraycopy(bytes, from, longer, before, to - from);
        unnamed = longer;
    }

    /** It cannot be told: not all of it has been kept. */
    void giveUp() {
        tooLong = true;
        unnamed = null;
    }

    boolean isTooLong() {
        return tooLong;
    }

    /** What was kept; it is kept no longer. */
    byte @Nullable [] takeKept() {
        byte[] kept = unnamed;
        unnamed = null;
        return kept;
    }

    static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** The text as the inside of a JSON string. */
    static byte[] escaped(byte[] utf8, int from, int to) {
        ByteBuf buffer = Unpooled.buffer(to - from + 16);
        new JsonWriter(buffer).text(utf8, from, to);
        return ByteBufUtil.getBytes(buffer);
    }

    private static boolean equals(byte @Nullable [] known, byte[] bytes, int from, int to) {
        return known != null && Arrays.equals(known, 0, known.length, bytes, from, to);
    }
}
