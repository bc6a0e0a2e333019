package dev.sluice.gateway.demo;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/** The bodies that are lists: models, embeddings, moderations. Thread: any. */
final class DemoLists {
    static final int DEFAULT_DIMENSIONS = 16;
    static final int MAX_DIMENSIONS = 1_024;

    private static final List<String> CATEGORIES = List.of(
            "harassment",
            "harassment/threatening",
            "hate",
            "hate/threatening",
            "illicit",
            "illicit/violent",
            "self-harm",
            "self-harm/instructions",
            "self-harm/intent",
            "sexual",
            "sexual/minors",
            "violence",
            "violence/graphic");

    private DemoLists() {}

    static String models(long createdAtSeconds) {
        return DemoJson.object(json -> {
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            json.writeStartObject();
            modelMembers(json, createdAtSeconds);
            json.writeEndObject();
            json.writeEndArray();
        });
    }

    static String model(long createdAtSeconds) {
        return DemoJson.object(json -> modelMembers(json, createdAtSeconds));
    }

    private static void modelMembers(JsonGenerator json, long createdAtSeconds) throws IOException {
        json.writeStringField("id", DemoProvider.MODEL);
        json.writeStringField("object", "model");
        json.writeNumberField("created", createdAtSeconds);
        json.writeStringField("owned_by", "sluice");
    }

    /** The same text always gets the same vector of length one; texts that mean the same do not get similar ones. */
    static String embeddings(DemoRequest request) {
        int dimensions = request.dimensions() == 0 ? DEFAULT_DIMENSIONS : request.dimensions();
        return DemoJson.object(json -> {
            int words = 0;
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (int i = 0; i < request.inputs().size(); i++) {
                DemoRequest.Input input = request.inputs().get(i);
                words += input.words();
                json.writeStartObject();
                json.writeStringField("object", "embedding");
                json.writeNumberField("index", i);
                vector(json, vector(input.hash(), dimensions), request.base64());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField("model", DemoProvider.MODEL);
            json.writeObjectFieldStart("usage");
            json.writeNumberField("prompt_tokens", words);
            json.writeNumberField("total_tokens", words);
            json.writeEndObject();
        });
    }

    private static void vector(JsonGenerator json, float[] vector, boolean base64) throws IOException {
        if (base64) {
            ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            json.writeStringField("embedding", Base64.getEncoder().encodeToString(bytes.array()));
            return;
        }
        json.writeArrayFieldStart("embedding");
        for (float value : vector) {
            json.writeNumber(value);
        }
        json.writeEndArray();
    }

    private static float[] vector(long hash, int dimensions) {
        float[] vector = new float[dimensions];
        double squares = 0;
        for (int i = 0; i < dimensions; i++) {
            // The finaliser of SplitMix64: neighbouring inputs give unrelated outputs.
            long bits = hash + (i + 1) * 0x9e3779b97f4a7c15L;
            bits = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
            bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
            bits ^= bits >>> 31;
            vector[i] = (float) (bits >> 11) / (1L << 52);
            squares += (double) vector[i] * vector[i];
        }
        float length = (float) Math.sqrt(squares);
        for (int i = 0; i < dimensions; i++) {
            vector[i] /= length;
        }
        return vector;
    }

    /** Nothing is ever flagged: nothing here understands text. */
    static String moderations(DemoRequest request, String id) {
        return DemoJson.object(json -> {
            json.writeStringField("id", "modr-" + id);
            json.writeStringField("model", DemoProvider.MODEL);
            json.writeArrayFieldStart("results");
            for (int i = 0; i < request.inputs().size(); i++) {
                json.writeStartObject();
                json.writeBooleanField("flagged", false);
                json.writeObjectFieldStart("categories");
                for (String category : CATEGORIES) {
                    json.writeBooleanField(category, false);
                }
                json.writeEndObject();
                json.writeObjectFieldStart("category_scores");
                for (String category : CATEGORIES) {
                    json.writeNumberField(category, 0.0);
                }
                json.writeEndObject();
                json.writeObjectFieldStart("category_applied_input_types");
                for (String category : CATEGORIES) {
                    json.writeArrayFieldStart(category);
                    json.writeString("text");
                    json.writeEndArray();
                }
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
