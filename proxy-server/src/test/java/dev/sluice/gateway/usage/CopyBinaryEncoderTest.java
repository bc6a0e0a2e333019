package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes, written out by hand from the manual's description of the format. */
class CopyBinaryEncoderTest {
    private static final String SIGNATURE = "5047434f50590aff0d0a00" + "00000000" + "00000000";
    private final CopyBinaryEncoder encoder = new CopyBinaryEncoder();

    @Test
    void anEmptyBatchIsSignatureAndTrailer() {
        encoder.begin();
        encoder.end();
        assertThat(hex()).isEqualTo(SIGNATURE + "ffff");
    }

    @Test
    void writesEachTypeAsTheServerReadsIt() {
        encoder.begin();
        encoder.row(8);
        encoder.uuid(UUID.fromString("01234567-89ab-7def-8123-456789abcdef"));
        encoder.timestamp(946_684_800_000_000L + 1);
        encoder.int8(-2);
        encoder.int4(258);
        encoder.int2(200);
        encoder.bool(true);
        encoder.jsonb("{}");
        encoder.nothing();
        encoder.end();
        assertThat(hex())
                .isEqualTo(SIGNATURE + "0008"
                        + "00000010" + "0123456789ab7def8123456789abcdef"
                        + "00000008" + "0000000000000001"
                        + "00000008" + "fffffffffffffffe"
                        + "00000004" + "00000102"
                        + "00000002" + "00c8"
                        + "00000001" + "01"
                        + "00000003" + "01" + "7b7d"
                        + "ffffffff"
                        + "ffff");
    }

    @Test
    void timeBeforeTheYear2000IsNegative() {
        encoder.begin();
        encoder.timestamp(0);
        assertThat(hex()).isEqualTo(SIGNATURE + "00000008" + HexFormat.of().toHexDigits(-946_684_800_000_000L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "é", "€", "日本語", "😀", "a😀é€z", "\u0000", "\uFFFF"})
    void textIsUtf8(String text) {
        assertThat(text(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83D", "\uDE00", "a\uD83Db", "\uDE00\uD83D"})
    void halfASurrogatePairBecomesAReplacementCharacter(String text) {
        String expected = text.replaceAll("[\uD800-\uDFFF]", "\uFFFD");
        assertThat(text(text)).isEqualTo(expected.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void noTextIsNullAndEmptyTextIsNot() {
        encoder.begin();
        encoder.text(null);
        encoder.text("");
        encoder.jsonb(null);
        assertThat(hex()).isEqualTo(SIGNATURE + "ffffffff" + "00000000" + "ffffffff");
    }

    @Test
    void growsWithTheBatchAndForgetsTheOneBefore() {
        encoder.begin();
        String text = "é".repeat(1_000);
        for (int i = 0; i < 5_000; i++) {
            encoder.text(text);
        }
        assertThat(encoder.size()).isEqualTo(19 + 5_000 * 2_004);
        encoder.begin();
        encoder.end();
        assertThat(hex()).isEqualTo(SIGNATURE + "ffff");
        assertThat(encoder.buffer().length).isLessThanOrEqualTo(4 * 1_024 * 1_024);
    }

    private byte[] text(String text) {
        encoder.begin();
        encoder.text(text);
        byte[] field = Arrays.copyOfRange(encoder.buffer(), 19, encoder.size());
        int length = ByteBuffer.wrap(field).getInt();
        assertThat(length).isEqualTo(field.length - 4);
        return Arrays.copyOfRange(field, 4, field.length);
    }

    private String hex() {
        return HexFormat.of().formatHex(encoder.buffer(), 0, encoder.size());
    }
}
