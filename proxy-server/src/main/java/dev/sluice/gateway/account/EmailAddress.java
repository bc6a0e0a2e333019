package dev.sluice.gateway.account;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address that somebody logs in with, as it is compared and stored: in lower case.
 *
 * <p>ASCII only. Two addresses that look the same to a reader must not be two accounts, and other scripts have letters that
 * do; domains of theirs have an ASCII form. Whether mail arrives there is not looked at. Immutable; thread: any.
 */
public record EmailAddress(String text) {
    /** What a text has to be, for messages. */
    public static final String ALLOWED = "name@domain in ASCII, up to 254 characters, without spaces or quotes";

    private static final int MAX_CHARS = 254;
    private static final Pattern FORM =
            Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

    /** Null when it is none. */
    public static @Nullable EmailAddress of(String text) {
        String stripped = text.strip();
        if (stripped.length() > MAX_CHARS
                || stripped.contains("..")
                || !FORM.matcher(stripped).matches()) {
            return null;
        }
        return new EmailAddress(stripped.toLowerCase(Locale.ROOT));
    }
}
