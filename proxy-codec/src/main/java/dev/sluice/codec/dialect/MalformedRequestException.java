package dev.sluice.codec.dialect;

import org.jspecify.annotations.Nullable;

/** A request body that cannot be served; carries the sentence for the caller. Stackless: hostile input is ordinary. */
public final class MalformedRequestException extends Exception {
    private final @Nullable String param;

    public MalformedRequestException(String message, @Nullable String param) {
        super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
        this.param = param;
    }

    /** The error in the catalogue's terms. */
    public GatewayError toError() {
        String message = String.valueOf(getMessage());
        return param == null
                ? GatewayError.caller(ErrorKind.INVALID_REQUEST, message)
                : GatewayError.caller(ErrorKind.INVALID_REQUEST, message, param);
    }
}
