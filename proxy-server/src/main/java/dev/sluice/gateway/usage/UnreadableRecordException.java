package dev.sluice.gateway.usage;

/** A record of the journal that cannot be what {@link UsageRecords} wrote. The message repeats nothing of its text. */
final class UnreadableRecordException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableRecordException(String message) {
        super(message);
    }
}
