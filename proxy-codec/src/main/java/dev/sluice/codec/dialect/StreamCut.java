package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.json.JsonWriter;

/**
 * Why a stream is stopped in the middle, and what the caller is told of it: its answer ends as one that was allowed no
 * more tokens, and its last event says in a member of its own who stopped it. Thread: any.
 *
 * @param code who or what stopped it, such as {@code budget_exceeded}
 * @param message a sentence for the caller
 * @param usage so far, as the caller is to be told; {@link Usage#NONE} where the caller did not ask to be told
 */
public record StreamCut(String code, String message, Usage usage) {
    /** The member that no dialect has and no SDK minds. */
    private static final String MEMBER = "sluice";

    /** Writes the member that says so, into the object that is open. */
    public void write(JsonWriter json) {
        json.name(MEMBER).beginObject();
        json.name("stopped_by").string(code);
        json.name("message").string(message).endObject();
    }

    /** The same for a caller who did not ask for usage. */
    public StreamCut withoutUsage() {
        return new StreamCut(code, message, Usage.NONE);
    }
}
