package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of some texts. Borrows the body it was read from.
 *
 * @param vectors arrays of numbers, or strings with base64 of little-endian 32-bit floats; in the order of the inputs
 * @param model as the provider names it
 */
public record Embeddings(List<JsonSlice> vectors, @Nullable String model, Usage usage) {
    public Embeddings {
        vectors = List.copyOf(vectors);
    }
}
