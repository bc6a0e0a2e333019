package dev.sluice.gateway.config;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A value that must not be seen: {@link #toString} is {@code ***}, and it is never a record component's text. Or the name
 * of one that is kept in the database, and is put in its place when the configuration is put in force. Immutable; thread:
 * any.
 */
public final class Secret {
    private final @Nullable String value;
    private final @Nullable String storedName;

    public Secret(String value) {
        this(Objects.requireNonNull(value), null);
    }

    private Secret(@Nullable String value, @Nullable String storedName) {
        this.value = value;
        this.storedName = storedName;
    }

    /** The one that the database knows by {@code name}. */
    public static Secret stored(String name) {
        return new Secret(null, name);
    }

    /** What the database knows it by; null for one that is here. */
    public @Nullable String storedName() {
        return storedName;
    }

    /**
     * The value itself, for the one place that sends it.
     *
     * @throws IllegalStateException when it is in the database and not here
     */
    public String reveal() {
        if (value == null) {
            throw new IllegalStateException("the secret '" + storedName + "' is in the database, not here");
        }
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret
                && Objects.equals(secret.value, value)
                && Objects.equals(secret.storedName, storedName);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(value == null ? storedName : value);
    }

    @Override
    public String toString() {
        return value == null ? "${db:" + storedName + "}" : "***";
    }
}
