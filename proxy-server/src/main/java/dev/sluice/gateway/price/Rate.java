package dev.sluice.gateway.price;

import dev.sluice.codec.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What is paid for: each constant is a bucket of a {@link Usage}, no two of which share a unit, and the name of its rate
 * in a price file. Thread: any.
 */
enum Rate {
    INPUT("input"),
    CACHED_INPUT("cached_input"),
    /** Kept for five minutes. */
    CACHE_WRITE("cache_write"),
    CACHE_WRITE_1H("cache_write_1h"),
    AUDIO_INPUT("audio_input"),
    CACHED_AUDIO_INPUT("cached_audio_input"),
    IMAGE_INPUT("image_input"),
    OUTPUT("output"),
    REASONING("reasoning"),
    AUDIO_OUTPUT("audio_output"),
    IMAGE_OUTPUT("image_output"),
    /** Calls, not tokens. */
    WEB_SEARCH("web_search");

    private final String label;

    Rate(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** Whether tokens are paid for, and not calls. Multipliers are for tokens. */
    boolean isOfTokens() {
        return this != WEB_SEARCH;
    }

    /** The number of units for which a price file states this rate: a million tokens, a thousand calls. */
    long statedUnits() {
        return isOfTokens() ? 1_000_000 : 1_000;
    }

    /** A rate as a price file states it. */
    String dollars(long nanoForMillion) {
        return Money.format(nanoForMillion / (1_000_000 / statedUnits()));
    }

    /** How many units of this {@code usage} has; not above 0 where it has none or does not say. */
    long units(Usage usage) {
        return switch (this) {
            case INPUT -> usage.inText();
            case CACHED_INPUT -> usage.inCached();
            case CACHE_WRITE -> usage.inWrite5m();
            case CACHE_WRITE_1H -> usage.inWrite1h();
            case AUDIO_INPUT -> usage.inAudio();
            case CACHED_AUDIO_INPUT -> usage.inCachedAudio();
            case IMAGE_INPUT -> usage.inImage();
            case OUTPUT -> usage.outText();
            case REASONING -> usage.outReasoning();
            case AUDIO_OUTPUT -> usage.outAudio();
            case IMAGE_OUTPUT -> usage.outImage();
            case WEB_SEARCH -> usage.webSearches();
        };
    }

    /**
     * The rate that holds where a model states none of this. Null: nothing stands in for it, and such units have no
     * price. A model that sees bills what it sees as it bills text, unless it says otherwise; audio, and images that are
     * generated, cost many times what text does, and to bill them as text would be a guess.
     */
    @Nullable
    Rate fallback() {
        return switch (this) {
            case CACHED_INPUT, CACHE_WRITE, IMAGE_INPUT -> INPUT;
            case CACHE_WRITE_1H -> CACHE_WRITE;
            case CACHED_AUDIO_INPUT -> AUDIO_INPUT;
            case REASONING -> OUTPUT;
            case INPUT, AUDIO_INPUT, OUTPUT, AUDIO_OUTPUT, IMAGE_OUTPUT, WEB_SEARCH -> null;
        };
    }
}
