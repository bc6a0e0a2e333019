package dev.sluice.codec.responses;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of an item that is being said: its text as far as it is known, and how much of it has gone out. */
final class SaidPart {

    /** What a part is. */
    enum Kind {
        TEXT,
        REFUSAL,
        SUMMARY,
        /** Of a call; it is the only part there. */
        ARGUMENTS
    }

    /** A source; {@code end} counts the characters of the text that rests on it. */
    record Citation(String url, @Nullable String title, int end) {}

    private final Kind kind;
    private byte[] bytes = new byte[64];
    private int length;
    private int told;
    private List<Citation> citations = List.of();
    private int citationsTold;
    private boolean opened;
    private boolean split;

    SaidPart(Kind kind) {
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    void append(byte[] utf8, int from, int to) {
        int added = to - from;
        if (added > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + added));
        }
        System.arraycopy(utf8, from, bytes, length, added);
        length += added;
    }

    void addCitation(String url, @Nullable String title) {
        if (citations.isEmpty()) {
            citations = new ArrayList<>();
        }
        citations.add(new Citation(url, title, characters()));
    }

    List<Citation> citations() {
        return citations;
    }

    /** The first source that has not gone out; goes out with this. Null when there is none. */
    @Nullable
    Citation nextCitation() {
        return citationsTold == citations.size() ? null : citations.get(citationsTold++);
    }

    /** How many sources have gone out. */
    int citationsTold() {
        return citationsTold;
    }

    byte[] bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** The end of the text: behind the last character that is whole, for pieces are cut anywhere. */
    int end() {
        int lead = length - 1;
        int behind = 0;
        while (lead > 0 && behind < 3 && (bytes[lead] & 0xC0) == 0x80) {
            lead--;
            behind++;
        }
        return lead >= 0 && sizeOf(bytes[lead]) > behind + 1 ? lead : length;
    }

    /** Where what has not gone out begins. */
    int told() {
        return told;
    }

    void tellTo(int end) {
        told = end;
    }

    boolean isOpened() {
        return opened;
    }

    void open() {
        opened = true;
    }

    /** What is said next does not continue it. */
    void split() {
        split = true;
    }

    boolean isSplit() {
        return split;
    }

    private int characters() {
        int characters = 0;
        for (int i = 0; i < length; i++) {
            if ((bytes[i] & 0xC0) != 0x80) {
                characters++;
            }
        }
        return characters;
    }

    private static int sizeOf(byte lead) {
        int unsigned = lead & 0xFF;
        if (unsigned < 0xC0) {
            return 1;
        }
        if (unsigned < 0xE0) {
            return 2;
        }
        return unsigned < 0xF0 ? 3 : 4;
    }
}
