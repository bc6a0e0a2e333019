package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.Counted;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the journal keeps of an attempt into a buffer that is used again for the next record;
 * {@link UsageRecordReader} reads it. The journal itself knows which of the three kinds a record is.
 *
 * <pre>
 *   event id, 16 bytes │ version, 1 byte │ fields
 *
 *   OPEN      startedAt request attempt key team user tags endpoint model provider upstreamModel stream counted
 *   PROGRESS  counted usage elapsed ttft
 *   CLOSE     every component of a {@link UsageEvent}, in its order
 *
 *   number    unsigned LEB128 of the value plus one, so that unknown (-1) is a zero byte
 *   text      its number of UTF-8 bytes as a number, -1 for null, and those bytes
 *   flag      a byte, 0 or 1
 * </pre>
 *
 * A field may be added behind the others under a new version; readers then have to know both.
 *
 * <p>HOT: nothing is allocated unless a record is larger than all before it. Thread: one for each instance, the event loop
 * whose journal it feeds.
 */
final class UsageRecords {
    static final int VERSION = 1;
    static final int ID_BYTES = 16;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int FIRST_BYTES = 1_024;
    static final int MOST_NUMBER_BYTES = 10;
    /** The length of such a text, if it is ASCII, is a number of one byte. */
    private static final int LONGEST_SHORT_TEXT = 126;

    /** Status and source are short words of our own. */
    private static final int MOST_LABEL_BYTES = 32;

    private final KnownTexts texts;
    private byte[] buffer = new byte[FIRST_BYTES];
    private int size;

    /** @param texts known on the same event loop */
    UsageRecords(KnownTexts texts) {
        this.texts = texts;
    }

    /** The record written last: its first {@link #size} bytes, until the next is written. */
    byte[] buffer() {
        return buffer;
    }

    int size() {
        return size;
    }

    /** @param counted of the prompt */
    void open(Account account, Counted counted) {
        begin(account.id());
        account.write(this);
        counted(counted);
    }

    /**
     * How long the CLOSE of the attempt can become whose OPEN was just written: it says the same again, and adds the
     * provider's two texts, two labels, thirteen figures of usage, and no more than ten other numbers.
     */
    int largestCloseBytes() {
        return size
                + 2 * (MOST_NUMBER_BYTES + Text.MAX_NAME * Utf8.MOST_BYTES_A_CHAR)
                + 2 * MOST_LABEL_BYTES
                + (13 + 10) * MOST_NUMBER_BYTES;
    }

    void progress(UUID eventId, Counted counted, Usage usage, int elapsedMillis, int ttftMillis) {
        begin(eventId);
        counted(counted);
        usage(usage);
        number(elapsedMillis);
        number(ttftMillis);
    }

    /** @param event of an account of this ledger: its texts are as they are stored */
    void close(UsageEvent event) {
        begin(event.eventId());
        number(event.startedAtMicros());
        text(event.requestId());
        number(event.attempt());
        text(event.keyId());
        text(event.teamId());
        text(event.endUser());
        text(event.tags());
        known(event.endpoint());
        known(event.requestedModel());
        known(event.provider());
        known(event.upstreamModel());
        flag(event.stream());
        known(event.status());
        number(event.httpStatus());
        usage(event.usage());
        number(event.countedInput());
        number(event.countedOutput());
        known(event.usageSource());
        flag(event.lowerBound());
        known(event.serviceTier());
        number(event.costNano());
        number(event.priceVersion());
        number(event.ttftMillis());
        number(event.durationMillis());
        text(event.providerRequestId());
    }

    private void begin(UUID eventId) {
        LONG.set(buffer, 0, eventId.getMostSignificantBits());
        LONG.set(buffer, 8, eventId.getLeastSignificantBits());
        buffer[ID_BYTES] = VERSION;
        size = ID_BYTES + 1;
    }

    private void counted(Counted counted) {
        number(counted.inputTokens());
        flag(counted.inputExact());
        number(counted.outputTokens());
        flag(counted.outputExact());
        flag(counted.lowerBound());
    }

    private void usage(Usage usage) {
        number(usage.inputTokens());
        number(usage.cachedTokens());
        number(usage.cacheWriteTokens());
        number(usage.cacheWrite1hTokens());
        number(usage.inputAudioTokens());
        number(usage.cachedAudioTokens());
        number(usage.inputImageTokens());
        number(usage.outputTokens());
        number(usage.reasoningTokens());
        number(usage.outputAudioTokens());
        number(usage.outputImageTokens());
        number(usage.webSearches());
        number(usage.costNano());
    }

    void number(long value) {
        reserve(MOST_NUMBER_BYTES);
        size = writeNumber(value, buffer, size);
    }

    /** @return the index behind the last byte written */
    static int writeNumber(long value, byte[] out, int from) {
        int at = from;
        long rest = value + 1;
        while ((rest & ~0x7FL) != 0) {
            out[at++] = (byte) (0x80 | (rest & 0x7F));
            rest >>>= 7;
        }
        out[at++] = (byte) rest;
        return at;
    }

    void flag(boolean value) {
        reserve(1);
        buffer[size++] = (byte) (value ? 1 : 0);
    }

    /** One that comes again. */
    void known(@Nullable String value) {
        if (value == null) {
            number(-1);
            return;
        }
        byte[] record = texts.find(value).record;
        reserve(record.length);
        System.arraycopy(record, 0, buffer, size, record.length);
        size += record.length;
    }

    void text(@Nullable String value) {
        if (value == null) {
            number(-1);
            return;
        }
        int chars = value.length();
        reserve(MOST_NUMBER_BYTES + chars * Utf8.MOST_BYTES_A_CHAR);
        if (chars <= LONGEST_SHORT_TEXT && Utf8.writeAscii(value, buffer, size + 1)) {
            buffer[size] = (byte) (chars + 1);
            size += 1 + chars;
            return;
        }
        size = writeNumber(Utf8.size(value), buffer, size);
        size = Utf8.write(value, buffer, size);
    }

    private void reserve(int bytes) {
        if (buffer.length - size < bytes) {
            buffer = Arrays.copyOf(buffer, Math.max(size + bytes, buffer.length * 2));
        }
    }
}
