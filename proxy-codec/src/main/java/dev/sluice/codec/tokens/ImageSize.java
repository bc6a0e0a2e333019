package dev.sluice.codec.tokens;

/** Pixels of an image, each side from 1 to {@value #LONGEST_SIDE}. */
public record ImageSize(int width, int height) {
    /** What JPEG can say. Providers refuse far less, and a header that claims more is not believed. */
    public static final int LONGEST_SIDE = 65_535;

    public ImageSize {
        if (width < 1 || width > LONGEST_SIDE || height < 1 || height > LONGEST_SIDE) {
            throw new IllegalArgumentException(
                    "image of " + width + " x " + height + "; each side has to be 1 to " + LONGEST_SIDE);
        }
    }
}
