package dev.sluice.gateway.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldParserTest {
    private final FieldLines fields = new FieldLines();

    private boolean parses(String lines) {
        // Something on both sides, which is not to be looked at.
        ByteBuf in = Unpooled.copiedBuffer("x\r\n" + lines + "\r\n: y", ISO_8859_1);
        boolean parsed = FieldParser.parse(in, 3, 3 + lines.length(), fields);
        assertThat(in.readerIndex()).isZero();
        assertThat(in.readableBytes()).isEqualTo(lines.length() + 8);
        return parsed;
    }

    private String written() {
        ByteBuf out = Unpooled.buffer();
        fields.writeTo(out);
        assertThat(out.readableBytes()).isEqualTo(fields.byteSize());
        return out.toString(ISO_8859_1);
    }

    @Test
    void linesAreKeptAsTheyCame() {
        assertThat(parses("Host: a\r\nX-Y: b c\t d\r\nx: \u00e4\u00ff\r\nempty: \r\n"))
                .isTrue();

        assertThat(written()).isEqualTo("Host: a\r\nX-Y: b c\t d\r\nx: \u00e4\u00ff\r\nempty: \r\n");
        assertThat(fields.get("host")).isEqualTo("a");
        assertThat(fields.get("x-y")).isEqualTo("b c\t d");
        assertThat(fields.get("x")).isEqualTo("\u00e4\u00ff");
        assertThat(fields.get("empty")).isEmpty();
        assertThat(fields.size()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({"'a:b'", "'a:  b'", "'a:\tb'", "'a: b '", "'a: b\t '", "'a: \t b \t'", "'a:b '"})
    void blanksAroundAValueAreNoPartOfIt(String line) {
        assertThat(parses("first: 1\r\n" + line + "\r\nlast: 2\r\n")).isTrue();

        assertThat(written()).isEqualTo("first: 1\r\na: b\r\nlast: 2\r\n");
        assertThat(fields.get("a")).isEqualTo("b");
        assertThat(fields.get("last")).isEqualTo("2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:\r\n", "a: \r\n", "a:   \r\n", "a:\t\r\n"})
    void aValueMayBeEmpty(String line) {
        assertThat(parses(line)).isTrue();
        assertThat(written()).isEqualTo("a: \r\n");
    }

    @Test
    void noLinesAreNoFields() {
        assertThat(parses("")).isTrue();
        assertThat(fields.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ": b\r\n",
                "a\r\n",
                "a b: c\r\n",
                "a : b\r\n",
                " a: b\r\n",
                "\ta: b\r\n",
                "a: b\n",
                "a: b\r",
                "a: b",
                "a: b\r\r\n",
                "a: b\rc\r\n",
                "a: b\nc\r\n",
                "\u00e4: b\r\n",
                "a\u0000: b\r\n",
                "\r\n",
                "a:\u0000\r\n",
                "a(: b\r\n",
                "a/: b\r\n",
                "a",
                ":",
                "a:"
            })
    void whatIsNoFieldIsRefusedWithThoseInFrontOfIt(String line) {
        assertThat(parses("first: 1\r\n" + line)).isFalse();

        assertThat(written()).isEqualTo("first: 1\r\n");
    }

    @Test
    void everyByteIsAllowedOrNotWhereverItStands() {
        for (int b = 0; b < 256; b++) {
            boolean allowed = b == '\t' || (b >= ' ' && b != 0x7f);
            for (int before = 0; before < 20; before++) {
                fields.clear();
                String value = "v".repeat(before) + (char) b + "w".repeat(before / 2) + "e";
                assertThat(parses("a:v" + value + "\r\nb: 1\r\n"))
                        .as("byte %d behind %d others", b, before)
                        .isEqualTo(allowed);
                assertThat(allowed ? fields.get("a") : "v" + value).isEqualTo("v" + value);
            }
        }
    }

    @Test
    void everyByteIsAllowedOrNotInAName() {
        for (int b = 0; b < 256; b++) {
            fields.clear();
            boolean token = Character.isLetterOrDigit(b) && b < 128 || (b != 0 && "!#$%&'*+-.^_`|~".indexOf(b) >= 0);
            // A colon ends the name; what follows is the value.
            assertThat(parses("x" + (char) b + "y: 1\r\n")).as("byte %d", b).isEqualTo(token || b == ':');
        }
    }

    @Test
    void whatIsReceivedIsAddedToWhatIsThere() {
        fields.add("a", "1");
        assertThat(parses("b: 2\r\nc:3\r\n")).isTrue();
        fields.add("d", "4");
        assertThat(parses("e: 5\r\n")).isTrue();

        assertThat(written()).isEqualTo("a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\n");
    }

    @Test
    void manyLinesInAnyShapeAreReadAsTheyWereMeant() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 2_000; round++) {
            fields.clear();
            StringBuilder lines = new StringBuilder();
            StringBuilder meant = new StringBuilder();
            int count = random.nextInt(40);
            for (int i = 0; i < count; i++) {
                String name = "n".repeat(1 + random.nextInt(20)) + i;
                String value = "v \u00e9".repeat(random.nextInt(30)) + "v";
                boolean plain = random.nextInt(20) > 0;
                lines.append(name).append(plain ? ": " : ":").append(value).append("\r\n");
                meant.append(name).append(": ").append(value).append("\r\n");
            }

            assertThat(parses(lines.toString())).isTrue();
            assertThat(written()).isEqualTo(meant.toString());
            assertThat(fields.size()).isEqualTo(count);
        }
    }
}
