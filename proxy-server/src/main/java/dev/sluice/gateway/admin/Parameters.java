package dev.sluice.gateway.admin;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Parameters of the query by their type. Thread: any. */
final class Parameters {
    private Parameters() {}

    /** PostgreSQL knows no NUL. */
    static @Nullable String text(AdminRequest request, String name) throws InvalidParameterException {
        String text = request.parameter(name);
        if (text != null && text.indexOf('\0') >= 0) {
            throw new InvalidParameterException(name, "`" + name + "` holds a NUL; text without it is allowed");
        }
        return text;
    }

    static @Nullable Boolean flag(AdminRequest request, String name) throws InvalidParameterException {
        String text = request.parameter(name);
        return switch (text) {
            case null -> null;
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default ->
                throw new InvalidParameterException(
                        name, "`" + name + "` is `" + Echo.of(text) + "`; allowed: true, false");
        };
    }

    static @Nullable Instant time(AdminRequest request, String name) throws InvalidParameterException {
        String text = request.parameter(name);
        return text == null ? null : Body.time(text, name);
    }
}
