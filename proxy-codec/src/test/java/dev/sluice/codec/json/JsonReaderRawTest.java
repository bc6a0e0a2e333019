package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Objects and arrays that are handed on as they stand. */
final class JsonReaderRawTest {
    private static final int RAW = 1;
    private static final int ITEM = 2;
    private static final int KEPT = 3;

    private static final JsonShape SHAPE = JsonShape.path()
            .members(Map.of(
                    "raw", JsonShape.raw(RAW),
                    "list", JsonShape.path().elements(JsonShape.raw(ITEM)),
                    "kept", JsonShape.text(KEPT)));

    @Test
    void handsOnAnObjectByteForByteBeforeItReportsTheValue() {
        assertThat(read("{\"a\":{\"raw\":1},\"raw\": {\"b\" : [1.0, {\"raw\":\"\\u00e9\"}] } ,\"kept\":\"k\"}"))
                .containsExactly("1:{\"b\" : [1.0, {\"raw\":\"\\u00e9\"}] }", "1=OBJECT", "3=k");
    }

    @Test
    void handsOnArraysAndEmptyContainers() {
        assertThat(read("{\"raw\":[1, [ ]],\"raw\":{},\"raw\":[\n]}"))
                .containsExactly("1:[1, [ ]]", "1=ARRAY", "1:{}", "1=OBJECT-", "1:[\n]", "1=ARRAY-");
    }

    @Test
    void handsOnEachElementForItself() {
        assertThat(read("{\"list\":[{\"a\":1},\"s\\n\",[{}],null,{}]}"))
                .containsExactly(
                        "2:{\"a\":1}",
                        "2=OBJECT",
                        "2:s\n",
                        "2=STRING",
                        "2:[{}]",
                        "2=ARRAY",
                        "2=NULL",
                        "2:{}",
                        "2=OBJECT-");
    }

    @Test
    void aStringIsHandedOnUnescapedAndOtherValuesAreOnlyReported() {
        assertThat(read("{\"raw\":\"{\\\"a\\\":1}\",\"raw\":12,\"raw\":true,\"raw\":\"\"}"))
                .containsExactly("1:{\"a\":1}", "1=STRING", "1=NUMBER", "1=TRUE", "1=STRING-");
    }

    @Test
    void theDocumentItselfMayBeRaw() {
        Told told = new Told();
        JsonReader reader = new JsonReader(JsonShape.raw(RAW), told);
        feed(reader, " {\"a\" : 1} ".getBytes(UTF_8));
        assertThat(reader.end()).isTrue();
        assertThat(told.events()).containsExactly("1:{\"a\" : 1}", "1=OBJECT");
    }

    @Test
    void namesWithinAreNobodysPlaces() {
        assertThat(read("{\"raw\":{\"raw\":{\"kept\":\"no\"},\"kept\":\"no\"},\"kept\":\"yes\"}"))
                .containsExactly("1:{\"raw\":{\"kept\":\"no\"},\"kept\":\"no\"}", "1=OBJECT", "3=yes");
    }

    @Test
    void whatIsBrokenWithinEndsTheDocument() {
        Told told = new Told();
        JsonReader reader = new JsonReader(SHAPE, told);
        feed(reader, "{\"raw\":{\"a\":]},\"kept\":\"no\"}".getBytes(UTF_8));
        assertThat(reader.end()).isFalse();
        assertThat(told.events()).doesNotContain("1=OBJECT", "3=no");
        reader.reset();
        told.clear();
        feed(reader, "{\"kept\":\"yes\"}".getBytes(UTF_8));
        assertThat(told.events()).containsExactly("3=yes");
    }

    @Test
    void aDocumentThatEndsWithinLeavesNothingForTheNextOne() {
        Told told = new Told();
        JsonReader reader = new JsonReader(SHAPE, told);
        feed(reader, "{\"raw\":{\"a\":".getBytes(UTF_8));
        assertThat(reader.end()).isFalse();
        reader.reset();
        told.clear();
        feed(reader, "{\"other\":{\"b\":2},\"raw\":{\"c\":3}}".getBytes(UTF_8));
        assertThat(reader.end()).isTrue();
        assertThat(told.events()).containsExactly("1:{\"c\":3}", "1=OBJECT");
    }

