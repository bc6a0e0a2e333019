package dev.sluice.gateway.it;

/**
 * Heap that the event loop may take for a piece of work: <b>the</b> limits of {@link AllocationIT}, each somewhat above
 * what was measured when it was set, so that one more object for each call shows. Lower a limit when its figure falls.
 * Raising one is a decision, to be defended in the commit.
 *
 * <p>The figures are those of compact object headers, which the gateway has from Java 24 on.
 */
enum AllocationBudget {
    /** A small answer in one piece, caller and provider of the same dialect. */
    WHOLE_CALL("call answered in one piece", 1_400),
    /** A streamed answer of one event and its end, caller and provider of the same dialect. */
    STREAMED_CALL("streamed call", 1_500),
    /** One more event of such a stream, in a read of its own. */
    STREAMED_CHUNK("chunk of a stream", 8),
    /** A small answer in one piece of an OpenAI provider for a caller that speaks Anthropic's. */
    TRANSLATED_CALL("call answered in one piece and translated", 7_300),
    /** One more event of an OpenAI provider's stream for a caller that speaks Anthropic's. */
    TRANSLATED_CHUNK("translated chunk of a stream", 8);

    private static final int COMPACT_HEADERS_SINCE = 24;

    private final String what;
    private final int bytes;

    AllocationBudget(String what, int bytes) {
        this.what = what;
        this.bytes = bytes;
    }

    /** What is measured, for messages. */
    String what() {
        return what;
    }

    /** Bytes that one of it may take on the Java that runs this. */
    int allowedBytes() {
        // Headers of 12 bytes instead of 8 make small objects a quarter larger at most.
        return Runtime.version().feature() >= COMPACT_HEADERS_SINCE ? bytes : bytes + bytes / 4;
    }
}
