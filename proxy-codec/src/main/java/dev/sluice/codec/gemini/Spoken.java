package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has to be remembered of one choice while its answer is written. Thread: event loop. */
final class Spoken {
    private static final byte[] NOTHING = {};
    /** Halves of a pair, which have no UTF-8, are three bytes of which this is the first; the first half has 0xA_ next. */
    private static final byte HALF = (byte) 0xED;

    private final List<SpokenCall> calls = new ArrayList<>();
    private @Nullable FinishReason finish;
    private boolean brokenCall;
    /** The beginning of a character of which the rest is still to come. */
    private byte[] begun = NOTHING;

    private @Nullable Channel begunOn;

    List<SpokenCall> calls() {
        return calls;
    }

    void onFinish(FinishReason reason) {
        finish = reason;
    }

    /**
     * The choice is stopped, unless it has finished: its last call may have been meant to get arguments, if it has none.
     */
    void onCut() {
        if (finish == null) {
            finish = FinishReason.LENGTH;
            if (!calls.isEmpty() && !calls.getLast().hasArguments()) {
                calls.removeLast();
            }
        }
    }

    void onBrokenCall() {
        brokenCall = true;
    }

    /** A call that nobody can make is no ordinary end. */
    Finish finish() {
        Finish reason = Finish.of(finish == null ? FinishReason.STOP : finish);
        return brokenCall && reason == Finish.STOP ? Finish.MALFORMED_FUNCTION_CALL : reason;
    }

    /** The piece behind what was kept of the one before it; null when nothing was. */
    byte @Nullable [] withBegun(Channel channel, byte[] utf8, int from, int to) {
        byte[] kept = begun;
        begun = NOTHING;
        if (kept.length == 0 || channel != begunOn) {
            return null;
        }
        byte[] whole = Arrays.copyOf(kept, kept.length + to - from);
        System.arraycopy(utf8, from, whole, kept.length, to - from);
        return whole;
    }

    /** Keeps the last bytes if they only begin a character, or are half a surrogate pair; returns where they do. */
    int keepBegun(Channel channel, byte[] utf8, int from, int to) {
        if (to - from >= 3 && utf8[to - 3] == HALF && (utf8[to - 2] & 0xF0) == 0xA0) {
            return keep(channel, utf8, to - 3, to);
        }
        int lead = to - 1;
        while (lead >= from && lead > to - 4 && (utf8[lead] & 0xC0) == 0x80) {
            lead--;
        }
        if (lead < from || utf8[lead] >= 0 || to - lead >= length(utf8[lead])) {
            return to;
        }
        return keep(channel, utf8, lead, to);
    }

    private int keep(Channel channel, byte[] utf8, int from, int to) {
        begun = Arrays.copyOfRange(utf8, from, to);
        begunOn = channel;
        return from;
    }

    /** Bytes of the character that begins with {@code lead}. */
    private static int length(byte lead) {
        if ((lead & 0xE0) == 0xC0) {
            return 2;
        }
        if ((lead & 0xF0) == 0xE0) {
            return 3;
        }
        return (lead & 0xF8) == 0xF0 ? 4 : 1;
    }
}
