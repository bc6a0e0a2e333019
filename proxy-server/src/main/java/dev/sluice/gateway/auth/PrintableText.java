package dev.sluice.gateway.auth;

/** Names that others give: what of them may be stored, logged and shown. Thread: any. */
final class PrintableText {
    private PrintableText() {}

    /** Whether {@code text} has something to see in it, and nothing that cannot be seen but spaces. */
    static boolean is(String text) {
        return !text.isBlank() && text.codePoints().allMatch(PrintableText::isVisible);
    }

    /** {@code text} without what cannot be seen, and no longer than {@code maxChars}. */
    static String clip(String text, int maxChars) {
        StringBuilder clipped = new StringBuilder();
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int point = text.codePointAt(i);
            if (clipped.length() + Character.charCount(point) > maxChars) {
                break;
            }
            if (isVisible(point)) {
                clipped.appendCodePoint(point);
            }
        }
        return clipped.toString();
    }

    private static boolean isVisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
