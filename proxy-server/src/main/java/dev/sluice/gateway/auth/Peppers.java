package dev.sluice.gateway.auth;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pepper that is in use, and while it is being changed the one before it: what was made with either is good, what is
 * made now is made with {@code current}. The previous one is {@code <data_dir>/pepper.previous} or
 * {@code SLUICE_PEPPER_PREVIOUS}. Immutable; thread: any.
 */
public record Peppers(Pepper current, @Nullable Pepper previous) {

    /** @throws IOException when a file or a variable cannot be used; the message does not repeat it */
    public static Peppers load(Path dataDir, Map<String, String> environment) throws IOException {
        return new Peppers(Pepper.load(dataDir, environment), Pepper.loadPrevious(dataDir, environment));
    }

    /** The one that is called {@code id}, or null when it is neither. */
    public @Nullable Pepper called(String id) {
        if (current.id().equals(id)) {
            return current;
        }
        return previous != null && previous.id().equals(id) ? previous : null;
    }

    /**
     * Checks the form of {@code key} and hashes it with each pepper: the results are in the calling thread's work spaces.
     *
     * @return that of {@link #current}, or null, and nothing is hashed, when the form or the checksum is wrong
     */
    Pepper.@Nullable Workspace hash(String key) {
        Pepper.Workspace now = current.workspace();
        if (!ApiKey.check(key, now.text)) {
            return null;
        }
        now.computeDigest();
        if (previous != null) {
            Pepper.Workspace before = previous.workspace();
            System.arraycopy(now.text, 0, before.text, 0, now.text.length);
            before.computeDigest();
        }
        return now;
    }

    /** Where {@link #hash} left what the previous pepper made; null when there is none. */
    Pepper.@Nullable Workspace before() {
        return previous == null ? null : previous.workspace();
    }

    @Override
    public String toString() {
        return "***";
    }
}
