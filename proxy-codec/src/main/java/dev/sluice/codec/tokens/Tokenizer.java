package dev.sluice.codec.tokens;

import java.util.Objects;

/**
 * How the tokens of a model are counted: by a vocabulary, and by a factor where the model's own one is not public.
 *
 * @param permille by how many thousandths a count in {@code encoding} has to be taken; 1000 where it is the model's
 * @param exact whether {@code encoding} is known to be the model's own
 * @param hiddenReasoning whether the model bills reasoning that it does not show: what is counted of an answer is then
 *     a lower bound
 * @param images what an image in a prompt is in tokens
 */
public record Tokenizer(Encoding encoding, int permille, boolean exact, boolean hiddenReasoning, ImageRule images) {
    /** Most texts have about as many for each of their tokens. */
    private static final int BYTES_PER_TOKEN = 4;

    /** What most compatible servers do with images. */
    private static final ImageRule COMMON_IMAGES = new ImageRule.Tiles(85, 170);

    public Tokenizer {
        Objects.requireNonNull(encoding, "encoding");
        Objects.requireNonNull(images, "images");
        if (permille < 1) {
            throw new IllegalArgumentException("permille is " + permille + "; it has to be at least 1");
        }
        if (exact && permille != 1000) {
            throw new IllegalArgumentException("permille is " + permille + "; of an exact tokenizer it is 1000");
        }
    }

    /** One with the image rule that is most common. */
    public Tokenizer(Encoding encoding, int permille, boolean exact, boolean hiddenReasoning) {
        this(encoding, permille, exact, hiddenReasoning, COMMON_IMAGES);
    }

    /**
     * The tokenizer of a model, as far as its name tells: as providers spell it, with or without a vendor before it
     * ({@code openai/gpt-4o}, {@code us.anthropic.claude-opus-5-v1:0}) and with whatever is behind it ({@code :free},
     * dates, revisions). A name that says nothing gives o200k_base and a tenth more. Allocates nothing.
     */
    public static Tokenizer of(String model) {
        return TokenizerTable.BUNDLED.find(model);
    }

    /** {@code tokens} counted in {@link #encoding()} as those of the model, rounded half up. */
    public long scale(long tokens) {
        return permille == 1000 ? tokens : (Math.multiplyExact(tokens, permille) + 500) / 1000;
    }

    /** Of a text of {@code textBytes} that nobody has counted yet. */
    public long estimate(long textBytes) {
        return scale((textBytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
    }
}
