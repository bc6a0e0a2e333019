package dev.sluice.codec.tokens;

/**
 * What an image is in tokens: the rules of the families of models, told apart by data. Providers document them in part
 * and change them at will, so the outcome is an estimate. Thread: any.
 */
public sealed interface ImageRule {
    /** What a picture is taken for whose size is not known. */
    int UNKNOWN_SIDE = 1024;

    /** Sizes in pixels, greater than 0. */
    long tokens(ImageDetail detail, int width, int height);

    /**
     * A base, and a number for each tile of 512 pixels of the picture when it fits into 2048 pixels square and its
     * shorter side into 768: OpenAI up to GPT-5.1. In low detail only the base.
     */
    record Tiles(int base, int perTile) implements ImageRule {
        private static final double LONGEST = 2048;
        private static final double SHORTEST = 768;
        private static final double TILE = 512;

        @Override
        public long tokens(ImageDetail detail, int width, int height) {
            if (detail == ImageDetail.LOW) {
                return base;
            }
            double scale = Math.min(1, LONGEST / Math.max(width, height));
            scale = Math.min(scale, SHORTEST / Math.min(width, height));
            return base + perTile * tiles(width * scale, TILE) * tiles(height * scale, TILE);
        }
    }

    /**
     * One token for each square patch, times a factor: OpenAI from GPT-5.2 on and its small models before, Claude with
     * patches of 28 pixels. Pictures are made smaller until their longest side and the number of patches are allowed.
     *
     * @param longest pixels, 0: no limit
     * @param low, high, auto the most patches in this detail, 0: no limit
     * @param permille the factor
     */
    record Patches(int side, int longest, int low, int high, int auto, int permille) implements ImageRule {
        @Override
        public long tokens(ImageDetail detail, int width, int height) {
            double scale = longest == 0 ? 1 : Math.min(1, (double) longest / Math.max(width, height));
            double across = width * scale;
            double down = height * scale;
            int most = switch (detail) {
                case LOW -> low;
                case HIGH -> high;
                case AUTO -> auto;
            };
            long patches = tiles(across, side) * tiles(down, side);
            if (most > 0 && patches > most) {
                patches = shrunk(across, down, most);
            }
            return (patches * permille + 999) / 1000;
        }

        /** To the area of so many patches, and then on to whole patches along the side that is further from them. */
        private long shrunk(double across, double down, int most) {
            double scale = Math.sqrt((double) side * side * most / (across * down));
            double columns = across * scale / side;
            double rows = down * scale / side;
            double fit = Math.min(whole(columns) / columns, whole(rows) / rows);
            return Math.min(most, tiles(columns * fit, 1) * tiles(rows * fit, 1));
        }

        private static double whole(double patches) {
            return Math.max(1, Math.floor(patches));
        }
    }

    /** A number for each square crop, and for a picture that is small enough to need none: Gemini up to 2.5. */
    record Crops(int perCrop, int small, int side) implements ImageRule {
        @Override
        public long tokens(ImageDetail detail, int width, int height) {
            return Math.max(width, height) <= small ? perCrop : perCrop * tiles(width, side) * tiles(height, side);
        }
    }

    /** The same for every picture: Gemini from 3 on, at its default resolution. */
    record Flat(int tokens) implements ImageRule {
        @Override
        public long tokens(ImageDetail detail, int width, int height) {
            return tokens;
        }
    }

    private static long tiles(double pixels, double side) {
        // Less than a millionth of a tile is what floating point has left over.
        return Math.max(1, (long) Math.ceil(pixels / side - 1e-6));
    }

    /**
     * Reads a rule as the table of tokenizers writes it: its name and its numbers, colons between.
     *
     * @throws IllegalArgumentException if it is none
     */
    static ImageRule parse(String rule) {
        String[] parts = rule.split(":", -1);
        int[] numbers = new int[parts.length - 1];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Integer.parseInt(parts[i + 1]);
        }
        if (parts[0].equals("tiles") && numbers.length == 2) {
            return new Tiles(numbers[0], numbers[1]);
        }
        if (parts[0].equals("patches") && numbers.length == 6) {
            return new Patches(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
        }
        if (parts[0].equals("crops") && numbers.length == 3) {
            return new Crops(numbers[0], numbers[1], numbers[2]);
        }
        if (parts[0].equals("flat") && numbers.length == 1) {
            return new Flat(numbers[0]);
        }
        throw new IllegalArgumentException("image rule '" + rule
                + "'; allowed are tiles with 2 numbers, patches with 6, crops with 3 and flat with 1");
    }
}
