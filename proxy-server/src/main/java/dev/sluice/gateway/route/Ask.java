package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.Endpoint;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request when its target is chosen: filled by whoever asks for a {@link Plan}, and used again for the
 * next request when that plan is not needed any more. Thread: the request's.
 */
public final class Ask {
    private static final int BYTES_PER_TOKEN = 4;
    private static final int USUAL_OUTPUT_TOKENS = 500;
    private static final long[] BAND_BYTES = {2 << 10, 16 << 10, 128 << 10};

    /** How many bands of streams there are, before as many of whole answers. */
    static final int SIZES = BAND_BYTES.length + 1;

    /** How many bands there are: requests of one band take about as long to their first token. */
    public static final int BANDS = 2 * SIZES;

    private @Nullable Endpoint endpoint;
    private boolean stream;
    private long textBytes;
    private long maxOutputTokens = -1;
    private ChatNeeds needs = ChatNeeds.NONE;
    private @Nullable String region;
    private long sticky;

    /**
     * What is asked for.
     *
     * @param pieceByPiece whether the answer is wanted so: else its first token is its last
     */
    public Ask of(Endpoint asked, boolean pieceByPiece) {
        endpoint = asked;
        stream = pieceByPiece;
        return this;
    }

    /**
     * How large it is.
     *
     * @param promptTextBytes of the prompt
     * @param mostOutputTokens that the caller allows; -1 when it did not say
     */
    public Ask sized(long promptTextBytes, long mostOutputTokens) {
        textBytes = promptTextBytes;
        maxOutputTokens = mostOutputTokens;
        return this;
    }

    /**
     * Where it may be served.
     *
     * @param wanted what the target must be able to do; {@link ChatNeeds#NONE} on routes that do not look at it
     * @param inRegion where it must run; null: anywhere
     * @param stickyHash equal for requests that should go to the same target; 0 on routes that do not look at it
     */
    public Ask needing(ChatNeeds wanted, @Nullable String inRegion, long stickyHash) {
        needs = wanted;
        region = inRegion;
        sticky = stickyHash;
        return this;
    }

    Endpoint endpoint() {
        return Objects.requireNonNull(endpoint, "filled before");
    }

    public boolean stream() {
        return stream;
    }

    long maxOutputTokens() {
        return maxOutputTokens;
    }

    ChatNeeds needs() {
        return needs;
    }

    @Nullable
    String region() {
        return region;
    }

    long sticky() {
        return sticky;
    }

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
