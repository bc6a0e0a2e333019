package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * What a provider says of one shape, encoded ahead: only number and stamp of a delta are written anew. Thread: event loop.
 */
final class AnswerText {
    private static final byte[] STREAM_HEAD = ascii("""
            HTTP/1.1 200 OK\r
            content-type: text/event-stream\r
            cache-control: no-cache\r
            x-request-id: req_bench\r
            transfer-encoding: chunked\r
            \r
            """);
    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final int LONGEST_NUMBER = 20;

    private final AnswerShape shape;
    private final byte[] before;
    private final byte[] after;
    private final byte[] finish;
    private final byte[] usage;
    private final byte[] filler;
    private final String head;
    private final String tail;
    private final byte[] digits = new byte[LONGEST_NUMBER];

    AnswerText(AnswerShape shape) {
        this.shape = shape;
        String common = "\"id\":\"chatcmpl-bench\",\"created\":1790000000,\"model\":\"" + shape.model() + "\",";
        String event = "data: {" + common + "\"object\":\"chat.completion.chunk\",\"choices\":[";
        before = ascii(event + "{\"index\":0,\"delta\":{\"content\":\"");
        after = ascii("\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
        finish = ascii(event + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n");
        usage = ascii(event + "]," + usage(shape.chunks()) + "}\n\n");
        filler = ascii(" word".repeat(shape.sizeBytes() / 5 + 1));
        head = "{" + common + "\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":"
                + "{\"role\":\"assistant\",\"content\":\"";
        tail = "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}]," + usage(shape.chunks()) + "}";
    }

    private static String usage(int tokens) {
        return "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":" + tokens + ",\"total_tokens\":" + (9 + tokens)
                + "}";
    }

    static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    AnswerShape shape() {
        return shape;
    }

    /** The whole answer, head included. Gives the buffer. */
    ByteBuf whole(ByteBufAllocator buffers) {
        ByteBuf text = buffers.buffer(shape.chunks() * (shape.sizeBytes() + LONGEST_NUMBER));
        long now = System.nanoTime();
        for (int i = 0; i < shape.chunks(); i++) {
            writeMarked(text, i, now);
        }
        int length = head.length() + text.readableBytes() + tail.length();
        ByteBuf answer = buffers.directBuffer(length + 160);
        answer.writeCharSequence(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\ncontent-length: "
                        + length + "\r\n\r\n" + head,
                US_ASCII);
        answer.writeBytes(text).writeCharSequence(tail, US_ASCII);
        text.release();
        return answer;
    }

    /** The head of a stream with its first delta: they leave together. Gives the buffer. */
    ByteBuf first(ByteBufAllocator buffers) {
        ByteBuf buffer = buffers.directBuffer(STREAM_HEAD.length + chunkBytes());
        buffer.writeBytes(STREAM_HEAD);
        writeDelta(buffer, 0);
        return buffer;
    }

    /** One delta as one chunk. Gives the buffer. */
    ByteBuf delta(ByteBufAllocator buffers, int index) {
        ByteBuf buffer = buffers.directBuffer(chunkBytes());
        writeDelta(buffer, index);
        return buffer;
    }

    /** What follows the last delta. Gives the buffer. */
    ByteBuf end(ByteBufAllocator buffers, boolean withUsage) {
        ByteBuf buffer = buffers.directBuffer(finish.length + usage.length + DONE.length + 64);
        writeChunk(buffer, finish);
        if (withUsage) {
            writeChunk(buffer, usage);
        }
        writeChunk(buffer, DONE);
        return buffer.writeBytes(LAST_CHUNK);
    }

    private int chunkBytes() {
        return before.length + after.length + shape.sizeBytes() + 2 * LONGEST_NUMBER + 16;
    }

    private static void writeChunk(ByteBuf buffer, byte[] payload) {
        writeSize(buffer, payload.length);
        buffer.writeBytes(payload).writeShort('\r' << 8 | '\n');
    }

    private static void writeSize(ByteBuf buffer, int size) {
        for (int shift = 12; shift >= 0; shift -= 4) {
            buffer.writeByte(HEX[size >> shift & 15]);
        }
        buffer.writeShort('\r' << 8 | '\n');
    }

    private void writeDelta(ByteBuf buffer, int index) {
        int sizeAt = buffer.writerIndex();
        buffer.writerIndex(sizeAt + 6).writeBytes(before);
        writeMarked(buffer, index, System.nanoTime());
        buffer.writeBytes(after);
        int end = buffer.writerIndex();
        buffer.writerIndex(sizeAt);
        writeSize(buffer, end - sizeAt - 6);
        buffer.writerIndex(end).writeShort('\r' << 8 | '\n');
    }

    private void writeMarked(ByteBuf buffer, int index, long nanos) {
        int from = buffer.writerIndex();
        buffer.writeByte('@');
        writeNumber(buffer, index);
        buffer.writeByte(':');
        writeNumber(buffer, nanos);
        buffer.writeByte(';');
        int rest = shape.sizeBytes() - (buffer.writerIndex() - from);
        if (rest > 0) {
            buffer.writeBytes(filler, 0, rest);
        }
    }

    private void writeNumber(ByteBuf buffer, long number) {
        int at = LONGEST_NUMBER;
        long rest = number;
        do {
            digits[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest > 0);
        buffer.writeBytes(digits, at, LONGEST_NUMBER - at);
    }
}
