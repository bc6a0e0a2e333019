package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerRefusalTest {
    private final UnpooledByteBufAllocator allocator =
            new UnpooledByteBufAllocator(/* preferDirect= */ true, /* disableLeakDetector= */ true);

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"a\":1]|unexpected ']' at byte offset 6",
                "{\"a\" 1}|unexpected '1' at byte offset 5",
                "{\"a\":1 \"b\":2}|unexpected '\"' at byte offset 7",
                "{\"a\":1,}|a closing bracket behind a comma or colon at byte offset 7",
                "{\"a\": }|a closing bracket behind a comma or colon at byte offset 6",
                "{,}|unexpected ',' at byte offset 1",
                "{'a':1}|unexpected ''' at byte offset 1",
                "{a:1}|unexpected 'a' at byte offset 1",
                "{\"a\":[1, ]}|a closing bracket behind a comma or colon at byte offset 9",
                "{\"a\":01}|unexpected '1' at byte offset 6",
                "{\"a\":+1}|unexpected '+' at byte offset 5",
                "{\"a\":.5}|unexpected '.' at byte offset 5",
                "{\"a\":1.}|unexpected '}' at byte offset 7",
                "{\"a\":1e}|unexpected '}' at byte offset 7",
                "{\"a\":-}|unexpected '}' at byte offset 6",
                "{\"a\":NaN}|unexpected",
                "{\"a\":nul}|unexpected",
                "{\"a\":trueish}|unexpected",
                "{\"a\":1} x|'x' behind the end of the object at byte offset 8",
                "{\"a\":1}{}|'{' behind the end of the object at byte offset 7",
                "{\"a\":\"\\x\"}|an escape that JSON does not know at byte offset 7",
                "{\"a\":\"\\u12g4\"}|an escape \\u without four hexadecimal digits at byte offset 10",
                "{\"a\":1 /* no */}|unexpected '/' at byte offset 7",
            })
    void refusesWhatIsNoJson(String body, String message) {
        assertThat(refusal(body.getBytes(UTF_8)))
                .startsWith("The request body is not valid JSON: ")
                .contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[1]|must be a JSON object; it begins with '[' at byte offset 0",
                "~  \"x\"~|must be a JSON object; it begins with '\"' at byte offset 2",
                "17|must be a JSON object; it begins with '1' at byte offset 0",
                "\uFEFF{}|must be a JSON object; it begins with a byte order mark at byte offset 0",
                "~~|must be a JSON object; it is empty (0 bytes)",
                "~ \n~|must be a JSON object; it is empty (2 bytes)",
                "{|ends at byte offset 1, before its JSON object is complete",
                "{\"a\":tru|ends at byte offset 8, before its JSON object is complete",
                "{\"a\":\"x|ends at byte offset 7, before its JSON object is complete",
                "{\"a\":[{}]|ends at byte offset 9, before its JSON object is complete",
            })
    void refusesWhatIsNoObjectOrNoneYet(String body, String message) {
        assertThat(refusal(body.getBytes(UTF_8)))
                .startsWith("The request body ")
                .contains(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "C0 AF",
                "C1 81",
                "E0 80 AF",
                "E0 9F BF",
                "ED A0 80",
                "ED BF BF",
                "F0 80 80 AF",
                "F4 90 80 80",
                "F5 80 80 80",
                "80",
                "BF",
                "FF",
                "C3",
                "E4 B8",
                "F0 9F 98",
                "C3 28",
                "E4 28 AD",
                "F0 9F 28 80"
            })
    void refusesIllFormedUtf8InShortAndInWithheldStrings(String hex) {
        for (int length : new int[] {0, 9, JsonLimits.WHOLE_STRING_BYTES + 100}) {
            ByteBuf body = Unpooled.copiedBuffer("{\"a\":[\"" + "x".repeat(length), UTF_8);
            for (String octet : hex.split(" ", -1)) {
                body.writeByte(Integer.parseInt(octet, 16));
            }
            body.writeCharSequence("\"]}", UTF_8);
            assertThat(refusal(bytesOf(body))).contains("UTF-8 character");
        }
    }

    @Test
    void refusesBytesThatAreNoCharactersInNames() {
        assertThat(refusal(new byte[] {'{', '"', (byte) 0xC0, (byte) 0x80, '"', ':', '1', '}'}))
                .contains("a byte that begins no UTF-8 character at byte offset 2");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, JsonLimits.WHOLE_STRING_BYTES + 100})
    void refusesControlCharactersInStrings(int length) {
        String start = "{\"a\":[\"" + "x".repeat(length);
        assertThat(refusal((start + "\n\"]}").getBytes(UTF_8)))
                .contains("an unescaped control character in a string at byte offset " + start.length());
        assertThat(refusal((start + "\\u00e\"]}").getBytes(UTF_8)))
                .contains("four hexadecimal digits at byte offset " + (start.length() + 5));
    }

    @Test
    void namesTheFirstErrorAlsoWhenTheWalkAheadFindsALaterOne() {
        assertThat(refusal("{\"a\":1]\"\\x\"".getBytes(UTF_8))).contains("unexpected ']' at byte offset 6");
        assertThat(refusal("{} \"\\x\"".getBytes(UTF_8)))
                .contains("'\"' behind the end of the object at byte offset 3");
    }

    @Test
    void limitsNesting() throws Exception {
        JsonLimits five = new JsonLimits(5);
        String fits = "{\"a\":[[{\"b\":[\"x\"]}]]}";
        try (JsonScanner scanner = new JsonScanner(five, new Recorder(fits.getBytes(UTF_8)))) {
            Pieces.feed(allocator, fits.getBytes(UTF_8), scanner::feed);
            scanner.end();
            assertThat(scanner.nestedTextBytes()).isEqualTo(1);
        }
        String tooDeep = "{\"a\":[[[[[\"x\"]]]]]}";
        try (JsonScanner scanner = new JsonScanner(five, new Recorder(tooDeep.getBytes(UTF_8)))) {
            assertThatThrownBy(() -> Pieces.feed(allocator, tooDeep.getBytes(UTF_8), scanner::feed))
                    .hasMessageContaining("more than 5 objects and arrays within each other at byte offset 9");
        }
        int most = JsonLimits.DEFAULT.depth() - 1;
        assertThat(nestedTextBytes("{\"a\":" + "[".repeat(most) + "\"x\"" + "]".repeat(most) + "}"))
                .isEqualTo(1);
        assertThat(refusal(("{\"a\":" + "[".repeat(100_000)).getBytes(UTF_8))).contains("more than 64 objects");
        assertThatThrownBy(() -> new JsonLimits(0)).hasMessageContaining("1 to 1000, not 0");
    }

    @Test
    void limitsNumbersWithoutCollectingThem() throws Exception {
        assertThat(nestedTextBytes("{\"a\":" + "9".repeat(64) + "}")).isZero();
        assertThat(nestedTextBytes("{\"a\":[" + "9".repeat(64) + "," + "8".repeat(64) + "]}"))
                .isZero();
        assertThat(refusal(("{\"a\":" + "9".repeat(65) + "}").getBytes(UTF_8)))
                .contains("a number of more than 64 characters at byte offset 69");
        assertThat(refusal(("{\"a\":-1." + "9".repeat(9_000)).getBytes(UTF_8)))
                .contains("a number of more than 64 characters at byte offset 69");
    }

    @Test
    void limitsNames() throws Exception {
        int most = JsonLimits.WHOLE_STRING_BYTES;
        for (String before : List.of("{", "{\"a\":1,", "{\"a\":{", "{\"a\":[{\"b\":[],")) {
            String longest = before + "\"" + "k".repeat(most) + "\":1";
            assertThat(refusal(longest.getBytes(UTF_8))).contains("before its JSON object is complete");
            String longer = before + "\"" + "k".repeat(most + 1) + "\":1";
            assertThat(refusal(longer.getBytes(UTF_8)))
                    .contains("a member name of more than 1536 bytes at byte offset " + (before.length() + 1 + most));
        }
        assertThat(events("{\"" + "k".repeat(most) + "\":\"" + "v".repeat(most) + "\"}"))
                .contains("1 " + "k".repeat(most), "1 STRING \"" + "v".repeat(most) + "\"");
    }

    private List<String> events(String body) throws JsonSyntaxException {
        Recorder recorder = new Recorder(body.getBytes(UTF_8));
        scan(body.getBytes(UTF_8), recorder);
        return recorder.events();
    }

    private long nestedTextBytes(String body) throws JsonSyntaxException {
        return scan(body.getBytes(UTF_8), new Recorder(body.getBytes(UTF_8)));
    }

    private long scan(byte[] body, Recorder recorder, int... cuts) throws JsonSyntaxException {
        try (JsonScanner scanner = new JsonScanner(JsonLimits.DEFAULT, recorder)) {
            Pieces.feed(allocator, body, scanner::feed, cuts);
            scanner.end();
            return scanner.nestedTextBytes();
        }
    }

    /**
     * The message with which a body is refused, which must be the same for all ways to cut it; but for the place of
     * what the parser did not expect, as it looks ahead where it can.
     */
    private String refusal(byte[] body) {
        @Nullable String message = null;
        for (int cut = 0; cut <= body.length; cut += Math.max(1, body.length / 50)) {
            int at = cut;
            Throwable refused =
                    org.assertj.core.api.Assertions.catchThrowable(() -> scan(body, new Recorder(body), at));
            assertThat(refused).as("cut at %s", cut).isInstanceOf(JsonSyntaxException.class);
            assertThat(refused.getStackTrace()).isEmpty();
            if (message == null) {
                message = refused.getMessage();
            }
            assertThat(withoutPlace(refused.getMessage())).as("cut at %s", cut).isEqualTo(withoutPlace(message));
        }
        return String.valueOf(message);
    }

    private static String withoutPlace(@Nullable String message) {
        return String.valueOf(message).replaceFirst("unexpected .*", "unexpected");
    }

    private static byte[] bytesOf(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes).release();
        return bytes;
    }
}
