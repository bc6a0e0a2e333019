package dev.sluice.gateway.upstream;

/**
 * Why an attempt got no answer. A value; thread: any.
 *
 * @param message for the caller: names the provider's address in no way, and holds no exception text
 */
public record AttemptFailure(Kind kind, String message) {

    /** Where the attempt stood when it failed. */
    public enum Kind {
        /** The name did not resolve, or nobody accepted the connection. Nothing was sent. */
        CONNECT,
        /** The peer could not be verified, or did not complete the handshake. Nothing was sent. */
        TLS,
        /** There is nothing to sign the request with. Nothing was sent. */
        CREDENTIAL,
        /** The request was sent, or part of it, and the connection ended before an answer began. */
        LOST,
        /** What came was not HTTP as it is allowed to be. */
        PROTOCOL
    }
}
