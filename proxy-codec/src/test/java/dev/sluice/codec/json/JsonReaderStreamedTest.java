package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.codec.Cuts;
import dev.sluice.codec.Wtf8;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Strings that are handed on while they arrive. */
final class JsonReaderStreamedTest {
    private static final int TEXT = 1;
    private static final int ITEM = 2;
    private static final int KEPT = 3;
    private static final int LIST = 4;
    private static final int ENTRY = 5;
    private static final int TREE = 6;

    private static final JsonShape SHAPE = JsonShape.path()
            .members(Map.of(
                    "text", JsonShape.streamed(TEXT).elements(JsonShape.streamed(ITEM)),
                    "kept", JsonShape.text(KEPT),
                    "list",
                            JsonShape.value(LIST)
                                    .announced()
                                    .elements(JsonShape.value(ENTRY).announced()),
                    "tree", JsonShape.tree(TREE)));

    @Test
    void handsOnTheTextBeforeItReportsTheValue() {
        assertThat(read("{\"text\":\"abc\",\"other\":\"no\",\"kept\":\"yes\"}"))
                .containsExactly("1:abc", "1=STRING", "3=yes");
        assertThat(read("{\"text\":[\"a\",{\"text\":\"no\"},\"\",[\"no\"],\"b\"]}"))
                .containsExactly("2:a", "2=STRING", "2=OBJECT", "2=STRING-", "2=ARRAY", "2:b", "2=STRING", "1=ARRAY");
        assertThat(read("{\"text\":null,\"text\":12}")).containsExactly("1=NULL", "1=NUMBER");
    }

    @Test
    void resolvesEscapesAndPairs() {
        assertThat(read("{\"text\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\\u00e9\\u96EA\\ud83c\\udfd4\"}"))
                .containsExactly("1:a\"\\/\b\f\n\r\tzé雪🏔", "1=STRING");
        assertThat(read("{\"text\":\"Grüße 雪山 🏔\"}")).containsExactly("1:Grüße 雪山 🏔", "1=STRING");
        assertThat(read("{\"te\\u0078t\":\"a\"}")).containsExactly("1:a", "1=STRING");
    }

    @Test
    void leavesHalfAPairWhatItIs() {
        assertThat(read("{\"text\":[\"\\uD83C\",\"\\uDFD4\",\"\\uD83C|\\uDFD4\",\"\\uD83C\\uD83C\\uDFD4\\n\"]}"))
                .containsExactly(
                        "2:\uD83C",
                        "2=STRING",
                        "2:\uDFD4",
                        "2=STRING",
                        "2:\uD83C|\uDFD4",
                        "2=STRING",
                        "2:\uD83C\uD83C\uDFD4\n",
                        "2=STRING",
                        "1=ARRAY");
    }

    @Test
    void keptTextBehindStreamedTextStillReplacesHalves() {
        assertThat(read("{\"text\":\"\\uD83C\",\"kept\":\"\\uDFD4\",\"k\\uD83Cept\":1}"))
                .containsExactly("1:\uD83C", "1=STRING", "3=\uFFFD");
    }

    @Test
    void aStringMayBeOfAnyLength() {
        String text = "naïve \\n ".repeat(40_000);
        byte[] document = ("{\"text\":\"" + text + "\"}").getBytes(UTF_8);
        List<String> found = read(document, new int[] {document.length}, Cuts.direct());
        assertThat(found).containsExactly("1:" + text.replace("\\n", "\n"), "1=STRING");
    }

    @Test
    void plainTextComesStraightFromTheBufferThatWasRead() {
        byte[] document = "{\"text\":\"plain\"}".getBytes(UTF_8);
        ByteBuf buffer = Cuts.onHeap().buffer(document, 0, document.length);
        List<byte[]> arrays = new ArrayList<>();
        JsonReader reader = new JsonReader(SHAPE, new JsonReader.Listener() {
            @Override
            public void onValue(int id, JsonReader value) {}

            @Override
            public void onText(int id, byte[] bytes, int from, int to) {
                arrays.add(bytes);
            }
        });
        reader.feed(buffer, buffer.readerIndex(), buffer.readableBytes());
        assertThat(arrays).containsExactly(buffer.array());
        buffer.release();
    }

    @Test
    void announcesTheBeginningOfAContainer() {
        assertThat(read("{\"list\":[{},1,[{}],{\"list\":[]}],\"list\":7}"))
                .containsExactly(
                        "4<ARRAY",
                        "5<OBJECT",
                        "5=OBJECT",
                        "5=NUMBER",
                        "5<ARRAY",
                        "5=ARRAY",
                        "5<OBJECT",
                        "5=OBJECT",
                        "4=ARRAY",
                        "4=NUMBER");
    }

