package dev.sluice.gateway.account;

/** There is no room for one more at the moment. Thread: any. */
public final class BusyException extends Exception {
    BusyException(String message) {
        super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    }
}
