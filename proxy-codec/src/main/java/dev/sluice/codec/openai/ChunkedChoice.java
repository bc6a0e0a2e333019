package dev.sluice.codec.openai;

import java.util.Arrays;

/** How far one choice of a stream of chunks is. Thread: event loop. */
final class ChunkedChoice {
    final int index;
    final TextSpan content = new TextSpan();
    int reasoningDetails;
    /** How many have begun. */
    int calls;

    boolean finished;
    private boolean thought;
    private boolean thoughtEnded;
    /** One bit a call. */
    private long[] withArguments = new long[1];

    ChunkedChoice(int index) {
        this.index = index;
    }

    /** Whether the thought that comes now is another one than the one before. */
    boolean beginsThought() {
        boolean begins = thoughtEnded;
        thought = true;
        thoughtEnded = false;
        return begins;
    }

    /** What is thought next does not continue what was thought before. */
    void endThought() {
        thoughtEnded = thought;
    }

    void onCall(int call) {
        calls = Math.max(calls, call + 1);
    }

    void onArguments(int call) {
        onCall(call);
        int word = call / Long.SIZE;
        if (word >= withArguments.length) {
            withArguments = Arrays.copyOf(withArguments, word + 1);
        }
        withArguments[word] |= 1L << call;
    }

    boolean hasArguments(int call) {
        int word = call / Long.SIZE;
        return word < withArguments.length && (withArguments[word] & 1L << call) != 0;
    }
}
