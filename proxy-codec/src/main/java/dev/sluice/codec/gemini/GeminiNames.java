package dev.sluice.codec.gemini;

import dev.sluice.codec.json.JsonSlice;
import org.jspecify.annotations.Nullable;

/** Members may be spelt in two ways: {@code generationConfig} and {@code generation_config}. Thread: any. */
final class GeminiNames {
    private GeminiNames() {}

    /** The spelling without underscores. */
    static String camel(String name) {
        int underscore = name.indexOf('_', 1);
        if (underscore < 0) {
            return name;
        }
        StringBuilder camel = new StringBuilder(name.length()).append(name, 0, underscore);
        boolean upper = false;
        for (int i = underscore; i < name.length(); i++) {
            char next = name.charAt(i);
            if (next == '_') {
                upper = true;
            } else {
                camel.append(upper ? Character.toUpperCase(next) : next);
                upper = false;
            }
        }
        return camel.toString();
    }

    /** The member called {@code name}, however it is spelt; null when there is none, or it is null. */
    static @Nullable JsonSlice member(JsonSlice object, String name) {
        JsonSlice found = null;
        for (JsonSlice.Member member : object.members()) {
            if (camel(member.name()).equals(name)) {
                found = member.value();
            }
        }
        return found == null || found.isNull() ? null : found;
    }

    /** The text of that member; null when it is no string. */
    static @Nullable String text(JsonSlice object, String name) {
        JsonSlice value = member(object, name);
        return value != null && value.isString() ? value.text() : null;
    }
}
