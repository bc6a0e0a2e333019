package dev.sluice.gateway.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that was accepted.
 *
 * @param file where it came from; null for the environment alone
 * @param notices what the operator wrote and this version does not act on; to be shown to them
 */
public record Loaded(GatewayConfig config, @Nullable Path file, List<Problem> notices) {
    public Loaded {
        notices = List.copyOf(notices);
    }

    /** What to call the origin in messages. */
    public String origin() {
        return file == null ? "environment" : file.toString();
    }
}
