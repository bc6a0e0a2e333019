package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which choices of an answer have been seen and which have finished, and why. Two words of bits each: the dialect allows
 * 128 choices; any index beyond shares the last place. Once finished stays finished, for the reason given first: hosts
 * repeat the finish, and send filter results with a finish reason of null after it.
 *
 * <p>What a payload says of its choices counts when the payload turns out to be legal. It is told when the answer has
 * ended: some hosts go on behind the finish. Thread: event loop.
 */
final class OpenAiAnswerChoices {
    /** The last place of all. */
    static final int LAST = 127;

    private boolean anyRefused;
    private long seenLow;
    private long seenHigh;
    private long finishedLow;
    private long finishedHigh;

    /** By choice. */
    private @Nullable FinishReason[] reasons = new FinishReason[1];

    private @Nullable String[] sequences = new String[1];

    // The choices of the current payload.
    private int count;
    private int[] places = new int[1];
    private @Nullable FinishReason[] newReasons = new FinishReason[1];
    private @Nullable String[] newSequences = new String[1];

    /** The answer is over. */
    void reset() {
        anyRefused = false;
        seenLow = 0;
        seenHigh = 0;
        finishedLow = 0;
        finishedHigh = 0;
        Arrays.fill(reasons, null);
        Arrays.fill(sequences, null);
        Arrays.fill(newSequences, 0, count, null);
        count = 0;
    }

    /** Where the choice of this index is kept. */
    static int place(long index) {
        return index < 0 || index > LAST ? LAST : (int) index;
    }

    /** @param reason null when the choice goes on */
    void add(int place, @Nullable FinishReason reason, @Nullable String sequence) {
        for (int i = 0; i < count; i++) {
            if (places[i] == place) {
                if (newReasons[i] == null) {
                    newReasons[i] = reason;
                    newSequences[i] = sequence;
                }
                return;
            }
        }
        if (count == places.length) {
            places = Arrays.copyOf(places, 2 * count);
            newReasons = Arrays.copyOf(newReasons, 2 * count);
            newSequences = Arrays.copyOf(newSequences, 2 * count);
        }
        places[count] = place;
        newReasons[count] = reason;
        newSequences[count] = sequence;
        count++;
    }

    /**
     * The payload is over.
     *
     * @param legal whether what it says counts
     */
    void endPayload(boolean legal) {
        for (int i = 0; i < count && legal; i++) {
            see(places[i]);
            FinishReason reason = newReasons[i];
            if (reason != null && !isFinished(places[i])) {
                finish(places[i], reason, newSequences[i]);
            }
        }
        Arrays.fill(newSequences, 0, count, null);
        count = 0;
    }

    /** The answer has ended, and with it every choice that did not say so. */
    void tell(ChatEvents listener, OpenAiAnswerCalls calls) {
        for (int place = 0; place <= LAST; place++) {
            if (isSeen(place)) {
                calls.endChoice(place, listener);
                boolean finished = isFinished(place);
                FinishReason reason = finished ? reasons[place] : null;
                tell(place, reason == null ? FinishReason.STOP : reason, calls.hasCalled(place), listener);
            }
        }
    }

    /** Whether the choice has been seen, and goes on. */
    boolean isOpen(int place) {
        return isSeen(place) && !isFinished(place);
    }

    boolean noneSeen() {
        return (seenLow | seenHigh) == 0;
    }

    /** Whether there has been a choice, and each one that has been seen has finished. */
    boolean allFinished() {
        return !noneSeen() && seenLow == finishedLow && seenHigh == finishedHigh;
    }

    void see(int place) {
        if (place < Long.SIZE) {
            seenLow |= 1L << place;
        } else {
            seenHigh |= 1L << place;
        }
    }

    /** Whether a choice has been seen that was filtered. */
    boolean anyRefused() {
        return anyRefused;
    }

    private void finish(int place, FinishReason reason, @Nullable String sequence) {
        anyRefused |= reason == FinishReason.CONTENT_FILTER;
        if (place < Long.SIZE) {
            finishedLow |= 1L << place;
        } else {
            finishedHigh |= 1L << place;
        }
        if (place >= reasons.length) {
            reasons = Arrays.copyOf(reasons, place + 1);
            sequences = Arrays.copyOf(sequences, place + 1);
        }
        reasons[place] = reason;
        sequences[place] = sequence;
    }

    /** Hosts say that it stopped when it calls tools, and that it calls tools when there are none. */
    private void tell(int place, FinishReason reason, boolean called, ChatEvents listener) {
        switch (reason) {
            case STOP, STOP_SEQUENCE, TOOL_CALLS -> {
                String sequence = place < sequences.length ? sequences[place] : null;
                if (called) {
                    listener.onFinish(place, FinishReason.TOOL_CALLS, null);
                } else if (reason == FinishReason.STOP_SEQUENCE || (reason == FinishReason.STOP && sequence != null)) {
                    listener.onFinish(place, FinishReason.STOP_SEQUENCE, sequence);
                } else {
                    listener.onFinish(place, FinishReason.STOP, null);
                }
            }
            case LENGTH, CONTENT_FILTER, PAUSE -> listener.onFinish(place, reason, null);
        }
    }

    boolean isSeen(int place) {
        return has(seenLow, seenHigh, place);
    }

    private boolean isFinished(int place) {
        return has(finishedLow, finishedHigh, place);
    }

    private static boolean has(long low, long high, int place) {
        return ((place < Long.SIZE ? low : high) & 1L << place) != 0;
    }
}
