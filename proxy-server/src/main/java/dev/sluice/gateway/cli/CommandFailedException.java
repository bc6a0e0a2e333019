package dev.sluice.gateway.cli;

/** A command could not do what it was asked for, for a reason that its user can understand from the message. */
final class CommandFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    CommandFailedException(String message) {
        super(message);
    }

    CommandFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
