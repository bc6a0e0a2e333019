package dev.sluice.codec.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SseScannerTest {

    @Test
    void findsThePayloadBetweenFieldAndLineEnd() {
        assertThat(events("data: one\n\ndata:two\n\ndata:  three\n\n")).containsExactly("one", "two", " three");
    }

    @Test
    void joinsDataLinesWithLineFeed() {
        assertThat(events("data: {\ndata: }\r\ndata\rdata:\n\n")).containsExactly("{\n}\n\n");
    }

    @Test
    void knowsTheThreeLineEnds() {
        assertThat(events("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n")).containsExactly("a", "b", "c", "d");
    }

    @Test
    void tellsWhereEachBlockEnds() {
        String stream = "data: a\r\n\r\n: c\n\n\ndata: b\r\rdata: c\n\n";
        Recorder recorder = scan(stream.getBytes(UTF_8), new int[] {stream.length()}, Cuts.onHeap());
        assertThat(recorder.blocks).containsExactly("data: a\r\n\r\n", ": c\n\n", "\n", "data: b\r\r", "data: c\n\n");
    }

    @Test
    void aLineFeedThatComesLateBelongsToTheBlockBefore() {
        byte[] stream = "data: a\r\n\r\ndata: b\r\n\r\n".getBytes(UTF_8);
        Recorder recorder = scan(stream, new int[] {10, stream.length}, Cuts.onHeap());
        assertThat(recorder.blocks).containsExactly("data: a\r\n\r\n", "data: b\r\n\r\n");
        assertThat(recorder.events).containsExactly("a", "b");
    }

    @Test
    void nothingIsWaitedForAfterCarriageReturn() {
        byte[] stream = "data: a\r\r".getBytes(UTF_8);
        assertThat(scan(stream, new int[] {stream.length}, Cuts.onHeap()).events)
                .containsExactly("a");
    }

    @Test
    void commentsAndOtherFieldsMeanNothing() {
        assertThat(events(": hello\n\nid: 4\nretry: 10\ndata: x\n: data: no\ndatabase: y\ndat: z\n Data: z\n\n"))
                .containsExactly("x");
    }

    @Test
    void aBlockWithoutDataIsNoEvent() {
        assertThat(events(": ping\n\nevent: ping\n\n\n\n")).isEmpty();
    }

    @Test
    void bareDataIsAnEmptyPayload() {
        assertThat(events("data:\n\ndata\n\ndata: \n\n")).containsExactly("", "", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"event: error\ndata: x\n\n", "data: x\nevent:error\n\n", "event: a\nevent: error\ndata:x\n\n"})
    void seesTheNameErrorBeforeAndBehindTheData(String stream) {
        forEachWay(stream, recorder -> assertThat(recorder.events).containsExactly("error!x"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "event: errors\ndata: x\n\n",
                "event: error\nevent: no\ndata: x\n\n",
                "event:  error\ndata: x\n\n"
            })
    void otherNamesAreNotError(String stream) {
        forEachWay(stream, recorder -> assertThat(recorder.events).containsExactly("x"));
    }

    @Test
    void theNameEndsWithItsEvent() {
        forEachWay(
                "event: error\n\ndata: x\n\n",
                recorder -> assertThat(recorder.events).containsExactly("x"));
    }

    @Test
    void skipsAByteOrderMarkAtTheStartOnly() {
        forEachWay("\uFEFFdata: x\n\n\uFEFFdata: y\n\n", recorder -> {
            assertThat(recorder.events).containsExactly("x");
            assertThat(recorder.scanner.strayLineSeen()).isTrue();
        });
    }

    @Test
    void noticesLinesThatNoStreamHas() {
        for (String stray : List.of("{\"error\":1}\n", "<html>\n", "datas: x\n", "hello")) {
            forEachWay(stray, recorder -> {
                recorder.scanner.end();
                assertThat(recorder.scanner.strayLineSeen()).as(stray).isTrue();
            });
        }
        forEachWay(
                "event: x\nid: 1\nretry: 2\n: c\ndata: y\n\n",
                recorder -> assertThat(recorder.scanner.strayLineSeen()).isFalse());
    }

    @Test
    void tellsAtTheEndWhetherAnEventIsPending() {
        forEachWay("data: x\n\ndata: y", recorder -> {
            assertThat(recorder.scanner.end()).isTrue();
            assertThat(recorder.payload.toString(UTF_8)).isEqualTo("y");
        });
        forEachWay(
                "data: x\n\ndata",
                recorder -> assertThat(recorder.scanner.end()).isTrue());
        forEachWay(
                "data: x\n\n: y", recorder -> assertThat(recorder.scanner.end()).isFalse());
        forEachWay(
                "data: x\n\nevent: y\n",
                recorder -> assertThat(recorder.scanner.end()).isFalse());
    }

    @Test
    void stopsAtAnEventBeyondTheLimit() {
        byte[] stream = ("data: small\n\ndata: " + "x".repeat(100) + "\n\ndata: after\n\n").getBytes(UTF_8);
        for (int pieceBytes : new int[] {1, 7, 64, stream.length}) {
            Recorder recorder = new Recorder(40);
            for (int from = 0; from < stream.length; from += pieceBytes) {
                recorder.feed(Unpooled.wrappedBuffer(stream, from, Math.min(pieceBytes, stream.length - from)));
            }
            assertThat(recorder.events).containsExactly("small");
            assertThat(recorder.scanner.isOversize()).isTrue();
        }
    }

    @Test
    void theLimitIsForEachEventAndExact() {
        String event = "data: 1234567\n\n";
        Recorder exact = new Recorder(event.length());
        exact.feed(Unpooled.copiedBuffer(event.repeat(3), UTF_8));
        assertThat(exact.events).hasSize(3);
        assertThat(exact.scanner.isOversize()).isFalse();
        Recorder over = new Recorder(event.length() - 1);
        over.feed(Unpooled.copiedBuffer(event, UTF_8));
        assertThat(over.events).isEmpty();
    }

    @Test
    void stopsWhereTheListenerWantsTo() {
        ByteBuf stream = Unpooled.copiedBuffer("data: a\n\ndata: b\n\n", UTF_8);
        Recorder recorder = new Recorder(SseScanner.DEFAULT_MAX_EVENT_BYTES);
        recorder.goesOn = false;
        recorder.current = stream;
        assertThat(recorder.scanner.scan(stream, 0, stream.writerIndex())).isEqualTo(9);
        assertThat(recorder.scanner.scan(stream, 9, stream.writerIndex())).isEqualTo(18);
        assertThat(recorder.events).containsExactly("a", "b");
    }

    @Test
    void payloadsSpanTheComponentsOfACompositeBuffer() {
        CompositeByteBuf stream = Unpooled.compositeBuffer()
                .addComponent(true, Unpooled.copiedBuffer("da", UTF_8))
                .addComponent(true, Unpooled.copiedBuffer("ta: ab", UTF_8))
                .addComponent(true, Unpooled.copiedBuffer("c\r", UTF_8))
                .addComponent(true, Unpooled.copiedBuffer("\n\r\n", UTF_8));
        Recorder recorder = new Recorder(SseScanner.DEFAULT_MAX_EVENT_BYTES);
        recorder.feed(stream);
        assertThat(recorder.events).containsExactly("abc");
    }

    @Test
    void agreesWithAPlainReadingOfTheGrammarOnRandomStreams() {
        String[] parts = {
            "data:", "data: ", "data", "event: error", "event:x", ": c", "id: 1", "retry", "\r", "\n", "\r\n", "\n\n",
            "\r\r", "\r\n\r\n", "é", "雪", "🏔", "{\"a\":1}", "[DONE]", " ", ":", "\uFEFF", "datadata", "x"
        };
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(24); i >= 0; i--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            byte[] stream = text.toString().getBytes(UTF_8);
            List<String> expected = plainReading(text.toString());
            for (int round = 0; round < 4; round++) {
                int[] cut = Cuts.randomCut(random, stream.length);
                Cuts cuts = round % 2 == 0 ? Cuts.onHeap() : Cuts.direct();
                assertThat(scan(stream, cut, cuts).events)
                        .as("seed %s, cut %s", seed, Arrays.toString(cut))
                        .isEqualTo(expected);
            }
        }
    }

    /** The grammar, read slowly: an independent model of what the scanner must find. */
    private static List<String> plainReading(String text) {
        List<String> events = new ArrayList<>();
        String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
        String[] lines = body.replace("\r\n", "\n").replace('\r', '\n').split("\n", -1);
        List<String> data = new ArrayList<>();
        String name = "";
        for (int i = 0; i < lines.length - 1; i++) {
            String line = lines[i];
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    events.add((name.equals("error") ? "error!" : "") + String.join("\n", data));
                }
                data.clear();
                name = "";
            } else if (field.equals("data")) {
                data.add(value);
            } else if (field.equals("event")) {
                name = value;
            }
        }
        return events;
    }

    private static List<String> events(String stream) {
        List<String> whole =
                scan(stream.getBytes(UTF_8), new int[] {stream.getBytes(UTF_8).length}, Cuts.onHeap()).events;
        forEachWay(stream, recorder -> assertThat(recorder.events).isEqualTo(whole));
        return whole;
    }

    private static void forEachWay(String stream, Consumer<Recorder> check) {
        byte[] bytes = stream.getBytes(UTF_8);
        Cuts.forEachCut(bytes.length, 20, cut -> {
            check.accept(scan(bytes, cut, Cuts.onHeap()));
            check.accept(scan(bytes, cut, Cuts.direct()));
        });
    }

    private static Recorder scan(byte[] stream, int[] cut, Cuts cuts) {
        Recorder recorder = new Recorder(SseScanner.DEFAULT_MAX_EVENT_BYTES);
        int from = 0;
        for (int end : cut) {
            recorder.feed(cuts.buffer(stream, from, end));
            from = end;
        }
        assertThat(cuts.unreleasedBytes()).isZero();
        return recorder;
    }

    /** Writes down payloads, and the bytes of each block. */
    private static final class Recorder implements SseScanner.Listener {
        private final SseScanner scanner;
        private final List<String> events = new ArrayList<>();
        private final List<String> blocks = new ArrayList<>();
        private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        private final StringBuilder block = new StringBuilder();
        private ByteBuf current = Unpooled.EMPTY_BUFFER;
        private int blockStart;
        private boolean goesOn = true;

        private Recorder(int maxEventBytes) {
            scanner = new SseScanner(this, maxEventBytes);
        }

        private void feed(ByteBuf piece) {
            current = piece;
            blockStart = piece.readerIndex();
            int readerIndex = piece.readerIndex();
            scanner.scan(piece, piece.readerIndex(), piece.writerIndex());
            assertThat(piece.readerIndex()).isEqualTo(readerIndex);
            block.append(piece.toString(blockStart, piece.writerIndex() - blockStart, UTF_8));
            piece.release();
        }

        @Override
        public void onPayload(ByteBuf buffer, int index, int length) {
            byte[] bytes = new byte[length];
            buffer.getBytes(index, bytes);
            payload.writeBytes(bytes);
        }

        @Override
        public boolean onBlockEnd(int end, boolean hasPayload) {
            if (hasPayload) {
                events.add((scanner.isNamedError() ? "error!" : "") + payload.toString(UTF_8));
                payload.reset();
            }
            block.append(current.toString(blockStart, Math.max(0, end - blockStart), UTF_8));
            blocks.add(block.toString());
            block.setLength(0);
            blockStart = end;
            return goesOn;
        }

        @Override
        public boolean onLateLineFeed(int end) {
            blocks.set(blocks.size() - 1, blocks.getLast() + "\n");
            blockStart = end;
            return goesOn;
        }
    }
}
