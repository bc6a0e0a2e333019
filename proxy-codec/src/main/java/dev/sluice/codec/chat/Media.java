package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import java.util.Locale;

/** Where an image, a document or a recording is. */
public sealed interface Media {

    /** Longer ones are no use of the form that anybody knows. */
    int LONGEST_DATA_PREFIX = 256;

    /** @param url a string */
    record Url(JsonSlice url) implements Media {}

    /**
     * In the request itself.
     *
     * @param mediaType as written, such as {@code image/png}
     * @param data a string: base64, behind {@code prefixBytes} that belong to a {@code data:} URL
     */
    record Inline(String mediaType, JsonSlice data, int prefixBytes) implements Media {}

    /** @param id a string, which only the provider knows that gave it */
    record Uploaded(JsonSlice id) implements Media {}

    /** @param text a string: a document that is plain text */
    record Plain(JsonSlice text) implements Media {}

    /** What {@code url}, a string, points to: itself, when it is a {@code data:} URL with base64. */
    static Media ofUrl(JsonSlice url) {
        int comma = url.textStartsWith("data:") ? url.indexInContent(',') : -1;
        if (comma < 0 || comma > LONGEST_DATA_PREFIX) {
            return new Url(url);
        }
        String prefix = url.text(0, comma);
        if (!prefix.toLowerCase(Locale.ROOT).endsWith(";base64")) {
            return new Url(url);
        }
        String type = prefix.substring(5, prefix.length() - 7);
        int parameters = type.indexOf(';');
        return new Inline(parameters < 0 ? type : type.substring(0, parameters), url, comma + 1);
    }
}