    @Test
    void randomValuesComeAsTheyStandAtEverySplit() {
        long seed = Seeds.ofThisRun();
        Random random = new Random(seed);
        RandomJson json = new RandomJson(random);
        for (int round = 0; round < 150; round++) {
            String first = json.object(3);
            String second = json.array(3);
            String third = json.object(2);
            byte[] document = ("{" + json.member("x", json.value(2)) + "," + json.member("raw", first) + ","
                            + json.member("list", "[" + second + json.blank() + "," + json.blank() + third + "]") + "}")
                    .getBytes(UTF_8);
            List<String> expected = new ArrayList<>();
            for (String raw : List.of("1:" + first, "2:" + second, "2:" + third)) {
                boolean empty = raw.substring(3, raw.length() - 1).isBlank();
                String kind = raw.charAt(2) == '{' ? "=OBJECT" : "=ARRAY";
                expected.add(raw);
                expected.add(raw.charAt(0) + kind + (empty ? "-" : ""));
            }
            if (document.length > 300) {
                int[] cut = Cuts.randomCut(random, document.length);
                assertThat(read(document, cut)).as("seed %d", seed).isEqualTo(expected);
            } else {
                Cuts.forEachCut(
                        document.length,
                        3,
                        cut -> assertThat(read(document, cut))
                                .as("seed %d", seed)
                                .isEqualTo(expected));
            }
        }
    }

    private static List<String> read(String json) {
        byte[] document = json.getBytes(UTF_8);
        List<String> whole = read(document, new int[] {document.length});
        Cuts.forEachCut(
                document.length, 5, cut -> assertThat(read(document, cut)).isEqualTo(whole));
        return whole;
    }

    /** From the heap and from outside of it. */
    private static List<String> read(byte[] document, int[] ends) {
        List<String> heap = read(document, ends, Cuts.onHeap());
        assertThat(read(document, ends, Cuts.direct())).isEqualTo(heap);
        return heap;
    }

    private static List<String> read(byte[] document, int[] ends, Cuts cuts) {
        Told told = new Told();
        JsonReader reader = new JsonReader(SHAPE, told);
        int from = 0;
        for (int end : ends) {
            ByteBuf piece = cuts.buffer(document, from, end);
            reader.feed(piece, piece.readerIndex(), end - from);
            piece.release();
            from = end;
        }
        assertThat(reader.end()).isTrue();
        assertThat(cuts.unreleasedBytes()).isZero();
        return told.events();
    }

    private static void feed(JsonReader reader, byte[] document) {
        ByteBuf piece = Cuts.onHeap().buffer(document, 0, document.length);
        reader.feed(piece, piece.readerIndex(), document.length);
        piece.release();
    }

    /** Pieces of one value are joined, whatever the cuts. */
    private static final class Told implements JsonReader.Listener {
        private final List<String> events = new ArrayList<>();
        private final ByteArrayOutputStream text = new ByteArrayOutputStream();
        private int textId;

        List<String> events() {
            return events;
        }

        void clear() {
            events.clear();
            text.reset();
            textId = 0;
        }

        @Override
        public void onText(int id, byte[] bytes, int from, int to) {
            assertThat(textId == 0 || textId == id).isTrue();
            textId = id;
            text.write(bytes, from, to - from);
        }

        @Override
        public void onValue(int id, JsonReader value) {
            if (textId != 0) {
                assertThat(id).isEqualTo(textId);
                events.add(textId + ":" + text.toString(UTF_8));
                text.reset();
                textId = 0;
            }
            boolean container = switch (value.kind()) {
                case STRING, OBJECT, ARRAY -> true;
                case NULL, TRUE, FALSE, NUMBER -> false;
            };
            String shown = id == KEPT ? value.text() : value.kind().toString();
            events.add(id + "=" + shown + (container && value.isEmpty() ? "-" : ""));
        }
    }
}
