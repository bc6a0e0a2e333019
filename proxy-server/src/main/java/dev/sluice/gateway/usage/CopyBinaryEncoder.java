package dev.sluice.gateway.usage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows in the binary format of PostgreSQL's COPY into a buffer that is used again for the next batch. The format
 * (PostgreSQL manual, "COPY", section "Binary Format"): a signature, flags, and then for each row the number of its
 * fields as an int16 and each field as an int32 length with that many bytes, length -1 for NULL; -1 in place of the
 * number of fields ends it. All numbers are big-endian.
 *
 * <p>Thread: writer.
 */
final class CopyBinaryEncoder {
    private static final byte[] HEADER = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
    };
    /** PostgreSQL counts from the year 2000. */
    private static final long EPOCH_2000_MICROS = 946_684_800_000_000L;

    private static final byte JSONB_VERSION = 1;
    private static final int FIRST_BYTES = 64 * 1_024;
    /** A buffer that one batch of unusual rows made larger than this is not kept. */
    private static final int KEPT_BYTES = 4 * 1_024 * 1_024;

    private static final VarHandle SHORT = bigEndian(short[].class);
    private static final VarHandle INT = bigEndian(int[].class);
    private static final VarHandle LONG = bigEndian(long[].class);

    private byte[] buffer = new byte[FIRST_BYTES];
    private int size;

    private static VarHandle bigEndian(Class<?> view) {
        return MethodHandles.byteArrayViewVarHandle(view, ByteOrder.BIG_ENDIAN);
    }

    void begin() {
        if (buffer.length > KEPT_BYTES) {
            buffer = new byte[FIRST_BYTES];
        }
        System.arraycopy(HEADER, 0, buffer, 0, HEADER.length);
        size = HEADER.length;
    }

    void row(int fields) {
        reserve(2);
        SHORT.set(buffer, size, (short) fields);
        size += 2;
    }

    void end() {
        row(-1);
    }

    void uuid(UUID value) {
        length(16);
        LONG.set(buffer, size, value.getMostSignificantBits());
        LONG.set(buffer, size + 8, value.getLeastSignificantBits());
        size += 16;
    }

    void timestamp(long epochMicros) {
        length(8);
        LONG.set(buffer, size, epochMicros - EPOCH_2000_MICROS);
        size += 8;
    }

    void int8(long value) {
        length(8);
        LONG.set(buffer, size, value);
        size += 8;
    }

    void int4(int value) {
        length(4);
        INT.set(buffer, size, value);
        size += 4;
    }

    void int2(int value) {
        length(2);
        SHORT.set(buffer, size, (short) value);
        size += 2;
    }

    void bool(boolean value) {
        length(1);
        buffer[size++] = (byte) (value ? 1 : 0);
    }

    void text(@Nullable String value) {
        if (value == null) {
            nothing();
            return;
        }
        int lengthAt = size;
        length(value.length() * Utf8.MOST_BYTES_A_CHAR);
        size = Utf8.write(value, buffer, size);
        INT.set(buffer, lengthAt, size - lengthAt - 4);
    }

    void jsonb(@Nullable String json) {
        if (json == null) {
            nothing();
            return;
        }
        int lengthAt = size;
        length(1 + json.length() * Utf8.MOST_BYTES_A_CHAR);
        buffer[size++] = JSONB_VERSION;
        size = Utf8.write(json, buffer, size);
        INT.set(buffer, lengthAt, size - lengthAt - 4);
    }

    void nothing() {
        reserve(4);
        INT.set(buffer, size, -1);
        size += 4;
    }

    byte[] buffer() {
        return buffer;
    }

    int size() {
        return size;
    }

    /** Writes a field's length and makes room for as many bytes. */
    private void length(int bytes) {
        reserve(4 + bytes);
        INT.set(buffer, size, bytes);
        size += 4;
    }

    private void reserve(int bytes) {
        if (buffer.length - size < bytes) {
            buffer = Arrays.copyOf(buffer, Math.max(size + bytes, buffer.length * 2));
        }
    }
}
