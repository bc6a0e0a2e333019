package dev.sluice.codec.tokens;

import static dev.sluice.codec.tokens.CharClass.APOSTROPHE;
import static dev.sluice.codec.tokens.CharClass.LOWER;
import static dev.sluice.codec.tokens.CharClass.NEWLINE;
import static dev.sluice.codec.tokens.CharClass.OTHER;
import static dev.sluice.codec.tokens.CharClass.SLASH;
import static dev.sluice.codec.tokens.CharClass.SPACE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.json.Seeds;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * However a text is cut, a stream of it counts what the oracle counts of the whole; {@code -Dtokens.streams=100000} is
 * the run that counts, the suite takes fewer.
 */
final class StreamCountPropertyTest {
    private static final int STREAMS = Integer.getInteger("tokens.streams", 4_000);
    private static final int[] LONGEST_DELTA = {1, 4, 12, 80};
    /** Of every class a few, so that short texts try all neighbours. */
    private static final String NEIGHBOURS = "aBſ中\u0301\u0E311½ \u00A0\t\n\r'/.!€😀s";

    static {
        Encoding.O200K_BASE.counter();
        Encoding.CL100K_BASE.counter();
    }

    @ParameterizedTest
    @EnumSource
    void countsWhateverIsCutWherever(Encoding encoding) {
        long seed = Seeds.ofThisRun();
        RandomTexts texts = new RandomTexts(seed);
        Random random = texts.random();
        long checks = 0;
        long deltas = 0;
        for (int i = 0; i < STREAMS; i++) {
            String text = random.nextInt(4) == 0 ? neighbours(random, 24) : texts.next(400);
            byte[] bytes = random.nextInt(4) == 0 ? Wtf8.encodeHalves(text) : Wtf8.encode(text);
            StreamCount count = stream(encoding, random);
            String name = "stream " + i + " of -Dseed=" + seed + ": <" + text + ">";
            int longest = LONGEST_DELTA[random.nextInt(LONGEST_DELTA.length)];
            long committed = 0;
            boolean fewer = false;
            for (int at = 0; at < bytes.length; deltas++) {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(longest));
                count.append(bytes, at, end);
                at = end;
                fewer |= count.committed() < committed;
                committed = count.committed();
                if (random.nextInt(64) == 0) {
                    checks++;
                    String soFar = decode(bytes, end);
                    assertThat(count.total())
                            .as("%s after %d bytes", name, end)
                            .isEqualTo(Oracle.count(encoding, soFar))
                            .isBetween(committed, count.upperBound());
                }
            }
            assertThat(count.total()).as(name).isEqualTo(Oracle.count(encoding, text));
            assertThat(fewer || count.isApproximate()).as(name).isFalse();
        }
        System.out.printf(
                "%s: %d streams, %d deltas, %d checks in midstream, seed %d%n",
                encoding, STREAMS, deltas, checks, seed);
    }

    @ParameterizedTest
    @EnumSource
    void countsShortTextsCutAtEveryPlace(Encoding encoding) {
        long seed = Seeds.ofThisRun();
        Random random = new Random(seed);
        for (int i = 0; i < STREAMS / 20; i++) {
            String text = neighbours(random, 8);
            long expected = Oracle.count(encoding, text);
            byte[] bytes = random.nextBoolean() ? Wtf8.encode(text) : Wtf8.encodeHalves(text);
            for (int first = 0; first <= bytes.length; first++) {
                for (int second = first; second <= bytes.length; second++) {
                    StreamCount count = new StreamCount(encoding, SafeCuts.EXACT, 1);
                    count.append(bytes, 0, first);
                    count.append(bytes, first, second);
                    count.append(bytes, second, bytes.length);
                    assertThat(count.total())
                            .as("<%s> cut at %d and %d, -Dseed=%d", text, first, second, seed)
                            .isEqualTo(expected);
                }
            }
        }
    }

    /** The test above can fail: with each of these it does. */
    @ParameterizedTest
    @CsvSource({
        LOWER + "," + APOSTROPHE,
        LOWER + "," + LOWER,
        SPACE + "," + LOWER,
        SPACE + "," + NEWLINE,
        NEWLINE + "," + SLASH,
        NEWLINE + "," + NEWLINE,
        OTHER + "," + NEWLINE,
        OTHER + "," + LOWER,
        CharClass.NUMBER + "," + CharClass.NUMBER
    })
    void wouldNotAddUpWithAWrongCut(int before, int after) {
        int[] wrong = SafeCuts.exact();
        wrong[before] |= 1 << after;
        SafeCuts cuts = new SafeCuts(wrong);
        RandomTexts texts = new RandomTexts(1);
        Random random = texts.random();
        int mismatches = 0;
        for (int i = 0; i < 20_000 && mismatches == 0; i++) {
            String text = random.nextBoolean() ? neighbours(random, 12) : texts.next(120);
            byte[] bytes = Wtf8.encode(text);
            StreamCount count = new StreamCount(Encoding.O200K_BASE, cuts, 1);
            for (int at = 0; at < bytes.length; at++) {
                count.append(bytes, at, at + 1);
            }
            mismatches += count.total() == Oracle.count(Encoding.O200K_BASE, text) ? 0 : 1;
        }
        assertThat(mismatches).isPositive();
    }

    @Test
    void replacesWhatIsNotUtf8AsDecodersDo() {
        long seed = Seeds.ofThisRun();
        Random random = new Random(seed);
        int[] favourites = {0x41, 0x20, 0x80, 0xBF, 0xC2, 0xC0, 0xE0, 0xE4, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0x90, 0xA0};
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[1 + random.nextInt(24)];
            for (int at = 0; at < bytes.length; at++) {
                // ED begins surrogates too, which decoders refuse.
                int any = random.nextInt(256);
                bytes[at] = (byte) (random.nextBoolean() || any == 0xED ? favourites[random.nextInt(15)] : any);
            }
            StreamCount count = new StreamCount(Encoding.O200K_BASE);
            int cut = random.nextInt(bytes.length);
            count.append(bytes, 0, cut);
            count.append(bytes, cut, bytes.length);
            count.boundary();
            String text = new String(bytes, UTF_8);
            assertThat(count.total())
                    .as("<%s>, -Dseed=%d", text, seed)
                    .isEqualTo(Oracle.count(Encoding.O200K_BASE, text));
        }
    }

    private static StreamCount stream(Encoding encoding, Random random) {
        return new StreamCount(encoding, SafeCuts.EXACT, random.nextBoolean() ? StreamCount.COMMIT_BYTES : 1);
    }

    private static String neighbours(Random random, int longest) {
        StringBuilder text = new StringBuilder();
        int count = 1 + random.nextInt(longest);
        int points = NEIGHBOURS.codePointCount(0, NEIGHBOURS.length());
        for (int i = 0; i < count; i++) {
            text.appendCodePoint(NEIGHBOURS.codePointAt(NEIGHBOURS.offsetByCodePoints(0, random.nextInt(points))));
        }
        return text.toString();
    }

    /** The code points that are complete in the first {@code length} bytes, halves of pairs among them. */
    private static String decode(byte[] bytes, int length) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < length; ) {
            int lead = bytes[at] & 0xFF;
            int size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
            if (at + size > length) {
                break;
            }
            int point = size == 1 ? lead : lead & 0xFF >> size + 1;
            for (int i = 1; i < size; i++) {
                point = point << 6 | bytes[at + i] & 0x3F;
            }
            text.appendCodePoint(point);
            at += size;
        }
        return text.toString();
    }
}
