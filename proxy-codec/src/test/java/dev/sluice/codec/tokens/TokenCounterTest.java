package dev.sluice.codec.tokens;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.json.Seeds;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code -Dtokens.texts=200000} is the run that counts; the suite takes fewer. */
final class TokenCounterTest {
    private static final int TEXTS = Integer.getInteger("tokens.texts", 20_000);

    @ParameterizedTest
    @EnumSource
    void countsAsTheOracleDoes(Encoding encoding) {
        long seed = Seeds.ofThisRun();
        RandomTexts texts = new RandomTexts(seed);
        for (int i = 0; i < TEXTS; i++) {
            String text = Oracle.wellFormed(texts.next(400));
            byte[] utf8 = text.getBytes(UTF_8);
            long tokens = encoding.counter().count(utf8, 0, utf8.length);
            if (tokens != Oracle.count(encoding, text)) {
                assertThat(tokens)
                        .as("text %d of -Dseed=%d: <%s>", i, seed, text)
                        .isEqualTo(Oracle.count(encoding, text));
            }
            assertThat(tokens).as("text %d of -Dseed=%d", i, seed).isBetween((utf8.length + 127L) / 128, (long)
                    utf8.length);
        }
    }
}
