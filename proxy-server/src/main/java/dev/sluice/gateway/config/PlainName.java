package dev.sluice.gateway.config;

/** What a provider can be called, and a provider's key in the database. Thread: any. */
public final class PlainName {
    private static final int LONGEST = 64;

    /** For messages. */
    public static final String ALLOWED =
            "up to " + LONGEST + " letters, digits, '.', '-' and '_', beginning with a letter or digit";

    private PlainName() {}

    public static boolean isOne(String name) {
        if (name.isEmpty() || name.length() > LONGEST) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letterOrDigit = Scalar.isLetter(c) || Scalar.isDigit(c);
            if (!letterOrDigit && (i == 0 || (c != '.' && c != '-' && c != '_'))) {
                return false;
            }
        }
        return true;
    }
}
