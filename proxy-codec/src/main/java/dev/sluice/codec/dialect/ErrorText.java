package dev.sluice.codec.dialect;

/**
 * Makes a provider's sentence fit to be shown: one line, bounded, without what looks like a key or an account.
 * Thread: any.
 */
public final class ErrorText {
    private static final String[] SECRET_PREFIXES = {
        "sk-", "sk_", "gsk_", "xai-", "org-", "proj_", "key-", "Bearer ", "AKIA", "ASIA", "ABSK", "arn:", "AIza",
        "ya29."
    };
    private static final String MASK = "***";

    private ErrorText() {}

    /** {@code text} without control characters and secrets, at most {@code maxChars} long. */
    public static String clean(String text, int maxChars) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), maxChars + MASK.length()));
        int i = 0;
        while (i < text.length() && clean.length() < maxChars) {
            int behind = behindSecret(text, i);
            if (behind > i) {
                clean.append(MASK);
                i = behind;
                continue;
            }
            int next = text.codePointAt(i);
            i += Character.charCount(next);
            if (!Character.isISOControl(next)) {
                clean.appendCodePoint(next);
            } else if (!clean.isEmpty() && clean.charAt(clean.length() - 1) != ' ') {
                clean.append(' ');
            }
        }
        return clean.toString().strip();
    }

    /** The index behind the secret that begins at {@code start}, or {@code start} if none does. */
    private static int behindSecret(String text, int start) {
        if (start > 0 && isOfSecret(text.charAt(start - 1))) {
            return start;
        }
        for (String prefix : SECRET_PREFIXES) {
            if (text.startsWith(prefix, start)) {
                int end = start + prefix.length();
                while (end < text.length() && (isOfSecret(text.charAt(end)) || isOfName(prefix, text.charAt(end)))) {
                    end++;
                }
                return end;
            }
        }
        return start;
    }

    /** The name of a resource at Amazon has the number of the account in it, between colons. */
    private static boolean isOfName(String prefix, char next) {
        return (next == ':' || next == '/') && prefix.equals("arn:");
    }

    private static boolean isOfSecret(char next) {
        return (next >= 'a' && next <= 'z')
                || (next >= 'A' && next <= 'Z')
                || (next >= '0' && next <= '9')
                || next == '-'
                || next == '_'
                || next == '*'
                || next == '.';
    }
}
