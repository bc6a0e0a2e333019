package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import org.jspecify.annotations.Nullable;

/** A tool that the model may call. */
public sealed interface Tool {

    /**
     * A function of the caller's.
     *
     * @param description a string
     * @param parameters JSON Schema, an object; null when it has none
     * @param strict a boolean
     */
    record Function(
            String name,
            @Nullable JsonSlice description,
            @Nullable JsonSlice parameters,
            @Nullable JsonSlice strict,
            @Nullable JsonSlice cacheControl)
            implements Tool {}

    /**
     * OpenAI's tool whose input is a plain text instead of an object.
     *
     * @param format a grammar, an object
     */
    record Custom(
            String name,
            @Nullable JsonSlice description,
            @Nullable JsonSlice format) implements Tool {}

    /**
     * A tool that runs at the provider and that only its own dialect knows.
     *
     * @param what its name in that dialect, for the list of what was dropped
     */
    record Foreign(String what, JsonSlice value) implements Tool {}
}
