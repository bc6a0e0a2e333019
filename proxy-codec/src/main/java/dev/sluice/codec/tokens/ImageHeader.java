package dev.sluice.codec.tokens;

import org.jspecify.annotations.Nullable;

/**
 * The size of an image from its first bytes: PNG, JPEG, WebP and GIF. Whatever is cut short, broken or of another format
 * has none; nothing is decoded further than that, and nothing is ever fetched. Thread: any.
 */
public final class ImageHeader {
    /** Behind so many bytes the size of a JPEG is not looked for: its metadata may stand before it. */
    private static final int SCAN_LIMIT_BYTES = 256 * 1024;

    /** {@code data:image/svg+xml;charset=utf-8;base64,} and then some. */
    private static final int LONGEST_URL_HEAD = 256;

    private static final String SCHEME = "data:";
    private static final String BASE64 = ";base64";

    private static final long PNG = 0x89504E470D0A1A0AL;
    private static final int IHDR = 0x49484452;
    private static final int GIF8 = 0x47494638;
    private static final int RIFF = 0x52494646;
    private static final int WEBP = 0x57454250;
    private static final int LOSSY = 0x56503820;
    private static final int LOSSLESS = 0x5650384C;
    private static final int EXTENDED = 0x56503858;
    private static final int START_CODE = 0x9D012A;
    private static final int LOSSLESS_SIGNATURE = 0x2F;
    private static final int JPEG = 0xFFD8;
    private static final int START_OF_SCAN = 0xDA;

    private final byte[] data;
    private final int from;
    private final int to;
    private final boolean base64;

    private ImageHeader(byte[] data, int from, int to, boolean base64) {
        this.data = data;
        this.from = from;
        this.to = to;
        this.base64 = base64;
    }

    /** The size of the image that begins with the first {@code length} bytes of {@code head}, or null. */
    public static @Nullable ImageSize of(byte[] head, int length) {
        return new ImageHeader(head, 0, length, false).size();
    }

    /**
     * The size of the image in a data URL, of which the bytes from {@code from} to before {@code to} are the beginning,
     * or null if it is no such URL, or not in base64.
     */
    public static @Nullable ImageSize ofDataUrl(byte[] ascii, int from, int to) {
        int comma = from;
        int end = Math.min(to, from + LONGEST_URL_HEAD);
        while (comma < end && ascii[comma] != ',') {
            comma++;
        }
        if (comma == end
                || comma - from < SCHEME.length() + BASE64.length()
                || !matches(ascii, from, SCHEME)
                || !matches(ascii, comma - BASE64.length(), BASE64)) {
            return null;
        }
        return new ImageHeader(ascii, comma + 1, to, true).size();
    }

    private static boolean matches(byte[] ascii, int at, String lowerCase) {
        for (int i = 0; i < lowerCase.length(); i++) {
            int letter = ascii[at + i];
            if (letter >= 'A' && letter <= 'Z') {
                letter += 'a' - 'A';
            }
            if (letter != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable ImageSize size() {
        if (number(0, 4) == PNG >>> 32 && number(4, 4) == (PNG & 0xFFFFFFFFL) && number(12, 4) == IHDR) {
            return size(number(16, 4), number(20, 4));
        }
        if (number(0, 4) == GIF8) {
            return size(reversed(6, 2), reversed(8, 2));
        }
        if (number(0, 4) == RIFF && number(8, 4) == WEBP) {
            return webp(number(12, 4));
        }
        return number(0, 2) == JPEG ? jpeg() : null;
    }

    private @Nullable ImageSize webp(long chunk) {
        if (chunk == LOSSY && number(23, 3) == START_CODE) {
            long width = reversed(26, 2);
            long height = reversed(28, 2);
            // Above 14 bits stands how to scale it up.
            return width < 0 || height < 0 ? null : size(width & 0x3FFF, height & 0x3FFF);
        }
        if (chunk == LOSSLESS && at(20) == LOSSLESS_SIGNATURE) {
            long bits = reversed(21, 4);
            return bits < 0 ? null : size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
        }
        if (chunk == EXTENDED) {
            long width = reversed(24, 3);
            long height = reversed(27, 3);
            return width < 0 || height < 0 ? null : size(width + 1, height + 1);
        }
        return null;
    }

    /** Walks from segment to segment to the one that begins a frame. */
    private @Nullable ImageSize jpeg() {
        int at = 2;
        while (at < SCAN_LIMIT_BYTES && at(at) == 0xFF) {
            int marker = at(at + 1);
            if (marker == 0xFF) {
                at++;
                continue;
            }
            if (isFrame(marker)) {
                return size(number(at + 7, 2), number(at + 5, 2));
            }
            long length = standsAlone(marker) ? 0 : number(at + 2, 2);
            if (marker <= 0 || marker == START_OF_SCAN || length < 0 || length == 1) {
                return null;
            }
            at += 2 + (int) length;
        }
        return null;
    }

    /** C0 to CF, but for tables, extensions and arithmetic conditioning. */
    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private static boolean standsAlone(int marker) {
        return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD9);
    }

    private static @Nullable ImageSize size(long width, long height) {
        if (width < 1 || width > ImageSize.LONGEST_SIDE || height < 1 || height > ImageSize.LONGEST_SIDE) {
            return null;
        }
        return new ImageSize((int) width, (int) height);
    }

    /** Big-endian; -1 if not all of it is there. */
    private long number(int at, int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            int next = at(at + i);
            if (next < 0) {
                return -1;
            }
            number = number << Byte.SIZE | next;
        }
        return number;
    }

    /** Little-endian; -1 if not all of it is there. */
    private long reversed(int at, int bytes) {
        long number = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            int next = at(at + i);
            if (next < 0) {
                return -1;
            }
            number = number << Byte.SIZE | next;
        }
        return number;
    }

    /** The byte of the image at this index, or -1 if it is not there. */
    private int at(int index) {
        if (!base64) {
            return index < to - from ? data[from + index] & 0xFF : -1;
        }
        int inGroup = index % 3;
        long first = from + index / 3 * 4L + inGroup;
        if (first + 1 >= to) {
            return -1;
        }
        int left = Base64Symbols.value(data[(int) first]);
        int right = Base64Symbols.value(data[(int) first + 1]);
        if (left < 0 || right < 0) {
            return -1;
        }
        int bits = left << 6 | right;
        return bits >> (4 - 2 * inGroup) & 0xFF;
    }
}
