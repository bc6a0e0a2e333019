package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerTest {
    private final UnpooledByteBufAllocator allocator =
            new UnpooledByteBufAllocator(/* preferDirect= */ true, /* disableLeakDetector= */ true);

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
                .isZero();
    }

    @Test
    void tellsMembersOfTheRootAndOfItsObjects() throws Exception {
        String body = """
                {"a":"x","b" : [1,{"deep":2}] ,
                 "c"\t:{"d":true,"e" :\tnull , "f":{"deep":[]},"g":[]}, "h":-1.50,"i":12,"j":false, "k":{ } }
                """;
        assertThat(events(body))
                .containsExactly(
                        "1 a",
                        "1 STRING \"x\"",
                        "1 b",
                        "1 ARRAY [",
                        "1 c",
                        "1 OBJECT {",
                        "2 d",
                        "2 BOOLEAN true",
                        "2 e",
                        "2 NULL null",
                        "2 f",
                        "2 OBJECT {",
                        "2 g",
                        "2 ARRAY [",
                        "2 end ]|}",
                        "1 h",
                        "1 DECIMAL -",
                        "1 i",
                        "1 INTEGER 1",
                        "1 j",
                        "1 BOOLEAN false",
                        "1 k",
                        "1 OBJECT {",
                        "2 end of none {| }",
                        "1 end }| }");
    }

    @Test
    void seesTheSameWhereverTheBodyIsCut() throws Exception {
        String body = """
                 {"mod\\u0065l"\s
                :\t"gpt\\"-\\ud83d\\ude00 é中😀" , "s":{"u" : false , "v":null
                },\r
                "n":[1.0,-2e21 ,"é\\n中"],"e":{}, "t" :true\s
                }\s
                """;
        byte[] bytes = body.getBytes(UTF_8);
        List<String> whole = events(body);
        assertThat(whole).contains("1 model", "2 v");
        for (int i = 0; i <= bytes.length; i++) {
            for (int j = i; j <= bytes.length; j += 7) {
                Recorder cut = new Recorder(body.getBytes(UTF_8));
                scan(bytes, cut, i, j);
                assertThat(cut.events()).as("cut at %s and %s", i, j).isEqualTo(whole);
            }
        }
        Recorder bytewise = new Recorder(body.getBytes(UTF_8));
        try (JsonScanner scanner = new JsonScanner(JsonLimits.DEFAULT, bytewise)) {
            Pieces.feedBytewise(allocator, bytes, scanner::feed);
            scanner.end();
        }
        assertThat(bytewise.events()).isEqualTo(whole);
    }

    @Test
    void readsChainsOfBuffersAndLeavesIndicesAlone() throws Exception {
        String body = "{\"a\": \"" + "x".repeat(5_000) + "\",\"b\":null}";
        ByteBuf chain = Pieces.chain(allocator, ("??" + body + "??").getBytes(UTF_8), 1, 5, 5, 900, 4_000);
        chain.setIndex(2, chain.writerIndex() - 2);
        Recorder recorder = new Recorder(body.getBytes(UTF_8));
        try (JsonScanner scanner = new JsonScanner(JsonLimits.DEFAULT, recorder)) {
            scanner.feed(chain);
            scanner.end();
        }
        assertThat(recorder.events()).containsExactly("1 a", "1 STRING (5000)", "1 b", "1 NULL null", "1 end l|}");
        assertThat(chain.readerIndex()).isEqualTo(2);
        assertThat(chain.writerIndex()).isEqualTo(body.length() + 2);
        chain.release();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"x", "é", "中", "😀", "\\n", "\\\\", "\\\"", "\\u0041", "\\u00e9", "\\u4e2d", "\\ud83d\\ude00"})
    void measuresStringsOfAnyLengthWhereverTheyAreCut(String character) throws Exception {
        int sizeOfOne = character.startsWith("\\")
                ? switch (character.length()) {
                    case 2 -> 1;
                    case 12 -> 4;
                    default -> character.equals("\\u0041") ? 1 : character.equals("\\u00e9") ? 2 : 3;
                }
                : character.getBytes(UTF_8).length;
        int times = JsonLimits.WHOLE_STRING_BYTES / character.getBytes(UTF_8).length;
        for (int more = -1; more < 8; more++) {
            String text = character.repeat(times + more);
            for (String shift : List.of("", "a", "ab", "abc")) {
                String body = "{\"m\":[\"" + shift + text + "\"],\"after\":\"ok\"}";
                long expected = shift.length() + (long) sizeOfOne * (times + more);
                byte[] bytes = body.getBytes(UTF_8);
                for (int cut = bytes.length - 60; cut <= bytes.length; cut += more == 3 ? 1 : 59) {
                    Recorder recorder = new Recorder(body.getBytes(UTF_8));
                    assertThat(scan(bytes, recorder, cut))
                            .as("%s, cut at %s", body, cut)
                            .isEqualTo(expected);
                    assertThat(recorder.events()).contains("1 after", "1 STRING \"ok\"", "1 end \"|}");
                }
            }
        }
    }

    @Test
    void countsAPairOfSurrogatesAsOneCharacterAndALoneOneAsHalf() throws Exception {
        assertThat(nestedTextBytes("{\"m\":[\"\\ud83d\\ude00\"]}")).isEqualTo(4);
        assertThat(nestedTextBytes("{\"m\":[\"\\ud83d\"]}")).isEqualTo(2);
    }

    @Test
    void measuresOnlyStringValuesBelowTheTop() throws Exception {
        assertThat(
                        nestedTextBytes(
                                "{\"top\":\"1234\",\"m\":[\"ab\",{\"key\":\"c\",\"k\":[[\"é\"]]},7,true],\"o\":{\"key\":\"d\"}}"))
                .isEqualTo(2 + 1 + 2 + 1);
    }

    @Test
    void keepsHeapBoundedHoweverLongAStringIs() throws Exception {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        ByteBuf piece =
                allocator.directBuffer().writeBytes("iVBORw0KGgo=".repeat(5_000).getBytes(UTF_8));
        byte[] head = "{\"messages\":[{\"content\":\"".getBytes(UTF_8);
        long allocated = Long.MAX_VALUE;
        // The first round also loads classes.
        for (int round = 0; round < 2; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            try (JsonScanner scanner = new JsonScanner(JsonLimits.DEFAULT, new Recorder(head))) {
                Pieces.feed(allocator, head, scanner::feed);
                for (int i = 0; i < 300; i++) {
                    scanner.feed(piece);
                }
                assertThat(scanner.nestedTextBytes()).isZero();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(piece.readableBytes() * 300L).isEqualTo(18_000_000);
        assertThat(allocated).isLessThan(100_000);
        assertThat(piece.release()).isTrue();
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
}
