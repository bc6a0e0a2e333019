package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class JsonWriterTest {

    @Test
    void writesNestedDocumentsWithCommasBetween() {
        String json = new JsonWriter()
                .beginObject()
                .name("a")
                .string("x")
                .name("b")
                .beginArray()
                .number(1)
                .beginObject()
                .endObject()
                .string(null)
                .endArray()
                .name("c")
                .number(-2)
                .endObject()
                .toString();
        assertThat(json).isEqualTo("{\"a\":\"x\",\"b\":[1,{},null],\"c\":-2}");
    }

    @Test
    void everyCharacterSurvivesTheWayThroughAParser() throws IOException {
        StringBuilder all = new StringBuilder();
        for (int c = 0; c <= 0xFFFF; c++) {
            if (!Character.isSurrogate((char) c)) {
                all.append((char) c);
            }
        }
        all.append("🏔");
        String json = new JsonWriter().string(all.toString()).toString();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            assertThat(parser.getText()).isEqualTo(all.toString());
        }
    }

    @Test
    void halfASurrogatePairIsReplaced() {
        assertThat(new JsonWriter().string("a\uD83C").toString()).isEqualTo("\"a\\ud83c\"");
        assertThat(new JsonWriter().string("\uDFD4b").toString()).isEqualTo("\"\\udfd4b\"");
    }

    @Test
    void writesNumbersOfEveryLength() {
        JsonWriter json = new JsonWriter().beginArray();
        StringBuilder expected = new StringBuilder("[");
        long number = 1;
        for (int digits = 1; digits <= 19; digits++) {
            for (long value : new long[] {number, number - 1, number * 9 / 10 + number}) {
                json.number(value).number(-value);
                expected.append(value).append(',').append(-value).append(',');
            }
            number = digits < 19 ? number * 10 : number;
        }
        json.number(Long.MAX_VALUE).number(Long.MIN_VALUE).endArray();
        expected.append(Long.MAX_VALUE).append(',').append(Long.MIN_VALUE).append(']');
        assertThat(json.toString()).isEqualTo(expected.toString());
    }

    @Test
    void everyByteOfTextSurvivesTheWayThroughAParser() throws IOException {
        StringBuilder all = new StringBuilder();
        for (int c = 0; c <= 0xFFFF; c++) {
            if (!Character.isSurrogate((char) c)) {
                all.append((char) c);
            }
        }
        all.append("🏔");
        byte[] utf8 = all.toString().getBytes(UTF_8);
        JsonWriter json =
                new JsonWriter().beginString().text(utf8, 0, utf8.length).endString();
        try (JsonParser parser = new JsonFactory().createParser(json.toString())) {
            parser.nextToken();
            assertThat(parser.getText()).isEqualTo(all.toString());
        }
    }

    @Test
    void halvesOfPairsInBytesAreEscapesAndTheirNeighboursAreNot() {
        String hex = "61" + "eda0bc" + "62" + "edbf94" + "ed9fbf" + "ee8080" + "63" + "eda0bc";
        byte[] wtf8 = HexFormat.of().parseHex(hex);
        String json = new JsonWriter()
                .beginString()
                .text(wtf8, 0, wtf8.length)
                .endString()
                .toString();
        assertThat(json).isEqualTo("\"a\\ud83cb\\udfd4\uD7FF\uE000c\\ud83c\"");
    }

    @Test
    void aStringMayComeInPiecesOfAllKinds() {
        byte[] bytes = "b\n".getBytes(UTF_8);
        String json = new JsonWriter()
                .beginArray()
                .beginString()
                .text("a\"")
                .text(bytes, 0, bytes.length)
                .text(JsonSlice.raw("\"c\\u0041\""))
                .text(JsonSlice.raw("\"data:,d\""), 6)
                .endString()
                .string("e")
                .endArray()
                .toString();
        assertThat(json).isEqualTo("[\"a\\\"b\\nc\\u0041d\",\"e\"]");
    }

    @Test
    void copiesWhatIsJsonAlready() {
        String json = new JsonWriter()
                .beginObject()
                .name("a")
                .slice(JsonSlice.raw("{\"x\" : 1.0}"))
                .name("b")
                .raw("[1e21]")
                .name("c")
                .bool(true)
                .name("d")
                .nullValue()
                .endObject()
                .toString();
        assertThat(json).isEqualTo("{\"a\":{\"x\" : 1.0},\"b\":[1e21],\"c\":true,\"d\":null}");
    }

    @Test
    void wrapsJsonIntoAStringAndTakesItOutAgain() {
        String inner = "{\"a\\n\" : [1.0, \"\\ud83d é 😀 \\\"\"]}";
        String wrapped = new JsonWriter().wrapped(JsonSlice.raw(inner)).toString();
        assertThat(JsonSlice.raw(wrapped).text()).isEqualTo(inner);
        String unwrapped = new JsonWriter()
                .beginArray()
                .number(1)
                .unwrapped(JsonSlice.raw(wrapped))
                .number(2)
                .endArray()
                .toString();
        assertThat(unwrapped).isEqualTo("[1," + inner + ",2]");
    }

    @Test
    void halfAPairInWrappedJsonIsAnEscapeWhenItIsTakenOut() {
        String unwrapped = new JsonWriter()
                .unwrapped(JsonSlice.raw("\"{\\\"a\\\":\\\"x\\ud83dy\\ud83c\\udfd4\\\"}\""))
                .toString();
        assertThat(unwrapped).isEqualTo("{\"a\":\"x\\ud83dy🏔\"}");
    }

    @Test
    void anotherDocumentBeginsWithoutAComma() {
        ByteBuf first = Unpooled.buffer();
        ByteBuf second = Unpooled.buffer();
        JsonWriter json = new JsonWriter(first).beginArray().number(1).endArray();
        json.reset(second).string("a");
        assertThat(first.toString(UTF_8)).isEqualTo("[1]");
        assertThat(second.toString(UTF_8)).isEqualTo("\"a\"");
    }
}
