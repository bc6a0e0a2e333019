package dev.sluice.gateway.account;

import org.jspecify.annotations.Nullable;

/** A request that makes no sense; the message names the actual and the allowed value, and nothing secret. Thread: any. */
final class InvalidRequestException extends Exception {
    private final @Nullable String parameter;

    /** @param parameter the member of the body that is at fault; null when it is the body as a whole */
    InvalidRequestException(@Nullable String parameter, String message) {
        super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
        this.parameter = parameter;
    }

    @Nullable
    String parameter() {
        return parameter;
    }
}
