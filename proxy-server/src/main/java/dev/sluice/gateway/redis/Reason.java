package dev.sluice.gateway.redis;

import java.util.concurrent.CompletionException;

/** Why Redis did not answer, in words for the log. Thread: any. */
final class Reason {
    private static final int LONGEST = 200;
    /** With which a server repeats a command that it does not know, and AUTH may be one. */
    private static final String ARGUMENTS = ", with args";

    private Reason() {}

    /** The failure and its innermost cause: what was tried, and why it failed. */
    static String of(Throwable failure) {
        Throwable outer = failure;
        while (outer instanceof CompletionException && outer.getCause() != null) {
            outer = outer.getCause();
        }
        Throwable inner = outer;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        return outer.getCause() == null ? words(outer) : words(outer) + ": " + words(inner);
    }

    /** Its first line, without what a command was given. */
    private static String words(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        String line = message.lines().findFirst().orElse("");
        int arguments = line.indexOf(ARGUMENTS);
        String said = arguments < 0 ? line : line.substring(0, arguments);
        return said.substring(0, Math.min(said.length(), LONGEST));
    }
}
