package dev.sluice.codec.tokens;

/** How closely the caller asked an image to be looked at. Thread: any. */
public enum ImageDetail {
    /** The provider's choice, and what not saying anything means. */
    AUTO,
    LOW,
    HIGH
}
