package dev.sluice.gateway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLineTest {
    private static final byte[] NAME = JsonLine.ascii("n");

    private final JsonLine line = new JsonLine(8);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "quote\" backslash\\ slash/",
                "tab\t newline\n return\r null\0 escape\u001b delete\u007f",
                "next line\u0085 separator\u2028",
                "ümlaut, 漢字, \uD83D\uDE00 and \uD83D\uDC69\u200D\uD83D\uDE80"
            })
    void readsBackAsItWasWritten(String text) throws IOException {
        assertThat(readBack(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83D", "\uDE00", "a\uD83Db", "\uDE00\uD83D", "end\uD83D"})
    void showsLoneSurrogatesAsReplacementCharacters(String text) throws IOException {
        assertThat(readBack(text)).isEqualTo(text.replace("\uD83D", "\ufffd").replace("\uDE00", "\ufffd"));
    }

    @Test
    void keepsControlCharactersOutOfTheLine() {
        begin().text(NAME, "a\nb\rc\u001b[2Jd\u009be");
        line.end();

        assertThat(whole()).isEqualTo("{\"n\":\"a\\u000ab\\u000dc\\u001b[2Jd\\u009be\"}\n");
    }

    @Test
    void cutsLongTextsEvenInTheMiddleOfAPair() throws IOException {
        String text = "x".repeat(JsonLine.MAX_TEXT - 1) + "\uD83D\uDE00";

        assertThat(readBack(text)).isEqualTo("x".repeat(JsonLine.MAX_TEXT - 1) + "\ufffd");
    }

    @Test
    void anyStringBecomesOneValidLine() throws IOException {
        Random random = new Random(20_261_121);
        for (int round = 0; round < 5_000; round++) {
            char[] chars = new char[random.nextInt(40)];
            for (int i = 0; i < chars.length; i++) {
                chars[i] = (char) random.nextInt(0x1_0000);
            }
            readBack(new String(chars));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 7, -1, 10, 1_234_567_890L, Long.MAX_VALUE, Long.MIN_VALUE})
    void writesEveryLong(long value) {
        begin().number(NAME, value);
        line.end();

        assertThat(whole()).isEqualTo("{\"n\":" + value + "}\n");
    }

    @Test
    void writesNanosecondsAsMillisecondsWithThreeDecimals() {
        begin().millis(NAME, 12_345_678_999L);
        line.millis(NAME, 1_999);
        line.end();

        assertThat(whole()).isEqualTo("{\"n\":12345.678,\"n\":0.001}\n");
    }

    @Test
    void writesInstantsAcrossSeconds() {
        begin().time(NAME, 1_790_000_000_007L);
        line.time(NAME, 1_790_000_000_999L);
        line.time(NAME, 1_790_000_001_000L);
        line.end();

        assertThat(whole())
                .isEqualTo("{\"n\":\"2026-09-21T14:13:20.007Z\",\"n\":\"2026-09-21T14:13:20.999Z\","
                        + "\"n\":\"2026-09-21T14:13:21.000Z\"}\n");
    }

    @Test
    void leavesAbsentTextsOut() {
        begin().text(NAME, null);
        line.bool(NAME, false);
        line.bool(NAME, true);
        line.end();

        assertThat(whole()).isEqualTo("{\"n\":false,\"n\":true}\n");
    }

    private JsonLine begin() {
        line.clear();
        line.begin();
        return line;
    }

    private String whole() {
        return new String(line.bytes(), 0, line.length(), StandardCharsets.UTF_8);
    }

    private @Nullable String readBack(String text) throws IOException {
        begin().text(NAME, text);
        line.end();
        assertThat(whole().indexOf('\n')).isEqualTo(whole().length() - 1);
        StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(line.bytes(), 0, line.length()));
        try (JsonParser parser = new JsonFactory().createParser(line.bytes(), 0, line.length())) {
            assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            assertThat(parser.nextFieldName()).isEqualTo("n");
            String value = parser.nextTextValue();
            assertThat(parser.nextToken()).isEqualTo(JsonToken.END_OBJECT);
            assertThat(parser.nextToken()).isNull();
            return value;
        }
    }
}
