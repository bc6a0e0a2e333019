package dev.sluice.codec.responses;

import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import org.jspecify.annotations.Nullable;

/** Refuses what cannot be understood, in sentences that name the place, what is there and what may be. Thread: any. */
final class Expected {
    private Expected() {}

    static JsonSlice string(@Nullable JsonSlice value, String path) throws MalformedRequestException {
        return of(value, value != null && value.isString(), "a string", path);
    }

    /** A string's text. */
    static String text(@Nullable JsonSlice value, String path) throws MalformedRequestException {
        return string(value, path).text();
    }

    /** A name: a text that is not empty. */
    static String name(@Nullable JsonSlice value, String path) throws MalformedRequestException {
        String name = text(value, path);
        if (name.isEmpty()) {
            throw new MalformedRequestException("'" + path + "' is empty; it must have at least one character", path);
        }
        return name;
    }

    /** The arguments of a call: a string with JSON text, which may be missing. */
    static JsonSlice arguments(@Nullable JsonSlice value, String path) throws MalformedRequestException {
        return value == null ? JsonSlice.string("") : string(value, path + ".arguments");
    }

    static JsonSlice object(@Nullable JsonSlice value, String path) throws MalformedRequestException {
        return of(value, value != null && value.isObject(), "an object", path);
    }

    static JsonSlice array(@Nullable JsonSlice value, String path) throws MalformedRequestException {
        return of(value, value != null && value.isArray(), "an array", path);
    }

    /** A word that is none of the {@code allowed} ones. */
    static MalformedRequestException oneOf(String path, String actual, String allowed) {
        String shown = actual.length() > 64 ? actual.length() + " characters long" : "'" + actual + "'";
        return new MalformedRequestException("'" + path + "' is " + shown + "; allowed are " + allowed, path);
    }

    /** A member that only a provider of this dialect could serve. */
    static MalformedRequestException unsupported(String path, String reason) {
        return new MalformedRequestException("'" + path + "' is not supported for this model: " + reason, path);
    }

    private static JsonSlice of(@Nullable JsonSlice value, boolean right, String allowed, String path)
            throws MalformedRequestException {
        if (value == null) {
            throw new MalformedRequestException("'" + path + "' is missing; it must be " + allowed, path);
        }
        if (!right) {
            throw new MalformedRequestException(
                    "'" + path + "' must be " + allowed + ", not "
                            + value.kind().phrase(),
                    path);
        }
        return value;
    }
}
