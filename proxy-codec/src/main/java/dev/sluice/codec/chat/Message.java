package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a conversation.
 *
 * <p>Results of tools stand in messages of {@link Role#TOOL}, directly behind the message with the calls and before
 * whatever else the user says: a dialect that has them in a user's turn takes them out when it reads, and puts them
 * in when it writes.
 *
 * @param parts in their order; a text is never empty
 * @param name of the speaker, a string
 */
public record Message(Role role, List<Part> parts, @Nullable JsonSlice name) {
    public Message {
        parts = List.copyOf(parts);
    }

    public Message(Role role, List<Part> parts) {
        this(role, parts, null);
    }
}
