package dev.sluice.codec.dialect;

import org.jspecify.annotations.Nullable;

/**
 * An error as a value: what happened, whose fault it is, whether another target might do better, and a sentence that
 * may be shown to the caller.
 *
 * @param kind the entry of the catalogue
 * @param source who is at fault
 * @param retryable whether the same request may succeed at another target, or here later
 * @param message names the actual and the allowed value; never holds a secret or a stack trace
 * @param param the request member at fault, if one is
 * @param retryAfterSeconds seconds to wait, or 0 when nobody said
 */
public record GatewayError(
        ErrorKind kind,
        Source source,
        boolean retryable,
        String message,
        @Nullable String param,
        int retryAfterSeconds) {

    /** Who is at fault. */
    public enum Source {
        CALLER,
        PROVIDER,
        GATEWAY
    }

    /** The caller's fault: never retried. */
    public static GatewayError caller(ErrorKind kind, String message) {
        return new GatewayError(kind, Source.CALLER, /* retryable= */ false, message, null, 0);
    }

    /** The caller's fault, at a named member of the request. */
    public static GatewayError caller(ErrorKind kind, String message, String param) {
        return new GatewayError(kind, Source.CALLER, /* retryable= */ false, message, param, 0);
    }

    /** The provider's fault: another target may do better. */
    public static GatewayError provider(ErrorKind kind, String message) {
        return new GatewayError(kind, Source.PROVIDER, /* retryable= */ true, message, null, 0);
    }

    /** Our own fault or state. */
    public static GatewayError gateway(ErrorKind kind, String message) {
        return new GatewayError(kind, Source.GATEWAY, /* retryable= */ true, message, null, 0);
    }
}
