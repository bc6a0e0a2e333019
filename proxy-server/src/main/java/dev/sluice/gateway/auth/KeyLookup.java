package dev.sluice.gateway.auth;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Asks the database about one key that no snapshot and no feed has brought yet. Thread: any that may block. */
@FunctionalInterface
public interface KeyLookup {

    /**
     * @param id the public part of a well-formed key
     * @return null when there is no such key
     * @throws IOException when the database is away
     */
    @Nullable
    KeyRecord byId(String id) throws IOException;
}
