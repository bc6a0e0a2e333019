package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Base64;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Hostile bytes: random bodies, most of them damaged. Jackson's blocking parser and the JDK's
 * UTF-8 decoder say which of them are JSON; the scanner must agree, however the body is cut.
 */
class JsonScannerFuzzTest {
    private static final int BODIES = Integer.getInteger("fuzz.bodies", 30_000);

    private static final JsonFactory ORACLE = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(64).build())
            .build();

    private final UnpooledByteBufAllocator allocator =
            new UnpooledByteBufAllocator(/* preferDirect= */ true, /* disableLeakDetector= */ true);

    @Test
    void acceptsExactlyWhatABlockingParserAccepts() {
        long seed = Seeds.ofThisRun();
        SplittableRandom seeds = new SplittableRandom(seed);
        int accepted = 0;
        for (int i = 0; i < BODIES; i++) {
            SplittableRandom random = seeds.split();
            RandomJson json = new RandomJson(random);
            byte[] body = (json.blank() + json.object(5) + json.blank()).getBytes(UTF_8);
            if (random.nextInt(5) > 0) {
                body = json.damaged(body);
            }
            Expected expected = expected(body);
            if (expected.longestNameChars > 200) {
                // Damage has turned a long string into a name; names have a limit, and a test, of their own.
                continue;
            }
            int[] cuts = Pieces.randomCuts(random, body.length);
            Object actual = scan(body, cuts);
            assertThat(actual)
                    .as(
                            "-Dseed=%s, body %s, cut at %s: %s",
                            seed, i, Arrays.toString(cuts), Base64.getEncoder().encodeToString(body))
                    .isEqualTo(expected.isJson ? (Object) expected.nestedTextBytes : "refused");
            accepted += expected.isJson ? 1 : 0;
        }
        assertThat(accepted)
                .as("the damage leaves some bodies valid, but not most")
                .isBetween(BODIES / 5, BODIES / 2);
        assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
                .isZero();
    }

    private Object scan(byte[] body, int[] cuts) {
        try (JsonScanner scanner = new JsonScanner(JsonLimits.DEFAULT, new Recorder(body))) {
            Pieces.feed(allocator, body, scanner::feed, cuts);
            scanner.end();
            return scanner.nestedTextBytes();
        } catch (JsonSyntaxException e) {
            return "refused";
        }
    }

    private record Expected(boolean isJson, long nestedTextBytes, int longestNameChars) {
        static final Expected REFUSED = new Expected(false, 0, 0);
    }

    private static Expected expected(byte[] body) {
        String text = decoded(body);
        // Zero bytes, never legal in JSON, would make the parser guess at UTF-16.
        if (text == null || text.indexOf(0) >= 0 || text.startsWith("\ufeff")) {
            return Expected.REFUSED;
        }
        try (JsonParser parser = ORACLE.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Expected.REFUSED;
            }
            long textBytes = 0;
            int depth = 1;
            int longestName = 0;
            while (depth > 0) {
                JsonToken token = parser.nextToken();
                if (token == null) {
                    return Expected.REFUSED;
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                longestName = token == JsonToken.FIELD_NAME
                        ? Math.max(longestName, parser.currentName().length())
                        : longestName;
                if (token.isNumeric() && parser.getTextLength() > JsonLimits.NUMBER_BYTES) {
                    return Expected.REFUSED;
                }
                if (token == JsonToken.VALUE_STRING && depth > 1) {
                    textBytes += sizeOf(parser.getText());
                }
            }
            boolean complete = parser.nextToken() == null;
            return complete ? new Expected(true, textBytes, longestName) : Expected.REFUSED;
        } catch (IOException e) {
            return Expected.REFUSED;
        }
    }

    private static @Nullable String decoded(byte[] body) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static long sizeOf(String text) {
        long size = 0;
        for (int i = 0; i < text.length(); i++) {
            size += Utf8Size.of(text.charAt(i));
        }
        return size;
    }
}
