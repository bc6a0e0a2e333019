package dev.sluice.codec.tokens;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;

/** What another implementation counts. Thread: any. */
final class Oracle {
    private static final EncodingRegistry REGISTRY = Encodings.newLazyEncodingRegistry();

    private Oracle() {}

    /** Lone surrogates, with which the oracle does this and that, count as U+FFFD. */
    static long count(Encoding encoding, String text) {
        EncodingType type = switch (encoding) {
            case O200K_BASE -> EncodingType.O200K_BASE;
            case CL100K_BASE -> EncodingType.CL100K_BASE;
        };
        return REGISTRY.getEncoding(type).countTokensOrdinary(wellFormed(text));
    }

    static String wellFormed(String text) {
        StringBuilder whole = new StringBuilder(text.length());
        text.codePoints()
                .map(point -> point >= 0xD800 && point < 0xE000 ? 0xFFFD : point)
                .forEach(whole::appendCodePoint);
        return whole.toString();
    }
}
