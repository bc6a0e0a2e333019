package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import java.util.Base64;
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

    /** Whether there are vectors, and all of them are what they should be: a provider may have sent anything. */
    public boolean areSound() {
        for (JsonSlice vector : vectors) {
            if (!vector.isNumbers() && !(vector.isString() && isFloats(vector.text()))) {
                return false;
            }
        }
        return !vectors.isEmpty();
    }

    private static boolean isFloats(String base64) {
        try {
            int bytes = Base64.getDecoder().decode(base64).length;
            return bytes > 0 && bytes % Float.BYTES == 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
