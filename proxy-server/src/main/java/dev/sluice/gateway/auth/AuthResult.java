package dev.sluice.gateway.auth;

/** What became of a presented key. */
public sealed interface AuthResult permits Principal, AuthResult.Refused {

    /** No key, or none that is known. Says nothing about which of the two parts was wrong. */
    enum Refused implements AuthResult {
        MISSING,
        INVALID
    }
}
