package dev.sluice.codec.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.dialect.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EventStreamFramesTest {

    /** The frames that Amazon's own decoders are tested with. */
    @ParameterizedTest
    @CsvSource({
        "00000010 00000000 05c248eb 7d98c8ff, ''",
        "0000001d 00000000 fd528c5a 7b27666f6f273a27626172277d c3653936, {'foo':'bar'}",
        "0000003d 00000020 07fd8396 0c636f6e74656e742d74797065 07 0010 6170706c69636174696f6e2f6a736f6e"
                + " 7b27666f6f273a27626172277d 8d9c08b1, {'foo':'bar'}",
        "0000002d 00000010 41c424b8 0a6576656e742d74797065 04 0000a00c 7b27666f6f273a27626172277d 36f480a0,"
                + " {'foo':'bar'}"
    })
    void readsPublishedFrames(String hex, String payload) {
        assertThat(told(bytes(hex))).isEqualTo(payload + "<.>");
    }

    @Test
    void readsHeadersOfAllTypes() {
        ByteBuf headers = Unpooled.buffer();
        for (int type = 0; type <= 9; type++) {
            headers.writeByte(2)
                    .writeBytes("h".getBytes(UTF_8))
                    .writeByte('0' + type)
                    .writeByte(type);
            switch (type) {
                case 2 -> headers.writeZero(1);
                case 3 -> headers.writeZero(2);
                case 4 -> headers.writeZero(4);
                case 5, 8 -> headers.writeZero(8);
                case 6, 7 -> headers.writeShort(3).writeZero(3);
                case 9 -> headers.writeZero(16);
                default -> {}
            }
        }
        headers.writeBytes(EventStreamBytes.headers(":message-type", "event", ":event-type", "metadata"));
        byte[] frame = new EventStreamBytes()
                .frame(ByteBufUtil.getBytes(headers), "{}")
                .toBytes();
        assertThat(told(frame)).isEqualTo("<metadata>{}<.>");
    }

    @Test
    void namesEventsAndExceptionsAndErrors() {
        byte[] stream = new EventStreamBytes()
                .event("messageStart", "{}")
                .event("brandNew", "{}")
                .exception("throttlingException", "{\"message\":\"m\"}")
                .frame(EventStreamBytes.headers(":message-type", "error", ":error-code", "InternalError"), "")
                .toBytes();
        assertThat(told(stream))
                .isEqualTo("<messageStart>{}<.><brandNew>{}<.><error><throttlingException>{\"message\":\"m\"}<.>"
                        + "<error><InternalError><.>");
    }

    @Test
    void readsTheSameHoweverItIsCut() {
        byte[] stream = new EventStreamBytes()
                .event("messageStart", "{\"role\":\"assistant\"}")
                .event("contentBlockDelta", "{\"delta\":{\"text\":\"" + "世界".repeat(300) + "\"}}")
                .exception("validationException", "{}")
                .toBytes();
        String whole = told(stream);
        Cuts heap = Cuts.onHeap();
        Cuts direct = Cuts.direct();
        Cuts.forEachCut(stream.length, 50, ends -> {
            assertThat(told(stream, heap, ends)).isEqualTo(whole);
            assertThat(told(stream, direct, ends)).isEqualTo(whole);
        });
        assertThat(heap.unreleasedBytes() + direct.unreleasedBytes()).isZero();
    }

    @Test
    void noByteCanBeChangedUnnoticed() {
        byte[] stream = new EventStreamBytes()
                .event("messageStart", "{\"role\":\"assistant\"}")
                .toBytes();
        for (int i = 0; i < stream.length; i++) {
            byte[] changed = stream.clone();
            changed[i] ^= 1;
            String told = told(changed);
            assertThat(told).as("byte %s", i).doesNotContain("<.>").endsWith("BROKEN");
        }
    }

    @Test
    void tellsNothingBehindABrokenFrame() {
        byte[] broken = new EventStreamBytes().event("messageStart", "{}").toBytes();
        broken[broken.length - 1] ^= 1;
        byte[] next = new EventStreamBytes().event("messageStop", "{}").toBytes();
        assertThat(told(ByteBufUtil.getBytes(Unpooled.wrappedBuffer(broken, next))))
                .isEqualTo("<messageStart>{}BROKEN");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000f 00000000", // Smaller than a frame without headers and payload.
                "00000011 00000002", // Headers that reach into the checksum.
                "01000001 00000000", // More than 16 MiB.
                "00100000 00020001", // Headers of more than 128 KiB.
                "ffffffff 00000000",
                "00000010 ffffffff"
            })
    void refusesLengthsThatCannotBe(String lengths) {
        byte[] prelude = bytes(lengths);
        CRC32 crc = new CRC32();
        crc.update(prelude);
        byte[] frame = ByteBufUtil.getBytes(Unpooled.buffer()
                .writeBytes(prelude)
                .writeInt((int) crc.getValue())
                .writeZero(64));
        assertThat(told(frame)).isEqualTo("BROKEN");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01", // A name without an end.
                "01 61", // A name without a type.
                "01 61 0a", // A type that does not exist.
                "01 61 ff",
                "01 61 07 00", // A string without a length.
                "01 61 07 0002 61", // A string that is too short.
                "01 61 05 00000000" // Half a long.
            })
    void refusesHeadersThatCannotBe(String headers) {
        byte[] frame = new EventStreamBytes().frame(bytes(headers), "{}").toBytes();
        assertThat(told(frame)).isEqualTo("BROKEN");
    }

    @Test
    void garbageIsBrokenAtOnce() {
        Random random = new Random(20261121);
        for (int i = 0; i < 1_000; i++) {
            byte[] garbage = new byte[12 + random.nextInt(50)];
            random.nextBytes(garbage);
            assertThat(told(garbage)).isEqualTo("BROKEN");
        }
        assertThat(told("data: {\"error\":1}\n\n".getBytes(UTF_8))).isEqualTo("BROKEN");
    }

    @Test
    void halfAFrameIsNone() {
        byte[] stream = new EventStreamBytes().event("messageStop", "{}").toBytes();
        for (int length = 0; length < stream.length; length++) {
            assertThat(told(Arrays.copyOf(stream, length)))
                    .as("%s bytes", length)
                    .doesNotContain("<.>", "BROKEN");
        }
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static String told(byte[] stream) {
        return told(stream, Cuts.onHeap(), new int[] {stream.length});
    }

    private static String told(byte[] stream, Cuts cuts, int[] ends) {
        StringBuilder told = new StringBuilder();
        ByteBuf payload = Unpooled.buffer();
        FrameReader frames = new EventStreamFrames(new FrameReader.Listener() {
            @Override
            public void onName(String name) {
                told.append('<').append(name).append('>');
            }

            @Override
            public void onPayload(ByteBuf buffer, int index, int length) {
                payload.writeBytes(buffer, index, length);
            }

            @Override
            public void onPayloadEnd() {
                told.append(payload.toString(UTF_8)).append("<.>");
                payload.clear();
            }
        });
        int from = 0;
        for (int to : ends) {
            ByteBuf piece = cuts.buffer(stream, from, to);
            frames.feed(piece);
            piece.release();
            from = to;
        }
        frames.end();
        told.append(payload.toString(UTF_8));
        return told.append(frames.isBroken() ? "BROKEN" : "").toString();
    }
}
