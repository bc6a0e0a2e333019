package dev.sluice.codec.ollama;

import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Vectors in Ollama's words. Thread: event loop. */
final class OllamaEmbeddings {
    private static final Set<String> OWN_MEMBERS = Set.of("keep_alive", "truncate", "options");

    private OllamaEmbeddings() {}

    /** Gives the request's body. */
    static ProviderRequest write(EmbeddingRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        for (JsonSlice input : request.inputs()) {
            if (!input.isString()) {
                throw new MalformedRequestException(
                        "Ollama takes no input that is " + input.kind().phrase() + "; allowed: texts", "input");
            }
        }
        Set<String> dropped = new LinkedHashSet<>();
        ByteBuf out = allocator.buffer();
        JsonWriter json = new JsonWriter(out);
        json.beginObject().name("model").string(model).name("input").beginArray();
        for (JsonSlice input : request.inputs()) {
            json.slice(input);
        }
        json.endArray();
        if (request.dimensions() != null) {
            json.name("dimensions").slice(request.dimensions());
        }
        for (JsonSlice.Member other : request.others()) {
            if (OWN_MEMBERS.contains(other.name())) {
                json.name(other.name()).slice(other.value());
            } else {
                dropped.add(other.name());
            }
        }
        json.endObject();
        if (request.endUser() != null) {
            dropped.add("user");
        }
        return new ProviderRequest(out, List.copyOf(dropped));
    }

    /** Null when {@code body} holds no vectors. Borrows it, and so does what it returns. */
    static @Nullable Embeddings read(ByteBuf body) {
        JsonSlice answer = JsonSlice.checked(body);
        JsonSlice vectors = answer == null ? null : answer.member("embeddings");
        if (answer == null || vectors == null || !vectors.isArray()) {
            return null;
        }
        JsonSlice model = answer.member("model");
        JsonSlice tokens = answer.member("prompt_eval_count");
        return new Embeddings(
                vectors.elements(),
                model != null && model.isString() ? model.text() : null,
                Usage.of(
                        tokens == null ? Usage.UNKNOWN : Math.max(Usage.UNKNOWN, tokens.longValue(Usage.UNKNOWN)),
                        Usage.UNKNOWN,
                        Usage.UNKNOWN,
                        Usage.UNKNOWN,
                        Usage.UNKNOWN));
    }
}
