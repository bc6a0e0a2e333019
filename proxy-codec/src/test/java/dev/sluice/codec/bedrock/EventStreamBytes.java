package dev.sluice.codec.bedrock;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.zip.CRC32;

/** Writes frames of Amazon's event stream, for tests. */
public final class EventStreamBytes {
    private final ByteBuf frames = Unpooled.buffer();

    /** An event, as Bedrock sends it. */
    public EventStreamBytes event(String type, String payload) {
        return frame(headers(":message-type", "event", ":event-type", type), payload);
    }

    EventStreamBytes exception(String type, String payload) {
        return frame(headers(":message-type", "exception", ":exception-type", type), payload);
    }

    EventStreamBytes frame(byte[] headers, String payload) {
        byte[] data = payload.getBytes(UTF_8);
        ByteBuf frame = Unpooled.buffer();
        frame.writeInt(16 + headers.length + data.length).writeInt(headers.length);
        frame.writeInt(crc(frame));
        frame.writeBytes(headers).writeBytes(data);
        frame.writeInt(crc(frame));
        frames.writeBytes(frame);
        return this;
    }

    /** Lines with the type of an event, or of an exception behind an exclamation mark, and its payload. */
    public static byte[] ofScript(String script) {
        EventStreamBytes bytes = new EventStreamBytes();
        for (String line : script.split("\n")) {
            String[] words = line.split(" ", 2);
            if (words[0].startsWith("!")) {
                bytes.exception(words[0].substring(1), words[1]);
            } else if (!words[0].startsWith("#")) {
                bytes.event(words[0], words[1]);
            }
        }
        return bytes.toBytes();
    }

    public byte[] toBytes() {
        return ByteBufUtil.getBytes(frames);
    }

    /** String headers, and the content type that Bedrock adds. */
    static byte[] headers(String... namesAndValues) {
        ByteBuf headers = Unpooled.buffer();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            string(headers, namesAndValues[i], namesAndValues[i + 1]);
        }
        string(headers, ":content-type", "application/json");
        return ByteBufUtil.getBytes(headers);
    }

    private static void string(ByteBuf headers, String name, String value) {
        headers.writeByte(name.length()).writeBytes(name.getBytes(US_ASCII)).writeByte(7);
        headers.writeShort(value.length()).writeBytes(value.getBytes(US_ASCII));
    }

    private static int crc(ByteBuf bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes.array(), 0, bytes.writerIndex());
        return (int) crc.getValue();
    }
}
