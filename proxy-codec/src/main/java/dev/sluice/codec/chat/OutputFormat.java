package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import org.jspecify.annotations.Nullable;

/** The form that an answer is to have. */
public sealed interface OutputFormat {

    /** Some JSON object. */
    record JsonObject() implements OutputFormat {}

    /**
     * JSON that follows a schema.
     *
     * @param name a string; null where the caller's dialect has none
     * @param schema JSON Schema, an object
     * @param strict a boolean
     */
    record JsonSchema(
            @Nullable JsonSlice name,
            @Nullable JsonSlice description,
            JsonSlice schema,
            @Nullable JsonSlice strict) implements OutputFormat {}
}
