package dev.sluice.gateway.it;

import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.Pepper;
import dev.sluice.gateway.auth.StoredKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;

/** Keys as the command line makes them, for a gateway that will use the same data directory. */
final class TestKeys {
    private final Pepper pepper;

    TestKeys(Path dataDirectory) throws IOException {
        pepper = Pepper.load(dataDirectory, Map.of());
    }

    /** @param hash the line for the configuration */
    record Made(String key, String hash, String keyId) {}

    Made make() {
        ApiKey key = ApiKey.generate(new SecureRandom());
        return new Made(key.reveal(), StoredKey.of(key, pepper).line(), key.id());
    }
}
