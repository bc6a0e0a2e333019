package dev.sluice.codec.openai;

import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/**
 * Requests for vectors, and vectors, as OpenAI's callers know them: as numbers, or as base64 of little-endian 32-bit
 * floats, which the official clients ask for unless they are told otherwise. Thread: any.
 */
final class OpenAiEmbeddings {
    private static final String INPUTS = "a string, an array of strings, or one or more arrays of token numbers";

    private OpenAiEmbeddings() {}

    static EmbeddingRequest read(JsonSlice body) throws MalformedRequestException {
        RequestObject request = RequestObject.of("", body);
        List<JsonSlice> inputs = inputs(request);
        JsonSlice dimensions = request.integer("dimensions");
        boolean base64 = isBase64(request);
        JsonSlice endUser = request.filledString("user");
        request.drop(List.of("model", "input", "dimensions", "encoding_format", "user"));
        return new EmbeddingRequest(inputs, dimensions, base64, endUser, request.rest());
    }

    /** Gives the answer. */
    static ByteBuf write(Embeddings embeddings, boolean base64, AnswerPlan plan, ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer();
        boolean written = false;
        try {
            write(embeddings, base64, plan, new JsonWriter(out));
            written = true;
            return out;
        } finally {
            if (!written) {
                out.release();
            }
        }
    }

    private static void write(Embeddings embeddings, boolean base64, AnswerPlan plan, JsonWriter json) {
        json.beginObject().name("object").string("list").name("data").beginArray();
        int index = 0;
        for (JsonSlice vector : embeddings.vectors()) {
            json.beginObject().name("object").string("embedding").name("index").number(index++);
            json.name("embedding");
            if (vector.isString() == base64) {
                json.slice(vector);
            } else if (base64) {
                json.string(encoded(vector));
            } else {
                writeNumbers(json, vector);
            }
            json.endObject();
        }
        json.endArray().name("model").string(embeddings.model() == null ? plan.model() : embeddings.model());
        long counted = Math.max(0, plan.promptTokens());
        long input = embeddings.usage().inputTokens() < 0
                ? counted
                : embeddings.usage().inputTokens();
        json.name("usage").beginObject();
        json.name("prompt_tokens").number(input).name("total_tokens").number(input);
        json.endObject().endObject();
    }

    private static List<JsonSlice> inputs(RequestObject request) throws MalformedRequestException {
        JsonSlice input = request.get("input");
        if (input == null) {
            throw request.missing("input", INPUTS);
        }
        if (input.isString()) {
            return List.of(input);
        }
        if (!input.isArray()) {
            throw request.wrong("input", INPUTS, input);
        }
        List<JsonSlice> elements = input.elements();
        if (elements.isEmpty()) {
            throw new MalformedRequestException("'input' must have at least one element; it is empty", "input");
        }
        // A single array of numbers is one text.
        boolean tokens = elements.getFirst().kind() == JsonKind.INTEGER;
        for (int i = 0; i < elements.size(); i++) {
            JsonSlice element = elements.get(i);
            boolean fits = tokens ? element.kind() == JsonKind.INTEGER : element.isString() || element.isArray();
            if (!fits) {
                String allowed = tokens ? "an integer, like those before it" : "a string or an array of token numbers";
                throw request.wrong("input[" + i + ']', allowed, element);
            }
        }
        return tokens ? List.of(input) : elements;
    }

    private static boolean isBase64(RequestObject request) throws MalformedRequestException {
        JsonSlice format = request.string("encoding_format");
        if (format == null || format.textEquals("float")) {
            return false;
        }
        if (!format.textEquals("base64")) {
            throw request.wrongWord("encoding_format", "\"float\" or \"base64\"");
        }
        return true;
    }

    private static String encoded(JsonSlice numbers) {
        List<JsonSlice> elements = numbers.elements();
        ByteBuffer floats = ByteBuffer.allocate(elements.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (JsonSlice element : elements) {
            floats.putFloat(Float.parseFloat(element.json()));
        }
        return Base64.getEncoder().encodeToString(floats.array());
    }

    /** As short as they can be without being another float; JSON has no word for those that are no number. */
    private static void writeNumbers(JsonWriter json, JsonSlice base64) {
        ByteBuffer floats =
                ByteBuffer.wrap(Base64.getDecoder().decode(base64.text())).order(ByteOrder.LITTLE_ENDIAN);
        json.beginArray();
        while (floats.remaining() >= Float.BYTES) {
            float number = floats.getFloat();
            if (Float.isFinite(number)) {
                json.raw(Float.toString(number));
            } else {
                json.nullValue();
            }
        }
        json.endArray();
    }
}
