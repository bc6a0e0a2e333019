package dev.sluice.gateway.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.auth.Pepper;
import dev.sluice.gateway.auth.Peppers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RefreshTokensTest {
    private static final String SESSION = "0123456789abcdef0123456789abcdef";
    private static final String SALT = "00112233445566778899aabbccddeeff";

    private final RefreshTokens tokens = new RefreshTokens(new Peppers(pepper("11"), null));

    private static Pepper pepper(String hexByte) {
        try {
            return Pepper.load(Path.of("unused"), Map.of("SLUICE_PEPPER", hexByte.repeat(32)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RefreshTokens.Presented parsed(String token) {
        return Objects.requireNonNull(RefreshTokens.parse(token), token);
    }

    @Test
    void whatItMakesItKnowsAgain() {
        String token = tokens.make(SESSION, 7, SALT);

        assertThat(token).startsWith("slr_" + SESSION + "_7_").hasSize(4 + 32 + 3 + 43);
        assertThat(parsed(token).sessionId()).isEqualTo(SESSION);
        assertThat(parsed(token).generation()).isEqualTo(7);
        assertThat(tokens.isGenuine(parsed(token), SALT)).isTrue();
    }

    @Test
    void anotherSessionGenerationOrSaltIsAnotherToken() {
        String token = tokens.make(SESSION, 7, SALT);

        assertThat(tokens.isGenuine(parsed(token), SALT.replace('0', '1'))).isFalse();
        assertThat(tokens.isGenuine(parsed(token.replace("_7_", "_8_")), SALT)).isFalse();
        assertThat(tokens.isGenuine(parsed(token.replace("abcdef_", "abcdee_")), SALT))
                .isFalse();
        assertThat(tokens.make(SESSION, 8, SALT)).isNotEqualTo(token.replace("_7_", "_8_"));
    }

    @Test
    void whatWasMadeWithThePreviousPepperIsGenuineAndWhatIsMadeNowIsNot() {
        RefreshTokens rotated = new RefreshTokens(new Peppers(pepper("22"), pepper("11")));
        RefreshTokens foreign = new RefreshTokens(new Peppers(pepper("22"), null));
        String before = tokens.make(SESSION, 1, SALT);

        assertThat(rotated.isGenuine(parsed(before), SALT)).isTrue();
        assertThat(foreign.isGenuine(parsed(before), SALT)).isFalse();
        assertThat(rotated.make(SESSION, 1, SALT)).isEqualTo(foreign.make(SESSION, 1, SALT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "slr_",
                "slr_0123456789abcdef0123456789abcdef_1_",
                "slr_0123456789abcdef0123456789abcdef_0_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "slr_0123456789abcdef0123456789abcdef_01_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "slr_0123456789abcdef0123456789abcdef_-1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "slr_0123456789abcdef0123456789abcdef_9999999999_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "slr_0123456789ABCDEF0123456789abcdef_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "slr_0123456789abcdef0123456789abcde'_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "slr_0123456789abcdef0123456789abcdef_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "slr_0123456789abcdef0123456789abcdef_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
                "Slr_0123456789abcdef0123456789abcdef_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "sk-slc-0123456789abcdef"
            })
    void whatHasAnotherFormIsNotLookedUp(String text) {
        assertThat(RefreshTokens.parse(text)).isNull();
    }
}
