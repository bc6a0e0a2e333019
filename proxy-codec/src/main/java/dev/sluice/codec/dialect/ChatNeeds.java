package dev.sluice.codec.dialect;

/**
 * What a model must be able to do to serve a chat. Thread: any.
 *
 * @param vision reading images
 * @param jsonSchema answering in the form of a schema
 * @param reasoning thinking before it answers, as the caller asked for
 */
public record ChatNeeds(boolean tools, boolean vision, boolean jsonSchema, boolean reasoning) {
    public static final ChatNeeds NONE = new ChatNeeds(false, false, false, false);
}
