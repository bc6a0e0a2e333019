package dev.sluice.gateway.admin;

import org.jspecify.annotations.Nullable;

/** A parameter of the query, or a member of the body, that cannot be used: the message names the actual and the allowed value and goes to the caller. */
final class InvalidParameterException extends Exception {
    private final @Nullable String parameter;

    InvalidParameterException(@Nullable String parameter, String message) {
        super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
        this.parameter = parameter;
    }

    /** Null when it is the whole body. */
    @Nullable
    String parameter() {
        return parameter;
    }
}
