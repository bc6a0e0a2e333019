package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenParserTest {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /** Of the texts that decode to the same bytes, whatever their number, one is a token. */
    @ParameterizedTest
    @ValueSource(ints = {255, 256, 257})
    void aPartHasOneSpelling(int bytes) {
        byte[] signature = new byte[bytes];
        Arrays.fill(signature, (byte) 0xff);
        String good = TokenMint.token("{\"alg\":\"RS256\"}", "{\"iss\":\"me\"}", input -> signature);
        String stem = good.substring(0, good.length() - 1);

        assertThat(TokenParser.parse(good)).isNotNull();
        long same = ALPHABET.chars()
                .mapToObj(last -> stem + (char) last)
                .filter(text -> Arrays.equals(decoded(text), signature))
                .peek(text -> assertThat(TokenParser.parse(text) != null).isEqualTo(text.equals(good)))
                .count();
        assertThat(same).isEqualTo(bytes % 3 == 0 ? 1 : bytes % 3 == 1 ? 16 : 4);
    }

    private static byte[] decoded(String token) {
        return Base64.getUrlDecoder().decode(token.substring(token.lastIndexOf('.') + 1));
    }
}
