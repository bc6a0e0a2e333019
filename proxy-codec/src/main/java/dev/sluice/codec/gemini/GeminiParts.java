package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of the candidates of one payload say, told to the {@link HeldEvents} in the order of the parts.
 *
 * <p>The members of a part come in any order, and the flag that makes its text a thought mostly comes behind it: a part
 * is kept until it ends, up to {@value #MAX_KEPT_BYTES} bytes. What is longer is told from there on as it comes, as
 * content unless it is known by then to be a thought.
 *
 * <p>Code that the provider ran, and images, have no words in the vocabulary; they are not told. Thread: event loop.
 */
final class GeminiParts {
    static final int MAX_KEPT_BYTES = 64 << 10;
    static final int MAX_CANDIDATES = 128;
    /** Beyond these a source is not told: each report repeats those before it, so that they must be remembered. */
    private static final int MAX_SOURCES = 256;

    private static final int UNKNOWN = -1;

    private final HeldEvents held;
    private Candidate[] candidates = {new Candidate()};
    private @Nullable Set<String> sources;

    // The payload.
    private boolean output;
    private boolean broken;

    // The current candidate.
    private int ordinal;
    /** Whose parts these are, as long as the candidate has not said it: mostly it does so behind them. */
    private int assumed;

    private int mark;
    private long index = UNKNOWN;
    private int addedCalls;
    private boolean argumentsTold;
    private boolean candidateOutput;

    // The current part.
    private byte[] kept = new byte[256];
    private int keptLength;
    /** Of what kind what is kept is: {@link GeminiShapes#TEXT} or {@link GeminiShapes#ARGUMENTS}. */
    private int keptPlace;

    private byte[] signature = new byte[256];
    private int signatureLength;
    private boolean thought;
    private boolean callSeen;
    private boolean callBegun;
    private @Nullable String callId;
    private @Nullable String callName;
    private @Nullable String sourceUrl;
    private @Nullable String sourceTitle;

    GeminiParts(HeldEvents held) {
        this.held = held;
    }

    /** The next piece of a text, of arguments or of a signature. */
    void onText(int place, byte[] utf8, int from, int to) {
        if (place == GeminiShapes.SIGNATURE) {
            signature = append(signature, signatureLength, utf8, from, to);
            signatureLength += to - from;
        } else {
            keep(place, utf8, from, to);
        }
    }

    /** The value at a place of a candidate is complete. */
    void onValue(int place, JsonReader value) {
        switch (place) {
            case GeminiShapes.PART -> endPart();
            case GeminiShapes.TEXT -> candidateOutput |= value.kind() == Kind.STRING && !value.isEmpty();
            case GeminiShapes.THOUGHT -> thought = value.kind() == Kind.TRUE;
            case GeminiShapes.SIGNATURE -> {}
            case GeminiShapes.CALL -> endCall(value);
            case GeminiShapes.CALL_ID -> callId = nonEmpty(value);
            case GeminiShapes.CALL_NAME -> callName = nonEmpty(value);
            case GeminiShapes.ARGUMENTS -> endArguments(value);
            case GeminiShapes.OTHER_PART -> candidateOutput |= value.kind() == Kind.OBJECT;
            case GeminiShapes.SOURCE -> endSource();
            case GeminiShapes.SOURCE_URL -> sourceUrl = nonEmpty(value);
            case GeminiShapes.SOURCE_TITLE -> sourceTitle = nonEmpty(value);
            default -> throw new AssertionError(place);
        }
    }

    void onCandidateIndex(JsonReader value) {
        if (value.kind() == Kind.NUMBER) {
            index = value.number();
            if (held.mark() == mark) {
                assumed = place(index);
            }
        }
    }

    /**
     * The candidate is complete: from now on it is known whose parts these were. An index of 0 may be left out.
     *
     * @return the candidate
     */
    Candidate endCandidate() {
        int choice = index == UNKNOWN ? assumed : place(index);
        Candidate candidate = candidate(choice);
        if (choice != assumed) {
            held.setChoice(mark, choice, candidate.calls() - candidate(assumed).calls());
        }
        candidate.onSeen();
        if (candidateOutput) {
            candidate.onOutput();
        }
        if (addedCalls > 0 || argumentsTold) {
            candidate.onCalls(addedCalls, argumentsTold);
        }
        output |= candidateOutput;
        beginCandidate(ordinal + 1);
        return candidate;
    }

    /** The answer of the array is complete; in the next one candidates count from 0 again. */
    void endChunk() {
        beginCandidate(0);
    }

    /** Nothing of the payload is left; returns to what it was before if the payload was not {@code legal}. */
    void endPayload(boolean legal) {
        for (Candidate candidate : candidates) {
            candidate.settle(legal);
        }
        output = false;
        broken = false;
        resetPart();
        beginCandidate(0);
    }

    /** The candidate of this index, which is counted as seen. */
    Candidate see(int choice) {
        Candidate candidate = candidate(choice);
        candidate.onSeen();
        return candidate;
    }

    /** Whether the payload has something in it that was generated. */
    boolean hasOutput() {
        return output;
    }

    /** Whether the payload has a call that cannot be told: arguments of nobody's, or without end before the name. */
    boolean isBroken() {
        return broken;
    }

    /** Whether there has been a candidate, and each one that has been seen has finished. */
    boolean allFinished() {
        boolean any = false;
        for (Candidate candidate : candidates) {
            if (candidate.isSeen()) {
                any = true;
                if (!candidate.isFinished()) {
                    return false;
                }
            }
        }
        return any;
    }

    /** How many candidates there may be: all that have been seen have a lower index. */
    int candidates() {
        return candidates.length;
    }

    /** Whether the candidate has been seen, and goes on. */
    boolean isOpen(int choice) {
        return candidates[choice].isSeen() && !candidates[choice].isFinished();
    }

    boolean anySeen() {
        for (Candidate candidate : candidates) {
            if (candidate.isSeen()) {
                return true;
            }
        }
        return false;
    }

    /** An answer without candidates, whole as it is, has one that said nothing. */
    void tellFinishes(ChatEvents events) {
        if (!anySeen()) {
            events.onFinish(0, FinishReason.STOP, null);
        }
        for (int choice = 0; choice < candidates.length; choice++) {
            if (candidates[choice].isSeen()) {
                events.onFinish(choice, candidates[choice].finish(), null);
            }
        }
    }

    private void beginCandidate(int nextOrdinal) {
        ordinal = nextOrdinal;
        assumed = place(nextOrdinal);
        mark = held.mark();
        index = UNKNOWN;
        addedCalls = 0;
        argumentsTold = false;
        candidateOutput = false;
    }

    private void endPart() {
        tellKept(/* partComplete= */ true);
        if (signatureLength > 0) {
            int call = callSeen ? lastCall() : ChatEvents.NO_CALL;
            held.onSignature(
                    assumed, call, SignatureOrigin.GEMINI, /* redacted= */ false, signature, 0, signatureLength);
        }
        resetPart();
    }

    private void resetPart() {
        keptLength = 0;
        keptPlace = 0;
        signatureLength = 0;
        thought = false;
        callSeen = false;
        callBegun = false;
        callId = null;
        callName = null;
        sourceUrl = null;
        sourceTitle = null;
    }

    private void keep(int place, byte[] utf8, int from, int to) {
        if (keptPlace != place) {
            tellKept(/* partComplete= */ false);
            keptPlace = place;
        }
        if (to - from > MAX_KEPT_BYTES - keptLength) {
            tellKept(/* partComplete= */ false);
            tell(place, utf8, from, to, /* partComplete= */ false);
        } else {
            kept = append(kept, keptLength, utf8, from, to);
            keptLength += to - from;
        }
    }

    private void tellKept(boolean partComplete) {
        if (keptLength > 0) {
            tell(keptPlace, kept, 0, keptLength, partComplete);
            keptLength = 0;
        }
    }

    private void tell(int place, byte[] utf8, int from, int to, boolean partComplete) {
        if (place == GeminiShapes.TEXT) {
            held.onText(assumed, thought ? Channel.REASONING : Channel.CONTENT, utf8, from, to);
            return;
        }
        if (!callBegun && callName == null && (!partComplete || lastCall() < 0 || lastCallHasArguments())) {
            broken = true;
            return;
        }
        beginCall();
        held.onArguments(assumed, lastCall(), utf8, from, to);
        argumentsTold = true;
    }

    /** A call has a name; one without goes on with the call before it. */
    private void beginCall() {
        if (!callBegun && callName != null) {
            addedCalls++;
            argumentsTold = false;
            held.onToolCall(assumed, lastCall(), callId, callName);
        }
        callBegun = true;
    }

    private void endCall(JsonReader value) {
        if (value.kind() == Kind.OBJECT) {
            callSeen = true;
            candidateOutput = true;
            if (callName != null) {
                beginCall();
            }
        }
    }

    /** Without any, nothing is told: the next part may bring them. */
    private void endArguments(JsonReader value) {
        if (value.isEmpty() && keptPlace == GeminiShapes.ARGUMENTS) {
            keptLength = 0;
        }
    }

    private int lastCall() {
        return candidate(assumed).calls() + addedCalls - 1;
    }

    private boolean lastCallHasArguments() {
        return argumentsTold || (addedCalls == 0 && candidate(assumed).argumentsTold());
    }

    private void endSource() {
        if (sourceUrl != null) {
            if (sources == null) {
                sources = new HashSet<>();
            }
            if (sources.size() < MAX_SOURCES && sources.add(sourceUrl)) {
                held.onCitation(assumed, sourceUrl, sourceTitle);
            }
        }
        sourceUrl = null;
        sourceTitle = null;
    }

    private Candidate candidate(int choice) {
        if (choice >= candidates.length) {
            int known = candidates.length;
            candidates = Arrays.copyOf(candidates, choice + 1);
            for (int i = known; i < candidates.length; i++) {
                candidates[i] = new Candidate();
            }
        }
        return candidates[choice];
    }

    private static int place(long index) {
        return index < 0 || index >= MAX_CANDIDATES ? MAX_CANDIDATES - 1 : (int) index;
    }

    private static @Nullable String nonEmpty(JsonReader value) {
        return value.kind() == Kind.STRING && !value.isEmpty() ? value.text() : null;
    }

    private static byte[] append(byte[] target, int length, byte[] utf8, int from, int to) {
        byte[] room = target;
        int added = to - from;
        if (length + added > room.length) {
            room = Arrays.copyOf(room, Math.max(2 * room.length, length + added));
        }
        System.arraycopy(utf8, from, room, length, added);
        return room;
    }
}
