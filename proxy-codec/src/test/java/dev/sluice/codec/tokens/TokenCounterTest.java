package dev.sluice.codec.tokens;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.json.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code -Dtokens.texts=200000} is the run that counts; the suite takes fewer. */
final class TokenCounterTest {
    private static final int TEXTS = Integer.getInteger("tokens.texts", 8_000);

    @ParameterizedTest
    @EnumSource
    void countsAsTheOracleDoes(Encoding encoding) {
        long seed = Seeds.ofThisRun();
        RandomTexts texts = new RandomTexts(seed);
        for (int i = 0; i < TEXTS; i++) {
            String text = Oracle.wellFormed(texts.next(400));
            byte[] utf8 = text.getBytes(UTF_8);
            long tokens = encoding.counter().count(utf8, 0, utf8.length);
            assertThat(tokens)
                    .as("text %d of -Dseed=%d: <%s>", i, seed, text)
                    .isEqualTo(Oracle.count(encoding, text))
                    .isBetween((utf8.length + 127L) / 128, (long) utf8.length);
        }
    }

    @ParameterizedTest
    @EnumSource
    void mergesPiecesOfAnyLengthAsTheOracleDoes(Encoding encoding) {
        long seed = Seeds.ofThisRun();
        Random random = new Random(seed);
        for (int length = 1; length < 1200; length += 1 + length / 60) {
            for (String alphabet : List.of("abcdefghijklmnopqrstuvwxyz", "aehinrst", "a", "的一是不了人我在有他", "=-")) {
                StringBuilder piece = new StringBuilder();
                for (int i = 0; i < length; i++) {
                    piece.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                byte[] utf8 = piece.toString().getBytes(UTF_8);
                assertThat(encoding.counter().count(utf8, 0, utf8.length))
                        .as("-Dseed=%d: <%s>", seed, piece)
                        .isEqualTo(Oracle.count(encoding, piece.toString()));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void countsAnyPartOfAnArray(Encoding encoding) {
        byte[] utf8 = RandomTexts.ENGLISH.getBytes(UTF_8);
        for (int from = 0; from < utf8.length; from += 7) {
            int to = Math.min(utf8.length, from + 60);
            byte[] alone = Arrays.copyOfRange(utf8, from, to);
            assertThat(encoding.counter().count(utf8, from, to))
                    .isEqualTo(encoding.counter().count(alone, 0, alone.length));
        }
        assertThat(encoding.counter().count(utf8, 5, 5)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void takesAnyBytesWithoutHarm(Encoding encoding) {
        long seed = Seeds.ofThisRun();
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            byte[] garbage = new byte[1 + random.nextInt(40)];
            random.nextBytes(garbage);
            assertThat(encoding.counter().count(garbage, 0, garbage.length))
                    .as("-Dseed=%d", seed)
                    .isBetween(1L, (long) garbage.length);
        }
    }

    @ParameterizedTest
    @EnumSource
    void allocatesNothing(Encoding encoding) {
        TokenCounter counter = encoding.counter();
        byte[] utf8 = (RandomTexts.ENGLISH + RandomTexts.CODE + RandomTexts.CHINESE + "x".repeat(3000)).getBytes(UTF_8);
        assertThat(Allocation.leastOf(20, () -> counter.count(utf8, 0, utf8.length)))
                .isZero();
    }

    @Test
    void countsForManyThreadsAtATime() throws Exception {
        byte[] utf8 = (RandomTexts.CHINESE + RandomTexts.CODE).getBytes(UTF_8);
        TokenCounter counter = Encoding.O200K_BASE.counter();
        long expected = counter.count(utf8, 0, utf8.length);
        Callable<Long> wrongCounts = () -> {
            long wrong = 0;
            for (int i = 0; i < 200; i++) {
                wrong += counter.count(utf8, 0, utf8.length) == expected ? 0 : 1;
            }
            return wrong;
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(12)) {
            List<Future<Long>> results = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                results.add(threads.submit(wrongCounts));
            }
            for (Future<Long> result : results) {
                assertThat(result.get()).isZero();
            }
        }
    }

    @Test
    void isLoadedOnceAndThenThere() {
        TokenCounter counter = Encoding.CL100K_BASE.counter();
        assertThat(Encoding.CL100K_BASE.counter()).isSameAs(counter);
        assertThat(Encoding.CL100K_BASE.counterIfLoaded()).isSameAs(counter);
    }

    @ParameterizedTest
    @ValueSource(strings = {"IQ== 0\nIg== 2\n", "I!== 0\n", "IQ==\n", " 0\n", "IQ== 0\n"})
    void refusesAVocabularyThatIsBroken(String file) {
        assertThatThrownBy(() -> new RankFile("test", file.getBytes(UTF_8)).read())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void saysWhichVocabularyIsMissing() {
        assertThatThrownBy(() -> Vocabulary.load("/none.tiktoken"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the vocabulary /none.tiktoken is not on the class path");
    }
}
