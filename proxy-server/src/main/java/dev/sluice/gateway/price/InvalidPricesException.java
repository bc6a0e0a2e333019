package dev.sluice.gateway.price;

/** A price catalogue that cannot be used. The message names file, line, value and what is allowed, for the operator. */
public final class InvalidPricesException extends RuntimeException {

    InvalidPricesException(String message) {
        super(message);
    }

    InvalidPricesException(String message, Throwable cause) {
        super(message, cause);
    }
}
