package dev.sluice.gateway.auth;

/** What came of asking who it is. Immutable; thread: any. */
public sealed interface AuthResult permits Principal, AuthResult.Refused, AuthResult.Blocked, AuthResult.Unresolved {

    /** Nobody that may come in, and why. */
    enum Refused implements AuthResult {
        /** No credential was sent. */
        MISSING,
        /** It is none of ours, or was taken back. Which of the two is not told. */
        INVALID,
        /** It was good until a moment that is over. */
        EXPIRED,
        /** It will be good. */
        NOT_YET_VALID,
        /** It is good, but not from this address. */
        ADDRESS,
        /** It is good, but not for this endpoint. */
        ENDPOINT,
        /** Whether it is good cannot be told: what would know does not answer. */
        UNAVAILABLE
    }

    /**
     * Not listened to for a while, whoever it is: because of how this caller, or somebody at its address, has behaved.
     *
     * @param seconds until it is worth another try
     */
    record Blocked(int seconds) implements AuthResult {}

    /** Memory does not tell; {@link Authenticator#resolve} will, off the event loop. */
    enum Unresolved implements AuthResult {
        INSTANCE
    }
}
