package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request for the vectors of some texts. Borrows the body it was read from.
 *
 * @param inputs strings, or arrays with the numbers of tokens
 * @param dimensions an integer; null: the model's own
 * @param base64 whether the caller wants vectors as base64 of little-endian 32-bit floats
 * @param others members that the vocabulary has no word for
 */
public record EmbeddingRequest(
        List<JsonSlice> inputs,
        @Nullable JsonSlice dimensions,
        boolean base64,
        @Nullable JsonSlice endUser,
        List<JsonSlice.Member> others) {
    public EmbeddingRequest {
        inputs = List.copyOf(inputs);
        others = List.copyOf(others);
    }
}
