package dev.sluice.codec.tokens;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.json.Seeds;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageHeaderTest {
    private static final String PNG = "89504E470D0A1A0A 0000000D 49484452 00000280 000001E0 0802000000";
    private static final String GIF = "474946383961 8002 E001 F7 00 00";
    private static final String LOSSY = "52494646 24100000 57454250 56503820 18100000 30 01 00 9D012A 8002 E001";
    private static final String LOSSLESS = "52494646 24100000 57454250 5650384C 18100000 2F 7FC27700";
    private static final String EXTENDED = "52494646 24100000 57454250 56503858 0A000000 10000000 7F0200 DF0100";
    /** With metadata, a fill byte and a table before the frame. */
    private static final String JPEG =
            "FFD8 FFE1 0008 457869660000 FFFFDB 0004 0000 FFC4 0003 00 FFC2 0011 08 01E0 0280 03";

    @ParameterizedTest
    @ValueSource(strings = {PNG, GIF, LOSSY, LOSSLESS, EXTENDED, JPEG})
    void readsTheSizeFromTheFirstBytes(String hex) {
        byte[] head = bytes(hex);
        assertThat(ImageHeader.of(head, head.length)).isEqualTo(new ImageSize(640, 480));
    }

    @ParameterizedTest
    @ValueSource(strings = {PNG, GIF, LOSSY, LOSSLESS, EXTENDED, JPEG})
    void readsTheSizeFromADataUrl(String hex) {
        for (String scheme :
                new String[] {"data:image/png;base64,", "DATA:image/x;charset=utf-8;BASE64,", "data:;base64,"}) {
            byte[] url = ("\"" + scheme + Base64.getEncoder().encodeToString(bytes(hex)) + "\"").getBytes(US_ASCII);
            assertThat(ImageHeader.ofDataUrl(url, 1, url.length - 1)).isEqualTo(new ImageSize(640, 480));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PNG, GIF, LOSSY, LOSSLESS, EXTENDED, JPEG})
    void hasNoSizeWhenItIsCutShort(String hex) {
        byte[] head = bytes(hex);
        byte[] url = ("data:;base64," + Base64.getEncoder().encodeToString(head)).getBytes(US_ASCII);
        ImageSize size = new ImageSize(640, 480);
        boolean seen = false;
        for (int length = 0; length <= head.length; length++) {
            ImageSize found = ImageHeader.of(head, length);
            assertThat(found).isIn(null, size);
            // Once enough of it is there, more changes nothing.
            assertThat(seen && found == null).isFalse();
            seen |= found != null;
        }
        assertThat(ImageHeader.of(head, 9)).isNull();
        for (int length = 0; length <= url.length; length++) {
            assertThat(ImageHeader.ofDataUrl(url, 0, length)).isIn(null, size);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.org/a.png",
                "data:image/png,iVBORw0KGgo",
                "data:image/png;base65,iVBORw0KGgo=",
                "data:image/png;base64,****",
                "data:image/png;base64",
                "data:,",
                ",",
                ""
            })
    void hasNoSizeWhenItIsNoDataUrlOfAnImage(String url) {
        byte[] ascii = url.getBytes(ISO_8859_1);
        assertThat(ImageHeader.ofDataUrl(ascii, 0, ascii.length)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "89504E470D0A1A0A 0000000D 49484452 00000000 000001E0",
        "89504E470D0A1A0A 0000000D 49484452 7FFFFFFF 7FFFFFFF",
        "89504E470D0A1A0A 0000000D 49484452 FFFFFFFF 00000001",
        "474946383961 0000 E001",
        "FFD8 FFE1 0000 FFC0 0011 08 01E0 0280",
        "FFD8 FFE1 0001 FFC0 0011 08 01E0 0280",
        "FFD8 FFDA 0008 000000000000 FFC0 0011 08 01E0 0280",
        "FFD8 00C0 0011 08 01E0 0280",
        "FFD8 FF00 0004 0000 FFC0 0011 08 01E0 0280",
        "FFD8 FFC8 0011 08 01E0 0280",
        "25504446 2D312E37 0A25E2E3 CFD30A31 2030206F"
    })
    void hasNoSizeThatNoProviderWouldTake(String hex) {
        byte[] head = bytes(hex);
        assertThat(ImageHeader.of(head, head.length)).isNull();
    }

    @Test
    void survivesWhateverItIsGiven() {
        long seed = Seeds.ofThisRun();
        Random random = new Random(seed);
        String[] all = {PNG, GIF, LOSSY, LOSSLESS, EXTENDED, JPEG};
        for (int i = 0; i < 50_000; i++) {
            byte[] head = bytes(all[random.nextInt(all.length)]);
            for (int flips = random.nextInt(6); flips >= 0; flips--) {
                head[random.nextInt(head.length)] = (byte) random.nextInt(256);
            }
            byte[] url = ("data:;base64," + Base64.getEncoder().encodeToString(head)).getBytes(US_ASCII);
            assertThat(ImageHeader.ofDataUrl(url, 0, url.length))
                    .as("-Dseed=%d", seed)
                    .isEqualTo(ImageHeader.of(head, head.length));
        }
    }

    @Test
    void givesUpALongWayIntoAJpeg() {
        byte[] markers = new byte[1_000_000];
        Arrays.fill(markers, (byte) 0xFF);
        markers[1] = (byte) 0xD8;
        byte[] frame = bytes("FFC0 0011 08 01E0 0280 03");
        System.arraycopy(frame, 0, markers, 900_000, frame.length);
        assertThat(ImageHeader.of(markers, markers.length)).isNull();
        System.arraycopy(frame, 0, markers, 90_000, frame.length);
        assertThat(ImageHeader.of(markers, markers.length)).isEqualTo(new ImageSize(640, 480));
    }

    @Test
    void hasSidesOfAtLeastOnePixel() {
        assertThatThrownBy(() -> new ImageSize(0, 5)).hasMessage("image of 0 x 5; each side has to be 1 to 65535");
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