    @Test
    void tellsEverythingOfATree() {
        assertThat(read("{\"no\":{\"tree\":1},\"tree\":{\"a\":[\"x\",{\"t\\u0065xt\":true}],\"\":null},\"no\":[1]}"))
                .containsExactly(
                        "6<OBJECT",
                        "6.a",
                        "6<ARRAY",
                        "6:x",
                        "6=STRING",
                        "6<OBJECT",
                        "6.text",
                        "6=TRUE",
                        "6=OBJECT",
                        "6=ARRAY",
                        "6.",
                        "6=NULL",
                        "6=OBJECT");
        assertThat(read("{\"tree\":\"x\",\"tree\":false}")).containsExactly("6:x", "6=STRING", "6=FALSE");
    }

    @Test
    void aTreeMayBeAsDeepAsADocument() {
        int depth = JsonPlace.MAX_DEPTH - 1;
        byte[] document = ("{\"tree\":" + "[".repeat(depth) + "]".repeat(depth) + "}").getBytes(UTF_8);
        List<String> found = read(document, new int[] {document.length}, Cuts.onHeap());
        assertThat(found).hasSize(2 * depth).startsWith("6<ARRAY").endsWith("6=ARRAY");
    }

    @Test
    void agreesWithJacksonOnWhatAStringSays() throws IOException {
        String[] parts = {
            "a",
            " the",
            "\\n",
            "\\\"",
            "\\u00e9",
            "é",
            "雪",
            "🏔",
            "\\uD83C",
            "\\uDFD4",
            "\\uD83C\\uDFD4",
            "\\u0000",
            "/"
        };
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            StringBuilder document = new StringBuilder("{\"text\":\"");
            for (int i = random.nextInt(12); i >= 0; i--) {
                document.append(parts[random.nextInt(parts.length)]);
            }
            byte[] bytes = document.append("\"}").toString().getBytes(UTF_8);
            int[] cut = Cuts.randomCut(random, bytes.length);
            assertThat(read(bytes, cut, random.nextBoolean() ? Cuts.direct() : Cuts.onHeap()))
                    .as("seed %d", seed)
                    .containsExactly("1:" + jacksonText(document.toString()), "1=STRING");
        }
    }

    private static String jacksonText(String document) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(document)) {
            while (parser.nextToken() != JsonToken.VALUE_STRING) {
                assertThat(parser.currentToken()).isNotNull();
            }
            return parser.getText();
        }
    }

    private static List<String> read(String document) {
        byte[] bytes = document.getBytes(UTF_8);
        List<String> whole = read(bytes, new int[] {bytes.length}, Cuts.onHeap());
        Cuts.forEachCut(bytes.length, 50, cut -> {
            assertThat(read(bytes, cut, Cuts.onHeap())).isEqualTo(whole);
            assertThat(read(bytes, cut, Cuts.direct())).isEqualTo(whole);
        });
        return whole;
    }

    private static List<String> read(byte[] document, int[] cut, Cuts cuts) {
        Told told = new Told();
        JsonReader reader = new JsonReader(SHAPE, told);
        int from = 0;
        for (int end : cut) {
            ByteBuf buffer = cuts.buffer(document, from, end);
            reader.feed(buffer, buffer.readerIndex(), buffer.readableBytes());
            buffer.release();
            from = end;
        }
        assertThat(reader.end()).isTrue();
        assertThat(cuts.unreleasedBytes()).isZero();
        return told.found;
    }

    /** Joins the pieces of each string. */
    private static final class Told implements JsonReader.Listener {
        private final List<String> found = new ArrayList<>();
        private final ByteArrayOutputStream text = new ByteArrayOutputStream();

        @Override
        public void onText(int id, byte[] bytes, int from, int to) {
            assertThat(to).isGreaterThan(from);
            text.write(bytes, from, to - from);
        }

        @Override
        public void onOpen(int id, JsonReader.Kind container) {
            found.add(id + "<" + container);
        }

        @Override
        public void onName(int id, byte[] bytes, int from, int to) {
            found.add(id + "." + new String(bytes, from, to - from, UTF_8));
        }

        @Override
        public void onValue(int id, JsonReader value) {
            if (text.size() > 0) {
                found.add(id + ":" + Wtf8.decode(text));
                text.reset();
            }
            boolean kept = id == KEPT;
            boolean emptyString = value.kind() == JsonReader.Kind.STRING && value.isEmpty();
            found.add(id + "=" + (kept ? value.text() : value.kind() + (emptyString ? "-" : "")));
        }
    }
}
