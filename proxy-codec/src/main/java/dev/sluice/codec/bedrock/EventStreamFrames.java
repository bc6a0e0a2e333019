package dev.sluice.codec.bedrock;

import dev.sluice.codec.dialect.FrameReader;
import io.netty.buffer.ByteBuf;
import java.util.zip.CRC32;

/**
 * Amazon's event stream: binary frames with two checksums (Smithy's {@code application/vnd.amazon.eventstream}).
 *
 * <pre>
 *   u32 bytes of the frame │ u32 bytes of headers │ u32 CRC-32 of these two │ headers │ payload │ u32 CRC-32 of all before
 * </pre>
 *
 * <p>A payload is handed on while it arrives, and ended only when the frame's checksum is right. One whose frame is an
 * exception or an error has the name {@value #ERROR_NAME}, and then that of its type. Keeps the headers of one frame.
 * Thread: event loop.
 */
final class EventStreamFrames implements FrameReader {
    static final int MAX_FRAME_BYTES = 16 << 20;
    static final int MAX_HEADERS_BYTES = 128 << 10;

    /** What a relay takes for the name of a payload that is an error. */
    static final String ERROR_NAME = "error";

    private static final int PRELUDE_BYTES = 12;
    private static final int CHECKSUM_BYTES = 4;
    private static final int WINDOW_BYTES = 512;

    private enum Part {
        PRELUDE,
        HEADERS,
        PAYLOAD,
        CHECKSUM
    }

    private final Listener listener;
    private final CRC32 checksum = new CRC32();
    private final EventStreamHeaders headers = new EventStreamHeaders();
    private final byte[] prelude = new byte[PRELUDE_BYTES];
    private final byte[] window = new byte[WINDOW_BYTES];

    private Part part = Part.PRELUDE;
    /** Bytes of the part that have been read. */
    private int read;

    private int payloadBytes;
    private boolean broken;

    EventStreamFrames(Listener listener) {
        this.listener = listener;
    }

    @Override
    public void feed(ByteBuf bytes) {
        int i = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (i < end && !broken) {
            i += switch (part) {
                case PRELUDE -> readPrelude(bytes, i, end);
                case HEADERS -> readHeaders(bytes, i, end);
                case PAYLOAD -> readPayload(bytes, i, end);
                case CHECKSUM -> readChecksum(bytes, i, end);
            };
        }
    }

    /** A frame without its checksum is none. */
    @Override
    public void end() {}

    @Override
    public boolean isBroken() {
        return broken;
    }

    private int readPrelude(ByteBuf bytes, int from, int end) {
        int count = Math.min(PRELUDE_BYTES - read, end - from);
        bytes.getBytes(from, prelude, read, count);
        read += count;
        if (read < PRELUDE_BYTES) {
            return count;
        }
        checksum.reset();
        checksum.update(prelude, 0, 8);
        long frameBytes = unsigned(prelude, 0);
        long headersBytes = unsigned(prelude, 4);
        broken = unsigned(prelude, 8) != checksum.getValue()
                || frameBytes > MAX_FRAME_BYTES
                || headersBytes > MAX_HEADERS_BYTES
                || frameBytes < PRELUDE_BYTES + headersBytes + CHECKSUM_BYTES;
        if (!broken) {
            checksum.update(prelude, 8, 4);
            payloadBytes = (int) (frameBytes - headersBytes) - PRELUDE_BYTES - CHECKSUM_BYTES;
            headers.begin((int) headersBytes);
            begin(Part.HEADERS);
            if (headersBytes == 0) {
                endHeaders();
            }
        }
        return count;
    }

    private int readHeaders(ByteBuf bytes, int from, int end) {
        int count = headers.read(bytes, from, end);
        if (headers.isComplete()) {
            endHeaders();
        }
        return count;
    }

    private void endHeaders() {
        checksum.update(headers.bytes(), 0, headers.length());
        broken = !headers.parse();
        if (broken) {
            return;
        }
        if (headers.isError()) {
            listener.onName(ERROR_NAME);
        }
        String type = headers.type();
        if (type != null) {
            listener.onName(type);
        }
        begin(payloadBytes == 0 ? Part.CHECKSUM : Part.PAYLOAD);
    }

    private int readPayload(ByteBuf bytes, int from, int end) {
        int count = Math.min(payloadBytes - read, end - from);
        check(bytes, from, count);
        read += count;
        listener.onPayload(bytes, from, count);
        if (read == payloadBytes) {
            begin(Part.CHECKSUM);
        }
        return count;
    }

    private int readChecksum(ByteBuf bytes, int from, int end) {
        int count = Math.min(CHECKSUM_BYTES - read, end - from);
        // The prelude is done with: its room is free for the last four bytes.
        bytes.getBytes(from, prelude, read, count);
        read += count;
        if (read == CHECKSUM_BYTES) {
            broken = unsigned(prelude, 0) != checksum.getValue();
            if (!broken) {
                begin(Part.PRELUDE);
                listener.onPayloadEnd();
            }
        }
        return count;
    }

    private void begin(Part next) {
        part = next;
        read = 0;
    }

    private void check(ByteBuf bytes, int from, int count) {
        if (bytes.hasArray()) {
            checksum.update(bytes.array(), bytes.arrayOffset() + from, count);
            return;
        }
        for (int done = 0; done < count; done += WINDOW_BYTES) {
            int next = Math.min(WINDOW_BYTES, count - done);
            bytes.getBytes(from + done, window, 0, next);
            checksum.update(window, 0, next);
        }
    }

    private static long unsigned(byte[] bytes, int at) {
        return (bytes[at] & 0xFFL) << 24
                | (bytes[at + 1] & 0xFFL) << 16
                | (bytes[at + 2] & 0xFFL) << 8
                | (bytes[at + 3] & 0xFFL);
    }
}
