package dev.sluice.codec.sse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Finds the events of an event stream in place, in reads cut anywhere: nothing is copied, sliced or decoded. First
 * station of every streamed answer.
 *
 * <p>Follows the WHATWG grammar of {@code text/event-stream}: lines end with LF, CRLF or CR; a byte order mark at the
 * start is skipped; the {@code data} lines of an event are joined with LF; {@code event} may stand before or behind
 * them; comments and other fields mean nothing. A CR in the last place of a read ends its line at once, for nothing
 * may follow; if an LF comes first in the next read, it still belongs to that line.
 *
 * <p>Bodies of lines are searched with Netty's {@code indexOf}, eight bytes at a time; only the names of fields are
 * looked at one by one. Thread: event loop.
 */
public final class SseScanner {

    /** Hears what the scanner finds. Indices are those of the buffer being scanned. */
    public interface Listener {
        /** A piece of the payload of the current event; borrows {@code buffer}. */
        void onPayload(ByteBuf buffer, int index, int length);

        /**
         * An empty line ended an event, or a block of comments, or nothing.
         *
         * @param end the index behind the line
         * @param hasPayload whether there was a {@code data} line; it may have been empty
         * @return whether to go on; if not, {@link #scan} returns here
         */
        boolean onBlockEnd(int end, boolean hasPayload);

        /**
         * The LF before {@code end} completes the empty line that ended the previous block.
         *
         * @return whether to go on, as above
         */
        boolean onLateLineFeed(int end);
    }

    /** Large enough for an event that repeats a whole answer with its images. */
    public static final int DEFAULT_MAX_EVENT_BYTES = 16 << 20;

    private static final int LINE_START = 0;
    private static final int NAME = 1;
    private static final int VALUE_START = 2;
    private static final int VALUE = 3;

    private static final int IGNORED = 0;
    private static final int DATA = 1;
    private static final int EVENT = 2;

    // Names, packed big-endian into a long.
    private static final int DATA_NAME = 'd' << 24 | 'a' << 16 | 't' << 8 | 'a';
    private static final long EVENT_NAME = (long) 'e' << 32 | 'v' << 24 | 'e' << 16 | 'n' << 8 | 't';
    private static final long ID_NAME = 'i' << 8 | 'd';
    private static final long RETRY_NAME = (long) 'r' << 32 | 'e' << 24 | 't' << 16 | 'r' << 8 | 'y';
    private static final long ERROR_NAME = (long) 'e' << 32 | 'r' << 24 | 'r' << 16 | 'o' << 8 | 'r';
    private static final long BYTE_ORDER_MARK = 0xEFBBBF;

    private static final ByteBuf LINE_FEED = Unpooled.unreleasableBuffer(
            Unpooled.wrappedBuffer(new byte[] {'\n'}).asReadOnly());

    private final Listener listener;
    private final int maxEventBytes;

    private int state = LINE_START;
    private int field;
    /** The last bytes of the field name, and how many it has. */
    private long name;

    private int nameLength;
    /** The same of the event's own name. */
    private long eventName;

    private int eventNameLength;
    private int dataLines;
    private boolean firstLine = true;
    private boolean afterCarriageReturn;
    private boolean lateLineFeedEndsBlock;
    private boolean strayLineSeen;
    private boolean oversize;

    /** Bytes of the current block in earlier reads, and where it begins in this one. */
    private int earlierBytes;

    private int blockStart;
    /** The first line ends not yet passed in this read, or its end; -1 when not looked for. */
    private int nextLineFeed;

    private int nextCarriageReturn;
    private boolean going;

    public SseScanner(Listener listener) {
        this(listener, DEFAULT_MAX_EVENT_BYTES);
    }

    public SseScanner(Listener listener, int maxEventBytes) {
        this.listener = listener;
        this.maxEventBytes = maxEventBytes;
    }

    /**
     * Scans {@code [index, end)}; borrows {@code buffer}, its indices stay as they are.
     *
     * @return the index behind the last byte scanned: {@code end}, unless the listener wanted to stop earlier or the
     *     stream {@linkplain #isOversize() outgrew} the limit
     */
    public int scan(ByteBuf buffer, int index, int end) {
        int i = index;
        blockStart = index;
        nextLineFeed = -1;
        nextCarriageReturn = -1;
        going = !oversize;
        if (afterCarriageReturn && i < end) {
            i = endCarriageReturn(buffer, i);
        }
        while (going && i < end) {
            i = switch (state) {
                case LINE_START -> beginLine(buffer, i, end);
                case NAME -> readName(buffer, i, end);
                case VALUE_START -> beginValue(buffer, i);
                default -> readValue(buffer, i, end);
            };
        }
        countBlock(i);
        return i;
    }

    /**
     * The stream ends here, perhaps in the middle of a line.
     *
     * @return whether an event with a payload is pending because its empty line is missing
     */
    public boolean end() {
        if (state == NAME && !isBeginningOfName()) {
            endName(/* hasValue= */ false);
        }
        return dataLines > 0;
    }

    /** Whether an event has outgrown the limit: from then on nothing is scanned any more. */
    public boolean isOversize() {
        return oversize;
    }

    /** Whether the current event, or the one just ended, is named {@code error}. */
    public boolean isNamedError() {
        return eventName == ERROR_NAME && eventNameLength == 5;
    }

    /** Whether there was a line that no event stream has: the answer may be something else altogether. */
    public boolean strayLineSeen() {
        return strayLineSeen;
    }

