package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request when its target is chosen. Thread: any.
 *
 * @param model as the caller named it
 * @param stream whether the answer is wanted piece by piece: else its first token is its last
 * @param textBytes of the prompt
 * @param maxOutputTokens that the caller allows; -1 when it did not say
 * @param needs what the target must be able to do; {@link ChatNeeds#NONE} on routes that do not look at it
 * @param region where it must run; null: anywhere
 * @param sticky equal for requests that should go to the same target; 0 on routes that do not look at it
 */
public record Ask(
        String model,
        Endpoint endpoint,
        boolean stream,
        long textBytes,
        long maxOutputTokens,
        ChatNeeds needs,
        @Nullable String region,
        long sticky) {
    private static final int BYTES_PER_TOKEN = 4;
    private static final int USUAL_OUTPUT_TOKENS = 500;
    private static final long[] BAND_BYTES = {2 << 10, 16 << 10, 128 << 10};

    /** How many bands of streams there are, before as many of whole answers. */
    static final int SIZES = BAND_BYTES.length + 1;

    /** How many bands there are: requests of one band take about as long to their first token. */
    public static final int BANDS = 2 * SIZES;

    /** The band of this request, from 0: by the size of its prompt, streams first. */
    public int band() {
        int size = 0;
        while (size < BAND_BYTES.length && textBytes >= BAND_BYTES[size]) {
            size++;
        }
        return stream ? size : SIZES + size;
    }

    /** Whether answers of a band come whole, so that their first token comes with the last. */
    static boolean isWhole(int band) {
        return band >= SIZES;
    }

    /** Of the prompt, roughly. */
    public long promptTokens() {
        return (textBytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }

    /** Of the answer, as far as anybody can tell before there is one: for comparing prices. */
    long usualOutputTokens() {
        return maxOutputTokens < 0 ? USUAL_OUTPUT_TOKENS : Math.min(maxOutputTokens, USUAL_OUTPUT_TOKENS);
    }
}
