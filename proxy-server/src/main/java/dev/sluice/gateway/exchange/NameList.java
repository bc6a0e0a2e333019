package dev.sluice.gateway.exchange;

import dev.sluice.gateway.http1.FieldLines;
import io.netty.util.AsciiString;
import java.util.Arrays;

/**
 * Names of header fields, and beginnings of names. Looked up by their length first: most fields of a head are on none of the
 * lists, and are found not to be by the comparison of a few numbers. Immutable; thread: any.
 */
final class NameList {
    private static final AsciiString[] NONE = {};

    /** At its own length each name. */
    private final AsciiString[][] byLength;

    private final AsciiString[] prefixes;

    private NameList(AsciiString[][] byLength, AsciiString[] prefixes) {
        this.byLength = byLength;
        this.prefixes = prefixes;
    }

    /** @param names in lower case */
    static NameList of(String... names) {
        int longest = 0;
        for (String name : names) {
            longest = Math.max(longest, name.length());
        }
        AsciiString[][] byLength = new AsciiString[longest + 1][];
        Arrays.fill(byLength, NONE);
        for (String name : names) {
            AsciiString[] before = byLength[name.length()];
            AsciiString[] more = Arrays.copyOf(before, before.length + 1);
            more[before.length] = AsciiString.cached(name);
            byLength[name.length()] = more;
        }
        return new NameList(byLength, NONE);
    }

    /** These, and whatever begins like one of {@code beginnings}. */
    NameList orPrefixed(String... beginnings) {
        AsciiString[] more = new AsciiString[beginnings.length];
        for (int i = 0; i < more.length; i++) {
            more[i] = AsciiString.cached(beginnings[i]);
        }
        return new NameList(byLength, more);
    }

    /** Whether the field at {@code index} is listed. */
    boolean lists(FieldLines fields, int index) {
        int length = fields.nameLength(index);
        if (length < byLength.length) {
            for (AsciiString name : byLength[length]) {
                if (fields.nameStartsWith(index, name)) {
                    return true;
                }
            }
        }
        for (AsciiString prefix : prefixes) {
            if (fields.nameStartsWith(index, prefix)) {
                return true;
            }
        }
        return false;
    }
}
