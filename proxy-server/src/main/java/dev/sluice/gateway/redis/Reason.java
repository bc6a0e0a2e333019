package dev.sluice.gateway.redis;

/** Why Redis did not answer, in words for the log. Thread: any. */
final class Reason {
    private static final int LONGEST = 200;
    /** With which a server repeats a command that it does not know, and AUTH may be one. */
    private static final String ARGUMENTS = ", with args";

    private Reason() {}

    /** The first line of the innermost cause; without what a command was given. */
    static String of(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        String words = message == null || message.isBlank()
                ? cause.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
        int arguments = words.indexOf(ARGUMENTS);
        return words.substring(
                0, Math.min(arguments < 0 ? words.length() : arguments, Math.min(words.length(), LONGEST)));
    }
}
