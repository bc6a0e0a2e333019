package dev.sluice.gateway.admin;

/** The beginning of what a caller sent, to be repeated to it. Thread: any. */
final class Echo {
    private static final int LONGEST = 64;

    private Echo() {}

    static String of(String text) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < text.length() && i < LONGEST; i++) {
            char c = text.charAt(i);
            shown.append(c < 0x20 || c == 0x7f ? '?' : c);
        }
        return text.length() > LONGEST ? shown + "..." : shown.toString();
    }
}
