package dev.sluice.gateway.cli;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How something is made once although it is asked for twice. */
final class CreationOptions {
    @Option(
            names = "--idempotency-key",
            paramLabel = "TEXT",
            description = "Makes it harmless to ask again with the same text, for a day; another one each time when"
                    + " absent.")
    private @Nullable String key;

    /** Whether one was given. */
    boolean isGiven() {
        return key != null;
    }

    AdminClient.Answer create(AdminClient client, AdminObject object, Map<String, ?> body)
            throws CommandFailedException, InterruptedException {
        return client.create(
                object.path(), body, key == null ? UUID.randomUUID().toString() : key);
    }

    /** Adds a member to what is to be made, when it was given. */
    static void put(Map<String, Object> body, String member, @Nullable Object value) {
        if (value != null) {
            body.put(member, value);
        }
    }
}
