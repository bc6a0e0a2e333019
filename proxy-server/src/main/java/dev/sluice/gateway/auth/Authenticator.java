package dev.sluice.gateway.auth;

import org.jspecify.annotations.Nullable;

/** Tells who presents a key. Never blocks, never fails: keys are an immutable snapshot. Thread: event loop. */
@FunctionalInterface
public interface Authenticator {

    /** @param key the key as presented by the caller, or null when there was none */
    AuthResult authenticate(@Nullable String key);
}
