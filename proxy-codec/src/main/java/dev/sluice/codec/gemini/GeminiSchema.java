package dev.sluice.codec.gemini;

import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;

/** Writes JSON Schema for Gemini, which takes it as it is but for what names its edition. Thread: any. */
final class GeminiSchema {
    private static final String EDITION = "$schema";

    private GeminiSchema() {}

    static void write(JsonWriter json, JsonSlice schema) {
        if (schema.member(EDITION) == null) {
            json.slice(schema);
            return;
        }
        json.beginObject();
        for (JsonSlice.Member member : schema.members()) {
            if (!member.name().equals(EDITION)) {
                json.name(member.name()).slice(member.value());
            }
        }
        json.endObject();
    }

    /** Whether the schema of a function's parameters asks for any: an object without members is better left out. */
    static boolean saysSomething(JsonSlice schema) {
        for (JsonSlice.Member member : schema.members()) {
            boolean nothing = switch (member.name()) {
                case "type", "additionalProperties", EDITION -> true;
                case "properties", "required" ->
                    member.value().isEmpty() || member.value().isNull();
                default -> false;
            };
            if (!nothing) {
                return true;
            }
        }
        return false;
    }
}
