package dev.sluice.codec.json;

import org.jspecify.annotations.Nullable;

/**
 * A body that is no JSON object, breaks a limit, or has a member of the wrong type. The message never quotes the body
 * beyond a single byte, so it may be logged. Stackless: hostile input is ordinary. Thread: any.
 */
public final class JsonSyntaxException extends Exception {
    private final @Nullable String param;

    /**
     * @param message what is wrong, and where
     * @param param the member at fault, if one is
     */
    public JsonSyntaxException(String message, @Nullable String param) {
        super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
        this.param = param;
    }

    /** The member at fault, if one is. */
    public @Nullable String param() {
        return param;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
