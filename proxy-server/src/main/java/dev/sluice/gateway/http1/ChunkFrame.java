package dev.sluice.gateway.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Frames payload as a chunk. Where the buffer is nobody else's and has room in front of the payload and behind it, as what
 * came in framed has, the frame is written around the payload and the very buffer goes on: one read, one write.
 *
 * <p>Thread: event loop.
 */
public final class ChunkFrame {

    /** Digits of a size, and CRLF. */
    public static final int MAX_PREFIX_BYTES = 10;

    private static final int SUFFIX_BYTES = 2;
    private static final int BITS_OF_DIGIT = 4;
    private static final int LAST_BYTES = 5;
    private static final int CRLF = '\r' << 8 | '\n';
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** The last chunk, without trailers; shared, and not to be released. */
    private static final ByteBuf LAST = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
            .writeBytes(new byte[] {'0', '\r', '\n', '\r', '\n'})
            .asReadOnly());

    private ChunkFrame() {}

    /**
     * Gives {@code payload} as a chunk; takes it.
     *
     * @param payload not empty: an empty chunk would end the body
     */
    public static ByteBuf of(ByteBuf payload, ByteBufAllocator allocator) {
        int length = payload.readableBytes();
        int digits = digits(length);
        if (isRoomAround(payload, digits + SUFFIX_BYTES)) {
            int start = payload.readerIndex() - digits - SUFFIX_BYTES;
            putPrefix(payload, start, length, digits);
            int end = payload.writerIndex();
            payload.setShort(end, CRLF);
            return payload.setIndex(start, end + SUFFIX_BYTES);
        }
        ByteBuf framed = allocator.directBuffer(digits + SUFFIX_BYTES + length + SUFFIX_BYTES);
        putPrefix(framed, 0, length, digits);
        framed.setIndex(0, digits + SUFFIX_BYTES).writeBytes(payload);
        ByteBufUtil.writeShortBE(framed, CRLF);
        payload.release();
        return framed;
    }

    /** The end of a chunked body. */
    public static ByteBuf last() {
        return LAST.duplicate();
    }

    /** The same for whoever has an allocator: without an object of its own for each. */
    public static ByteBuf last(ByteBufAllocator allocator) {
        return allocator
                .directBuffer(LAST_BYTES)
                .writeInt('0' << 24 | CRLF << 8 | '\r')
                .writeByte('\n');
    }

    private static boolean isRoomAround(ByteBuf payload, int prefixBytes) {
        return payload.readerIndex() >= prefixBytes
                && payload.capacity() - payload.writerIndex() >= SUFFIX_BYTES
                && !payload.isReadOnly()
                && isOurs(payload);
    }

    /** Whether nobody else holds the memory: a duplicate is counted by itself, and what it stands for as well. */
    private static boolean isOurs(ByteBuf payload) {
        for (ByteBuf held = payload; held != null; held = held.unwrap()) {
            if (held.refCnt() != 1) {
                return false;
            }
        }
        return true;
    }

    private static void putPrefix(ByteBuf into, int start, int length, int digits) {
        for (int i = digits - 1, rest = length; i >= 0; i--, rest >>>= BITS_OF_DIGIT) {
            into.setByte(start + i, DIGITS[rest & 0xf]);
        }
        into.setShort(start + digits, CRLF);
    }

    private static int digits(int length) {
        return (Integer.SIZE - Integer.numberOfLeadingZeros(length) + BITS_OF_DIGIT - 1) / BITS_OF_DIGIT;
    }
}
