package dev.sluice.gateway.usage;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Texts that come again with each call, such as the names of models and providers: made {@linkplain Text fit} and encoded
 * once. There is a fixed number of places, in groups of {@value #WAYS} of which a text may take any, so that a few texts
 * that fall on one group do not drive each other out; and those that callers make up gather nowhere. HOT. Thread: one for
 * each instance.
 */
final class KnownTexts {
    private static final int PLACES = 256;
    private static final int WAYS = 4;

    private final @Nullable Known[] places = new Known[PLACES];

    /** A text that is known. */
    static final class Known {
        /** As it came. */
        private final String text;
        /** As it is stored. */
        final String cleaned;
        /** How it stands in a record of the journal, its length in front. Borrowed by whoever reads it. */
        final byte[] record;

        private Known(String text, String cleaned, byte[] record) {
            this.text = text;
            this.cleaned = cleaned;
            this.record = record;
        }
    }

    /** Text that is stored like {@code text}; always the same object while it is known. */
    @Nullable
    String cleaned(@Nullable String text) {
        return text == null ? null : find(text).cleaned;
    }

    Known find(String text) {
        int hash = text.hashCode();
        int group = (hash ^ hash >>> 16) * WAYS & (PLACES - 1);
        for (int i = group; i < group + WAYS; i++) {
            Known known = places[i];
            if (known != null && known.text.equals(text)) {
                return known;
            }
        }
        Known made = known(text);
        System.arraycopy(places, group, places, group + 1, WAYS - 1);
        places[group] = made;
        return made;
    }

    /** Of what is too long nothing is kept but its beginning. */
    private static Known known(String text) {
        String cleaned = Text.cleaned(text, Text.MAX_NAME);
        byte[] record = new byte[UsageRecords.MOST_NUMBER_BYTES + cleaned.length() * Utf8.MOST_BYTES_A_CHAR];
        int start = UsageRecords.writeNumber(Utf8.size(cleaned), record, 0);
        byte[] whole = Arrays.copyOf(record, Utf8.write(cleaned, record, start));
        return new Known(text.length() == cleaned.length() ? text : cleaned, cleaned, whole);
    }
}
