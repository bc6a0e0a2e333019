package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.codec.Wtf8;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonSliceTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | OBJECT | true",
                "`{ \n}` | OBJECT | true",
                "`{\"a\":1}` | OBJECT | false",
                "[] | ARRAY | true",
                "`[ ]` | ARRAY | true",
                "[0] | ARRAY | false",
                "`\"\"` | STRING | true",
                "`\" \"` | STRING | false",
                "true | BOOLEAN | false",
                "false | BOOLEAN | false",
                "null | NULL | false",
                "-12 | INTEGER | false",
                "1.0 | DECIMAL | false",
                "1e3 | DECIMAL | false",
                "1E3 | DECIMAL | false"
            })
    void knowsWhatItIs(String json, JsonKind kind, boolean empty) {
        JsonSlice slice = JsonSlice.raw(" \n" + json + "\t\r ");
        assertThat(slice.kind()).isEqualTo(kind);
        assertThat(slice.isEmpty()).isEqualTo(empty);
        assertThat(slice.isObject()).isEqualTo(kind == JsonKind.OBJECT);
        assertThat(slice.isArray()).isEqualTo(kind == JsonKind.ARRAY);
        assertThat(slice.isString()).isEqualTo(kind == JsonKind.STRING);
        assertThat(slice.isNull()).isEqualTo(kind == JsonKind.NULL);
        assertThat(slice.isTrue()).isEqualTo(json.equals("true"));
        assertThat(slice.isFalse()).isEqualTo(json.equals("false"));
        assertThat(slice.json()).isEqualTo(json);
        assertThat(slice.sizeBytes()).isEqualTo(json.length());
    }

    @Test
    void takesObjectsApart() {
        JsonSlice slice = JsonSlice.raw(
                "{ \"a\" : 1 ,\"b\\\"\\u0041\":[{\"a\":\"}\"},2], \"\":\"\\\\\",\"a\":{ } ,\"n\":null,\"w\":true}");
        assertThat(slice.members().stream().map(m -> m.name() + "=" + m.value().json()))
                .containsExactly("a=1", "b\"A=[{\"a\":\"}\"},2]", "=\"\\\\\"", "a={ }", "n=null", "w=true");
        assertThat(slice.member("a")).returns("{ }", JsonSlice::json);
        assertThat(slice.member("")).returns("\\", JsonSlice::text);
        assertThat(slice.member("n")).isNull();
        assertThat(slice.member("x")).isNull();
        assertThat(slice.elements()).isEmpty();
    }

    @Test
    void takesArraysApart() {
        JsonSlice slice = JsonSlice.raw("[ 1,-2.5e3 , \"a,\\\"]\",[],[[3]] ,{\"b\":[4]},null\n]");
        assertThat(slice.elements().stream().map(JsonSlice::json))
                .containsExactly("1", "-2.5e3", "\"a,\\\"]\"", "[]", "[[3]]", "{\"b\":[4]}", "null");
        assertThat(slice.members()).isEmpty();
        assertThat(JsonSlice.raw("[]").elements()).isEmpty();
        assertThat(JsonSlice.raw("{ }").members()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0, 0",
        "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, -9223372036854775808",
        "9223372036854775808, 7",
        "-9223372036854775809, 7",
        "123456789012345678901234567890, 7",
        "1.0, 7",
        "1e2, 7",
        "true, 7",
        "'\"5\"', 7"
    })
    void anIntegerHasAValueWhereALongCanHoldIt(String json, long value) {
        assertThat(JsonSlice.raw(json).longValue(7)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[1]                          | true",
                "[ -0.5e-3 ,\t2E+7,0 ]        | true",
                "[]                           | false",
                "[ ]                          | false",
                "[1,null]                     | false",
                "[1,true]                     | false",
                "[1,'2']                      | false",
                "[1,[2]]                      | false",
                "[{'e':1}]                    | false",
                "7                            | false",
                "{'0':1}                      | false",
                "'[1]'                        | false"
            })
    void knowsAnArrayOfNumbers(String json, boolean numbers) {
        assertThat(JsonSlice.raw(json.strip().replace('\'', '"')).isNumbers()).isEqualTo(numbers);
    }

    @Test
    void unescapesTexts() {
        JsonSlice slice = JsonSlice.raw("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00 é😀\"");
        assertThat(slice.text()).isEqualTo("\"\\/\b\f\n\r\té😀 é😀");
        assertThat(told(slice)).isEqualTo("\"\\/\b\f\n\r\té😀 é😀".getBytes(UTF_8));
        assertThat(JsonSlice.string("a\"\n\uD83D").json()).isEqualTo("\"a\\\"\\u000a\\ud83d\"");
        assertThat(Wtf8.decode(told(JsonSlice.raw("\"\\ud83d\"")))).isEqualTo("\uD83D");
    }

    @Test
    void givesABeginningOfAText() {
        JsonSlice slice = JsonSlice.raw("\"abc\\ndef\\u0041\"");
        assertThat(slice.text(0, 3)).isEqualTo("abc");
        assertThat(slice.text(1, 100)).isEqualTo("bc\ndefA");
        // Cut within an escape: what it would have been is left out.
        assertThat(slice.text(0, 4)).isEqualTo("abc");
        assertThat(slice.text(0, 12)).isEqualTo("abc\ndef");
    }

    @Test
    void comparesWithoutMakingATextOfIt() {
        JsonSlice slice = JsonSlice.raw("\"data:image\"");
        assertThat(slice.textStartsWith("data:")).isTrue();
        assertThat(slice.textStartsWith("data:image")).isTrue();
        assertThat(slice.textStartsWith("data:image\"")).isFalse();
        assertThat(slice.textStartsWith("Data:")).isFalse();
        assertThat(slice.textStartsWith("")).isTrue();
        assertThat(slice.textEquals("data:image")).isTrue();
        assertThat(slice.textEquals("data:")).isFalse();
        assertThat(JsonSlice.raw("12345").textStartsWith("234")).isFalse();
        assertThat(slice.indexInContent(':')).isEqualTo(4);
        assertThat(slice.indexInContent('"')).isEqualTo(-1);
        assertThat(JsonSlice.raw("\"\"").indexInContent('a')).isEqualTo(-1);
    }

    @Test
    void copiesTheContentOfAString() {
        ByteBuf out = Unpooled.buffer();
        JsonSlice slice = JsonSlice.raw("\"data:,a\\u0041b\"");
        slice.writeContentTo(out, 6);
        out.writeByte('|');
        slice.writeTo(out);
        assertThat(out.toString(UTF_8)).isEqualTo("a\\u0041b|\"data:,a\\u0041b\"");
    }

    @Test
    void onlyAStringHasAText() {
        assertThatThrownBy(() -> JsonSlice.raw("[1]").text())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the value is an array, not a string");
        assertThatThrownBy(() -> JsonSlice.raw("1").indexInContent('1')).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void saysNothingOfWhatTheCallerWrote() {
        assertThat(JsonSlice.raw("\"secret\"")).hasToString("JSON[8 bytes]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"a\":[1,-2.5e+3,0,-0,0.10,1E9,true,\"01\"]}", " [ ] ", "12", "-0.5", "\"01\"", "null", "1e-7"
            })
    void oneLegalValueIsChecked(String json) {
        assertThat(JsonSlice.checked(bytes(json))).returns(json.strip(), JsonSlice::json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{}{}",
                "{} x",
                "{\"a\":}",
                "[1,]",
                "'a'",
                "\"a",
                "\"\\x\"",
                "tru",
                "01",
                "[-]",
                "[1.]",
                "[.5]",
                "[1e]",
                "[1e+]",
                "[00]",
                "[-01]",
                "[1.2.3]",
                "[1-2]",
                "[+1]",
                "{\"a\":1ee1}",
                "[0x1]"
            })
    void anythingElseIsNoSlice(String json) {
        assertThat(JsonSlice.checked(bytes(json))).isNull();
    }

    @Test
    void agreesWithAParserOnRandomDocumentsInEveryKindOfMemory() throws IOException {
        long seed = Seeds.ofThisRun();
        Random random = new Random(seed);
        RandomJson json = new RandomJson(random);
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
        for (int round = 0; round < 500; round++) {
            byte[] document = (json.blank() + json.value(4) + json.blank()).getBytes(UTF_8);
            ByteBuf whole = allocator
                    .heapBuffer()
                    .writeMedium(0x222222)
                    .writeBytes(document)
                    .skipBytes(3);
            ByteBuf chain = Pieces.chain(allocator, document, Pieces.randomCuts(random, document.length));
            try (JsonParser parser = new JsonFactory().createParser(document)) {
                StringBuilder expected = new StringBuilder();
                parser.nextToken();
                describe(parser, expected);
                for (ByteBuf buffer : new ByteBuf[] {whole, chain}) {
                    JsonSlice slice = JsonSlice.checked(buffer);
                    assertThat(slice).as("seed %d", seed).isNotNull();
                    StringBuilder actual = new StringBuilder();
                    describe(slice, actual);
                    assertThat(actual.toString()).as("seed %d", seed).isEqualTo(expected.toString());
                }
            } finally {
                whole.release();
                chain.release();
            }
        }
        assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory())
                .isZero();
    }

    private static void describe(JsonParser parser, StringBuilder out) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                out.append('{');
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    out.append('<').append(parser.currentName()).append('>');
                    parser.nextToken();
                    describe(parser, out);
                }
                out.append('}');
            }
            case START_ARRAY -> {
                out.append('[');
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    describe(parser, out);
                }
                out.append(']');
            }
            case VALUE_STRING -> out.append("s<").append(parser.getText()).append('>');
            default -> out.append("w<").append(parser.getText()).append('>');
        }
    }

    private static void describe(JsonSlice slice, StringBuilder out) {
        switch (slice.kind()) {
            case OBJECT -> {
                out.append('{');
                for (JsonSlice.Member member : slice.members()) {
                    out.append('<').append(member.name()).append('>');
                    describe(member.value(), out);
                }
                out.append('}');
            }
            case ARRAY -> {
                out.append('[');
                slice.elements().forEach(element -> describe(element, out));
                out.append(']');
            }
            case STRING -> {
                String text = slice.text();
                assertThat(new String(told(slice), UTF_8)).isEqualTo(text);
                out.append("s<").append(text).append('>');
            }
            case INTEGER, DECIMAL, BOOLEAN, NULL ->
                out.append("w<").append(slice.json()).append('>');
        }
    }

    private static byte[] told(JsonSlice slice) {
        ByteBuf told = Unpooled.buffer();
        slice.tellText(new JsonReader.Listener() {
            @Override
            public void onValue(int id, JsonReader value) {}

            @Override
            public void onText(int id, byte[] bytes, int from, int to) {
                told.writeBytes(bytes, from, to - from);
            }
        });
        return ByteBufUtil.getBytes(told);
    }

    private static ByteBuf bytes(String json) {
        return Unpooled.copiedBuffer(json, UTF_8);
    }
}
