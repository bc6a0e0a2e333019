package dev.sluice.codec.openai;

import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Vectors in OpenAI's words. Thread: event loop. */
final class OpenAiProviderEmbeddings {
    private OpenAiProviderEmbeddings() {}

    /** Gives the request's body. */
    static ProviderRequest write(
            EmbeddingRequest request, OpenAiQuirks host, String model, ByteBufAllocator allocator) {
        Set<String> dropped = new LinkedHashSet<>();
        ByteBuf out = allocator.buffer();
        JsonWriter json = new JsonWriter(out);
        json.beginObject().name("model").string(model).name("input");
        if (request.inputs().size() == 1 && request.inputs().getFirst().isString()) {
            json.slice(request.inputs().getFirst());
        } else {
            json.beginArray();
            for (JsonSlice input : request.inputs()) {
                json.slice(input);
            }
            json.endArray();
        }
        if (request.dimensions() != null) {
            json.name(host.has(OpenAiProviderHabit.OUTPUT_DIMENSION) ? "output_dimension" : "dimensions")
                    .slice(request.dimensions());
        }
        // A third of the bytes that the same numbers take in decimals.
        if (request.base64() && host.has(OpenAiProviderHabit.BASE64_VECTORS)) {
            json.name("encoding_format").string("base64");
        }
        if (request.endUser() != null) {
            if (host.has(OpenAiProviderHabit.END_USER)) {
                json.name("user")
                        .string(OpenAiProviderIds.user(request.endUser().text()));
            } else {
                dropped.add("user");
            }
        }
        json.endObject();
        for (JsonSlice.Member other : request.others()) {
            dropped.add(other.name());
        }
        return new ProviderRequest(out, List.copyOf(dropped));
    }

    /** Null when {@code body} holds no vectors. Borrows it, and so does what it returns. */
    static @Nullable Embeddings read(ByteBuf body) {
        JsonSlice answer = JsonSlice.checked(body);
        JsonSlice data = answer == null ? null : answer.member("data");
        if (answer == null || data == null || !data.isArray()) {
            return null;
        }
        List<Vector> vectors = new ArrayList<>();
        for (JsonSlice element : data.elements()) {
            JsonSlice vector = element.member("embedding");
            if (vector == null || !(vector.isArray() || vector.isString())) {
                return null;
            }
            JsonSlice index = element.member("index");
            vectors.add(new Vector(index == null ? vectors.size() : index.longValue(vectors.size()), vector));
        }
        vectors.sort(Comparator.comparingLong(Vector::index));
        JsonSlice model = answer.member("model");
        List<JsonSlice> numbers = new ArrayList<>(vectors.size());
        for (Vector vector : vectors) {
            numbers.add(vector.numbers());
        }
        return new Embeddings(
                numbers, model != null && model.isString() ? model.text() : null, usage(answer.member("usage")));
    }

    private static Usage usage(@Nullable JsonSlice usage) {
        JsonSlice tokens = usage == null ? null : usage.member("prompt_tokens");
        if (tokens == null && usage != null) {
            tokens = usage.member("total_tokens");
        }
        long input = tokens == null ? Usage.UNKNOWN : Math.max(Usage.UNKNOWN, tokens.longValue(Usage.UNKNOWN));
        return Usage.of(input, Usage.UNKNOWN, Usage.UNKNOWN, Usage.UNKNOWN, Usage.UNKNOWN);
    }

    private record Vector(long index, JsonSlice numbers) {}
}
