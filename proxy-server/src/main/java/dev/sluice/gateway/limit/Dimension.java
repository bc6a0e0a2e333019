package dev.sluice.gateway.limit;

import org.jspecify.annotations.Nullable;

/**
 * Something by which a rule tells callers apart: each value of it has a counter of its own. Immutable; thread: any.
 *
 * @param tag whose values count, for {@link Kind#TAG}; else null
 */
public record Dimension(Kind kind, @Nullable String tag) {

    /** {@link #label()} is its name in the configuration; that of a tag is {@code tag:<name>}. */
    public enum Kind {
        KEY("key"),
        USER("user"),
        END_USER("end_user"),
        TEAM("team"),
        TIER("tier"),
        IP("ip"),
        SESSION("session"),
        PROVIDER("provider"),
        MODEL("model"),
        TAG("tag");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    public static Dimension of(Kind kind) {
        return new Dimension(kind, null);
    }
}
