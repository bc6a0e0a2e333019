package dev.sluice.codec.responses;

import java.util.Arrays;

/**
 * The strings of one payload, kept until it is known what they are: the type of an event or of an item may stand behind
 * them. No larger than the payload; reused from payload to payload, unless one has been unusually large. Thread: event
 * loop.
 */
final class HeldTexts {
    private static final int USUAL_BYTES = 16 << 10;
    // A string, one behind the other in an array.
    private static final int PLACE = 0;
    private static final int PART = 1;
    /** The end of its bytes, which begin where those of the one before it end. */
    private static final int END = 2;

    private static final int FIELDS = 3;

    private byte[] bytes = new byte[256];
    private int length;
    private int[] strings = new int[4 * FIELDS];
    private int count;

    /** The next piece of the string at {@code place} in the part so numbered. */
    void append(int place, int part, byte[] source, int from, int to) {
        int last = (count - 1) * FIELDS;
        if (count == 0 || strings[last + PLACE] != place || strings[last + PART] != part) {
            last = count * FIELDS;
            if (last == strings.length) {
                strings = Arrays.copyOf(strings, 2 * last);
            }
            strings[last + PLACE] = place;
            strings[last + PART] = part;
            count++;
        }
        int added = to - from;
        if (added > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, added)));
        }
        System.arraycopy(source, from, bytes, length, added);
        length += added;
        strings[last + END] = length;
    }

    int count() {
        return count;
    }

    int place(int index) {
        return strings[index * FIELDS + PLACE];
    }

    int part(int index) {
        return strings[index * FIELDS + PART];
    }

    int from(int index) {
        return index == 0 ? 0 : strings[(index - 1) * FIELDS + END];
    }

    int to(int index) {
        return strings[index * FIELDS + END];
    }

    /** What {@link #from} and {@link #to} are places in; until the next change. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void clear() {
        if (bytes.length > USUAL_BYTES) {
            bytes = new byte[256];
        }
        length = 0;
        count = 0;
    }
}
