package dev.sluice.gateway.config;

/**
 * One thing that is different between two configurations. Never holds a value: it may be a secret. Thread: any.
 *
 * @param path of a setting, or of an entry such as {@code models.chat}
 */
public record ConfigChange(String path, Kind kind) {
    public enum Kind {
        ADDED,
        CHANGED,
        REMOVED
    }
}
