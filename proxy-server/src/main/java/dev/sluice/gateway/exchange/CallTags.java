package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.auth.Principal;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The caller's {@code x-sluice-tags: team=search,env=prod}: at most 16, each checked; and those that every call of its key
 * gets. Thread: any.
 *
 * @param tags the key's, then in the order they were given the caller's, which win
 * @param error why the header cannot be accepted, or null
 */
record CallTags(Map<String, String> tags, @Nullable GatewayError error) {

    private static final int MAX_TAGS = 16;
    private static final int MAX_KEY_CHARS = 64;
    private static final int MAX_VALUE_CHARS = 256;
    private static final CallTags NONE = new CallTags(Map.of(), null);

    /** @param caller whose tags the call gets, too */
    static CallTags of(HttpHeaders headers, Principal caller) {
        CallTags own = of(headers);
        if (caller.tags().isEmpty() || own.error != null) {
            return own;
        }
        if (own.tags.isEmpty()) {
            return new CallTags(caller.tags(), null);
        }
        Map<String, String> both = new LinkedHashMap<>(caller.tags());
        both.putAll(own.tags);
        return new CallTags(both, null);
    }

    static CallTags of(HttpHeaders headers) {
        String text = headers.get("x-sluice-tags");
        if (text == null) {
            return NONE;
        }
        Map<String, String> tags = new LinkedHashMap<>();
        for (int start = 0; start <= text.length(); ) {
            int comma = text.indexOf(',', start);
            int end = comma < 0 ? text.length() : comma;
            String pair = text.substring(start, end).trim();
            int equals = pair.indexOf('=');
            if (equals <= 0 || equals > MAX_KEY_CHARS || pair.length() - equals - 1 > MAX_VALUE_CHARS) {
                return refused("x-sluice-tags wants name=value pairs (name 1.." + MAX_KEY_CHARS + ", value 0.."
                        + MAX_VALUE_CHARS + " characters), the one at offset " + start + " is not");
            }
            tags.put(pair.substring(0, equals), pair.substring(equals + 1));
            start = end + 1;
        }
        if (tags.size() > MAX_TAGS) {
            return refused("x-sluice-tags allows " + MAX_TAGS + " tags, " + tags.size() + " were sent");
        }
        return new CallTags(tags, null);
    }

    private static CallTags refused(String message) {
        return new CallTags(Map.of(), GatewayError.caller(ErrorKind.INVALID_REQUEST, message));
    }
}
