package dev.sluice.gateway.auth;

import java.net.InetAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells who presents a credential: a gateway key or a token. Thread: any. */
@FunctionalInterface
public interface Authenticator {

    /**
     * From memory alone: never blocks, never fails.
     *
     * @param credential as presented by the caller, or null when there was none
     * @param from the caller's address
     * @return {@link AuthResult.Unresolved} only if {@link #resolve} can tell more
     */
    AuthResult authenticate(@Nullable String credential, InetAddress from);

    /**
     * Looks further than memory: at the database for a key that is not known here, at a token's signature.
     *
     * @param answer is called once, on whatever thread, also on the calling one; never with
     *     {@link AuthResult.Unresolved}
     */
    default void resolve(String credential, InetAddress from, Consumer<AuthResult> answer) {
        answer.accept(AuthResult.Refused.INVALID);
    }

    /**
     * Changes whenever something may have been taken back: what was found under another generation has to be asked for
     * again.
     */
    default long generation() {
        return 0;
    }
}
