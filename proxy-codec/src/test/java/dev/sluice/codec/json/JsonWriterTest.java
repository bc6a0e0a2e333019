package dev.sluice.codec.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
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
}
