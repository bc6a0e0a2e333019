package dev.sluice.gateway.config;

/** A text is no amount. The message says why and what is allowed, as the end of a sentence that begins with the text. */
public final class InvalidAmountException extends Exception {
    private static final long serialVersionUID = 1;

    InvalidAmountException(String message) {
        super(message);
    }

    /** Without the text, which may not be for anybody's eyes. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
