package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Requests for vectors and vectors, in Gemini's words. Thread: event loop. */
final class GeminiVectors {
    /** Members of Gemini's own that say what a vector is for. */
    private static final Set<String> OWN_MEMBERS = Set.of("taskType", "title");

    private GeminiVectors() {}

    /** A request of {@code batchEmbedContents}: each text with the model's name again. */
    static ProviderRequest write(EmbeddingRequest request, GeminiModel model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        for (JsonSlice input : request.inputs()) {
            if (!input.isString()) {
                throw new MalformedRequestException(
                        "an input is " + input.kind().phrase() + "; allowed with Gemini: strings", "input");
            }
        }
        List<String> dropped = new ArrayList<>();
        List<JsonSlice.Member> own = new ArrayList<>();
        for (JsonSlice.Member other : request.others()) {
            if (OWN_MEMBERS.contains(other.name())) {
                own.add(other);
            } else {
                dropped.add(other.name());
            }
        }
        if (request.endUser() != null) {
            dropped.add("user");
        }
        ByteBuf out = allocator.buffer();
        JsonWriter json = new JsonWriter(out);
        json.beginObject().name("requests").beginArray();
        for (JsonSlice input : request.inputs()) {
            json.beginObject().name("model").string(model.qualified());
            json.name("content").beginObject().name("parts").beginArray();
            json.beginObject().name("text").slice(input).endObject();
            json.endArray().endObject();
            for (JsonSlice.Member member : own) {
                json.name(member.name()).slice(member.value());
            }
            if (request.dimensions() != null) {
                json.name("outputDimensionality").slice(request.dimensions());
            }
            json.endObject();
        }
        json.endArray().endObject();
        return new ProviderRequest(out, List.copyOf(dropped));
    }

    /** The vectors of an answer; null when it has none. Borrows {@code body}, and so does what it returns. */
    static @Nullable Embeddings read(ByteBuf body) {
        JsonSlice answer = JsonSlice.checked(body);
        if (answer == null) {
            return null;
        }
        List<JsonSlice> vectors = new ArrayList<>();
        JsonSlice one = answer.member("embedding");
        JsonSlice many = answer.member("embeddings");
        for (JsonSlice embedding : many == null ? one == null ? List.<JsonSlice>of() : List.of(one) : many.elements()) {
            JsonSlice values = embedding.member("values");
            if (values == null || !values.isArray()) {
                return null;
            }
            vectors.add(values);
        }
        return vectors.isEmpty() ? null : new Embeddings(vectors, null, usage(answer));
    }

    /** Most answers do not say. */
    private static Usage usage(JsonSlice answer) {
        JsonSlice report = answer.member("usageMetadata");
        JsonSlice prompt = report == null ? null : report.member("promptTokenCount");
        long tokens = prompt == null ? Usage.UNKNOWN : Math.max(Usage.UNKNOWN, prompt.longValue(Usage.UNKNOWN));
        return tokens == Usage.UNKNOWN
                ? Usage.NONE
                : Usage.of(tokens, Usage.UNKNOWN, Usage.UNKNOWN, Usage.UNKNOWN, Usage.UNKNOWN);
    }

    /** An answer of {@code embedContent}, or of {@code batchEmbedContents}; gives it. */
    static ByteBuf write(Embeddings embeddings, boolean batch, ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer();
        JsonWriter json = new JsonWriter(out);
        json.beginObject().name(batch ? "embeddings" : "embedding");
        if (batch) {
            json.beginArray();
        }
        List<JsonSlice> vectors = embeddings.vectors();
        for (JsonSlice vector : batch || vectors.isEmpty() ? vectors : vectors.subList(0, 1)) {
            json.beginObject().name("values");
            if (vector.isString()) {
                writeNumbers(json, vector);
            } else {
                json.slice(vector);
            }
            json.endObject();
        }
        if (batch) {
            json.endArray();
        }
        json.endObject();
        return out;
    }

    /** Of base64 of little-endian 32-bit floats, which is what some providers answer with unasked. */
    private static void writeNumbers(JsonWriter json, JsonSlice base64) {
        byte[] bytes = Base64.getDecoder().decode(base64.text().getBytes(StandardCharsets.US_ASCII));
        ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        json.beginArray();
        while (floats.remaining() >= Float.BYTES) {
            json.raw(Float.toString(floats.getFloat()));
        }
        json.endArray();
    }
}
