package dev.sluice.gateway.admin;

/** A query parameter that cannot be used: the message names the actual and the allowed value and goes to the caller. */
final class InvalidParameterException extends Exception {
    private final String parameter;

    InvalidParameterException(String parameter, String message) {
        super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
        this.parameter = parameter;
    }

    String parameter() {
        return parameter;
    }
}
