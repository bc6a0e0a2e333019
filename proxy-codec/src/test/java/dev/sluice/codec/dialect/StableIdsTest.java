package dev.sluice.codec.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StableIdsTest {
    /** The example of FIPS 180-4. */
    private static final String SHA_256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @ParameterizedTest
    @ValueSource(strings = {"a", "z", "A", "Z", "0", "9", "_", "-", "call_1-Zz"})
    void legalAreLettersDigitsAndTheMarks(String id) {
        assertThat(StableIds.isLegal(id, "_-", 9)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "`", "{", "@", "[", "/", ":", "a b", "a.b", "é", "٣", "ten-chars-"})
    void allElseIsNot(String id) {
        assertThat(StableIds.isLegal(id, "_-", 9)).isFalse();
    }

    @Test
    void marksAreNotLegalUnlessTheyAreNamed() {
        assertThat(StableIds.isLegal("a_b", "", 9)).isFalse();
        assertThat(StableIds.isLegal("ab", "", 9)).isTrue();
    }

    @Test
    void hexIsTheBeginningOfTheDigest() {
        assertThat(StableIds.hex("abc", StableIds.MAX_HEX_CHARS)).isEqualTo(SHA_256_OF_ABC);
        assertThat(StableIds.hex("abc", 24)).isEqualTo("ba7816bf8f01cfea414140de");
    }

    @Test
    void eachByteOfTheDigestBecomesALetterOrADigit() {
        String whole = StableIds.alphanumeric("abc", StableIds.MAX_ALPHANUMERIC_CHARS);

        // 0xba = 3 * 62 + 0, 0x78 = 62 + 58, 0x16 = 22, 0xbf = 3 * 62 + 5
        assertThat(whole).hasSize(32).startsWith("0wM5");
        assertThat(StableIds.alphanumeric("abc", 9)).isEqualTo(whole.substring(0, 9));
        assertThat(StableIds.isLegal(whole, "", 32)).isTrue();
    }

    @Test
    void textsOfAnyScriptAreDigestedAsUtf8() {
        assertThat(StableIds.hex("é", 16)).isEqualTo("4a99557e4033c353");
    }
}