    private int endCarriageReturn(ByteBuf buffer, int i) {
        afterCarriageReturn = false;
        if (buffer.getByte(i) != '\n') {
            return i;
        }
        if (lateLineFeedEndsBlock) {
            blockStart = i + 1;
            going = listener.onLateLineFeed(i + 1);
        }
        return i + 1;
    }

    private int beginLine(ByteBuf buffer, int i, int end) {
        if (end - i > 5 && buffer.getInt(i) == DATA_NAME && buffer.getByte(i + 4) == ':') {
            beginField(DATA);
            int value = i + 5;
            state = VALUE;
            return buffer.getByte(value) == ' ' ? value + 1 : value;
        }
        byte first = buffer.getByte(i);
        if (first == '\n' || first == '\r') {
            return endBlock(buffer, i, end);
        }
        state = NAME;
        name = 0;
        nameLength = 0;
        return i;
    }

    private int readName(ByteBuf buffer, int from, int end) {
        for (int i = from; i < end; i++) {
            byte next = buffer.getByte(i);
            if (next == ':') {
                endName(/* hasValue= */ true);
                return i + 1;
            }
            if (next == '\n' || next == '\r') {
                endName(/* hasValue= */ false);
                return endLine(buffer, i, end);
            }
            name = name << Byte.SIZE | (next & 0xFF);
            nameLength++;
            if (nameLength == 3 && name == BYTE_ORDER_MARK && firstLine) {
                firstLine = false;
                state = LINE_START;
                return i + 1;
            }
            if (nameLength > Long.BYTES) {
                endName(/* hasValue= */ true);
                return i + 1;
            }
        }
        return end;
    }

    private void endName(boolean hasValue) {
        if (nameLength == 4 && name == DATA_NAME) {
            beginField(DATA);
        } else if (nameLength == 5 && name == EVENT_NAME) {
            beginField(EVENT);
        } else {
            beginField(IGNORED);
            boolean known =
                    nameLength == 0 || (nameLength == 2 && name == ID_NAME) || (nameLength == 5 && name == RETRY_NAME);
            strayLineSeen |= !known;
        }
        state = hasValue ? VALUE_START : VALUE;
    }

    /** Whether the line, cut where it is, may have been about to become a proper one. */
    private boolean isBeginningOfName() {
        return isBeginningOf(DATA_NAME, 4)
                || isBeginningOf(EVENT_NAME, 5)
                || isBeginningOf(ID_NAME, 2)
                || isBeginningOf(RETRY_NAME, 5)
                || isBeginningOf(BYTE_ORDER_MARK, 3);
    }

    private boolean isBeginningOf(long known, int length) {
        return nameLength < length && name == known >>> ((length - nameLength) * Byte.SIZE);
    }

    private void beginField(int begun) {
        field = begun;
        if (begun == DATA) {
            if (dataLines > 0) {
                listener.onPayload(LINE_FEED, 0, 1);
            }
            dataLines++;
        } else if (begun == EVENT) {
            eventName = 0;
            eventNameLength = 0;
        }
    }

    private int beginValue(ByteBuf buffer, int i) {
        state = VALUE;
        return buffer.getByte(i) == ' ' ? i + 1 : i;
    }

    private int readValue(ByteBuf buffer, int from, int end) {
        int lineEnd = lineEnd(buffer, from, end);
        if (lineEnd > from) {
            if (field == DATA) {
                listener.onPayload(buffer, from, lineEnd - from);
            } else if (field == EVENT) {
                readEventName(buffer, from, lineEnd);
            }
        }
        return lineEnd == end ? end : endLine(buffer, lineEnd, end);
    }

    private void readEventName(ByteBuf buffer, int from, int to) {
        for (int i = from; i < to && eventNameLength <= Long.BYTES; i++) {
            eventName = eventName << Byte.SIZE | (buffer.getByte(i) & 0xFF);
            eventNameLength++;
        }
    }

    /** The index of the first line end in the range, else {@code end}. Each byte of a read is searched once for each. */
    private int lineEnd(ByteBuf buffer, int from, int end) {
        if (nextLineFeed < from) {
            int found = buffer.indexOf(from, end, (byte) '\n');
            nextLineFeed = found < 0 ? end : found;
        }
        if (nextCarriageReturn < from) {
            int found = buffer.indexOf(from, end, (byte) '\r');
            nextCarriageReturn = found < 0 ? end : found;
        }
        return Math.min(nextLineFeed, nextCarriageReturn);
    }

    private int endLine(ByteBuf buffer, int i, int end) {
        state = LINE_START;
        firstLine = false;
        lateLineFeedEndsBlock = false;
        return behindLineEnd(buffer, i, end);
    }

    private int endBlock(ByteBuf buffer, int i, int end) {
        firstLine = false;
        lateLineFeedEndsBlock = true;
        int behind = behindLineEnd(buffer, i, end);
        countBlock(behind);
        if (oversize) {
            return behind;
        }
        boolean hasPayload = dataLines > 0;
        dataLines = 0;
        earlierBytes = 0;
        blockStart = behind;
        going = listener.onBlockEnd(behind, hasPayload);
        eventName = 0;
        eventNameLength = 0;
        return behind;
    }

    private int behindLineEnd(ByteBuf buffer, int i, int end) {
        if (buffer.getByte(i) == '\n') {
            return i + 1;
        }
        if (i + 1 == end) {
            afterCarriageReturn = true;
            return end;
        }
        return buffer.getByte(i + 1) == '\n' ? i + 2 : i + 1;
    }

    private void countBlock(int end) {
        earlierBytes += end - blockStart;
        blockStart = end;
        if (earlierBytes > maxEventBytes) {
            oversize = true;
            going = false;
        }
    }
}
