package dev.sluice.gateway.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that was accepted.
 *
 * @param file where it came from; null for the environment alone
 * @param notices what the operator wrote and this version does not act on; to be shown to them
 * @param files what it was made of: the file itself, those that it takes values from, and those that it names
 */
public record Loaded(GatewayConfig config, @Nullable Path file, List<Problem> notices, FileStates files) {
    public Loaded {
        notices = List.copyOf(notices);
    }

    /** What to call the origin in messages. */
    public String origin() {
        return file == null ? "environment" : file.toString();
    }
}
