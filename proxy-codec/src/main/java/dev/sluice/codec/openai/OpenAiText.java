package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonReader;
import org.jspecify.annotations.Nullable;

/**
 * What one payload of an answer says, kept until the payload turns out to be legal, and then told: whose choice it is may
 * be said behind it, and so may that there is an error. Whatever the order of the members, reasoning is told before what
 * it led to, and texts before calls. That a choice has finished is told at the very end.
 *
 * <p>Hosts say some things twice in a payload. Told is the delta rather than the message or the plain text beside it,
 * and of the members for reasoning the one that says something first.
 *
 * <p>Kept are {@value #MAX_KEPT_BYTES} bytes, and signatures, which are never cut. A payload with more is told from there
 * on as it comes, under the index of the choice if that has come, else under the choice's place in the list (always 0 on a
 * stream, which carries choices one by one). The buffers are reused from payload to payload, and from answer to answer. Thread: event loop.
 */
final class OpenAiText {
    static final int MAX_KEPT_BYTES = 64 << 10;

    private static final int UNKNOWN = -1;
    private static final int LONGEST_PIECE = MAX_KEPT_BYTES / 4;
    /** What an event costs beside its text. */
    private static final int EVENT_BYTES = 32;

    private boolean stream;
    private final OpenAiAnswerStart start = new OpenAiAnswerStart();
    private final HeldEvents thoughts = new HeldEvents(start);
    private final HeldEvents texts = new HeldEvents(start);
    private final OpenAiAnswerCalls calls = new OpenAiAnswerCalls();
    private final OpenAiAnswerChoices choices = new OpenAiAnswerChoices();

    private boolean deltaSeen;
    private boolean messageSeen;

    // The current payload.
    private int keptBytes;
    private int lastPlace;
    private boolean overflowed;

    // The current choice.
    private int choice = UNKNOWN;
    private int choiceOrdinal;
    private int thoughtsMark;
    private int textsMark;
    private int callsMark;
    /** The member for reasoning that has said something; 0 for none. */
    private int reasoningPlace;
    /** What is being read only repeats what is said elsewhere. */
    private boolean repeating;

    /** Of reasoning, or what signs a text. */
    private final OpenAiAnswerDetail detail = new OpenAiAnswerDetail();

    /** Reasoning has been told that nobody has signed yet. */
    private boolean unsigned;

    private @Nullable String citedUrl;
    private @Nullable String citedTitle;

    /** An answer begins, told to {@code listener}. */
    void begin(boolean isStream, ChatEvents listener) {
        stream = isStream;
        start.begin(listener);
    }

    /** The answer is over, wherever it was. */
    void reset() {
        onPayloadEnd(/* legal= */ false);
        start.begin(ChatEvents.IGNORED);
        thoughts.begin(start);
        texts.begin(start);
        calls.reset();
        choices.reset();
        detail.reset();
        deltaSeen = false;
        messageSeen = false;
        unsigned = false;
    }

    /** What the answer says of itself. */
    OpenAiAnswerStart start() {
        return start;
    }

    void onText(int place, byte[] source, int from, int to) {
        if (repeating || (place == OpenAiShapes.PLAIN_TEXT && (deltaSeen || messageSeen))) {
            return;
        }
        for (int i = from; i < to; i += LONGEST_PIECE) {
            onPiece(place, source, i, Math.min(to, i + LONGEST_PIECE));
        }
    }

    private void onPiece(int place, byte[] source, int from, int to) {
        switch (place) {
            case OpenAiShapes.CONTENT, OpenAiShapes.PLAIN_TEXT -> {
                makeRoom(place, to - from);
                texts.onText(current(), Channel.CONTENT, source, from, to);
            }
            case OpenAiShapes.REFUSAL -> {
                makeRoom(place, to - from);
                texts.onText(current(), Channel.REFUSAL, source, from, to);
            }
            case OpenAiShapes.REASONING_TEXT,
                    OpenAiShapes.REASONING_CONTENT,
                    OpenAiShapes.REASONING_DETAIL,
                    OpenAiShapes.THINKING -> {
                if (reasoningPlace == 0 || reasoningPlace == place) {
                    reasoningPlace = place;
                    unsigned = true;
                    makeRoom(place, to - from);
                    thoughts.onText(current(), Channel.REASONING, source, from, to);
                }
            }
            case OpenAiShapes.THOUGHT_SIGNATURE,
                    OpenAiShapes.THOUGHT_DATA,
                    OpenAiShapes.THOUGHT_ID,
                    OpenAiShapes.TEXT_SIGNATURE -> detail.onText(place, source, from, to);
            case OpenAiShapes.TOOL_ID -> onCallText(OpenAiAnswerFragment.ID, source, from, to);
            case OpenAiShapes.TOOL_NAME -> onCallText(OpenAiAnswerFragment.NAME, source, from, to);
            case OpenAiShapes.TOOL_SIGNATURE -> onCallText(OpenAiAnswerFragment.SIGNATURE, source, from, to);
            case OpenAiShapes.TOOL_ARGUMENTS -> {
                if (!calls.tellArguments(start, source, from, to)) {
                    onCallText(OpenAiAnswerFragment.ARGUMENTS, source, from, to);
                }
            }
            default -> throw new AssertionError(place);
        }
    }

    void onDeltaBegin() {
        deltaSeen = true;
        forgetChoice();
    }

    void onMessageBegin() {
        repeating = deltaSeen;
        if (!repeating) {
            messageSeen = true;
            forgetChoice();
        }
    }

    void onMessageEnd() {
        repeating = false;
    }

    void onToolIndex(long index) {
        calls.onIndex(index);
    }

    void onCustomCall() {
        calls.onCustom();
    }

    void onLegacyCallEnd() {
        if (!repeating) {
            calls.onIndex(OpenAiAnswerCalls.LEGACY_INDEX);
        }
        calls.onFragmentEnd();
    }

    void onToolCallEnd() {
        calls.onFragmentEnd();
    }

    void onDetailFormat(JsonReader value) {
        detail.onFormat(value);
    }

    void onDetailEnd() {
        SignatureOrigin origin = detail.origin();
        if (origin != null && detail.isSigned() && !repeating) {
            OpenAiAnswerBytes signature = detail.signature();
            if (detail.mayBeOfCall()) {
                onCallText(
                        OpenAiAnswerFragment.ID,
                        detail.id().array(),
                        0,
                        detail.id().length());
                onCallText(OpenAiAnswerFragment.SIGNATURE, signature.array(), 0, signature.length());
                calls.onSignatureEnd();
            } else {
                // What encrypts reasoning of which a summary is shown signs that; Anthropic's stands for itself.
                boolean redacted = detail.isEncrypted() && (origin == SignatureOrigin.ANTHROPIC || !unsigned);
                sign(thoughts, origin, redacted);
                unsigned = false;
            }
        }
        detail.clear();
    }

    /** Of a text, from the surface of this dialect that Gemini has. */
    void onTextSignatureEnd() {
        if (detail.isSigned() && !repeating) {
            sign(texts, SignatureOrigin.GEMINI, /* redacted= */ false);
        }
        detail.clear();
    }

    void onCitedUrl(String url) {
        citedUrl = url;
    }

    void onCitedTitle(String title) {
        citedTitle = title;
    }

    void onCitationEnd() {
        if (citedUrl != null && !repeating) {
            makeRoom(OpenAiShapes.CITATION, 2 * citedUrl.length() + (citedTitle == null ? 0 : 2 * citedTitle.length()));
            texts.onCitation(current(), citedUrl, citedTitle);
        }
        citedUrl = null;
        citedTitle = null;
    }

    void onChoiceIndex(long index) {
        if (choice == UNKNOWN) {
            choice = OpenAiAnswerChoices.place(index);
        }
    }

    /** @param reason null when the choice goes on */
    void onChoiceEnd(@Nullable FinishReason reason, @Nullable String stopSequence) {
        nameChoice();
        choices.add(current(), reason, stopSequence);
        leaveChoice();
    }

    /** What stood in the list was no choice. */
    void onNoChoice() {
        forgetChoice();
        leaveChoice();
    }

    private void leaveChoice() {
        choiceOrdinal++;
        beginChoice();
    }

    /** The bytes at hand have been read: of a large payload nothing is kept beyond them that need not be. */
    void onPieceEnd() {
        if (overflowed && keptBytes > 0) {
            overflow();
        }
    }

    /** The payload is complete; tells what it says if it is {@code legal}. */
    void onPayloadEnd(boolean legal) {
        if (legal) {
            start.tellIfKnown();
            thoughts.tell();
            texts.tell();
            calls.tell(start);
        } else {
            thoughts.clear();
            texts.clear();
            calls.clear();
        }
        choices.endPayload(legal);
        keptBytes = 0;
        lastPlace = 0;
        overflowed = false;
        choiceOrdinal = 0;
        repeating = false;
        beginChoice();
    }

    /** The answer has ended, and with it its choices. */
    void onAnswerEnd() {
        if (stream && choices.noneSeen()) {
            choices.see(0);
        }
        choices.tell(start, calls);
    }

    OpenAiAnswerChoices choices() {
        return choices;
    }

    boolean allFinished() {
        return choices.allFinished();
    }

    private void beginChoice() {
        choice = UNKNOWN;
        thoughtsMark = thoughts.mark();
        textsMark = texts.mark();
        callsMark = calls.mark();
        reasoningPlace = 0;
        detail.clear();
        citedUrl = null;
        citedTitle = null;
    }

    private void forgetChoice() {
        thoughts.dropTo(thoughtsMark);
        texts.dropTo(textsMark);
        calls.dropTo(callsMark);
        reasoningPlace = 0;
    }

    private void nameChoice() {
        thoughts.setChoice(thoughtsMark, current());
        texts.setChoice(textsMark, current());
        calls.setChoice(callsMark, current());
    }

    private int current() {
        if (choice != UNKNOWN) {
            return choice;
        }
        return stream ? 0 : OpenAiAnswerChoices.place(choiceOrdinal);
    }

    private void onCallText(int part, byte[] source, int from, int to) {
        // Only arguments need not be kept whole; and what stands behind them in the fragment belongs to them.
        if (part == OpenAiAnswerFragment.ARGUMENTS && calls.isFull(to - from)) {
            overflow();
            choice = current();
            calls.tellSoFar(start, callsMark, choice);
            if (calls.tellArguments(start, source, from, to)) {
                return;
            }
        }
        calls.onText(part, source, from, to);
    }

    /** A large one is told at once: it is kept whole, and would leave no room. */
    private void sign(HeldEvents held, SignatureOrigin origin, boolean redacted) {
        OpenAiAnswerBytes signature = detail.signature();
        boolean large = signature.length() > LONGEST_PIECE;
        if (large) {
            tellSoFar(held);
        } else {
            makeRoom(OpenAiShapes.THOUGHT_SIGNATURE, signature.length());
        }
        held.onSignature(current(), ChatEvents.NO_CALL, origin, redacted, signature.array(), 0, signature.length());
        if (large) {
            tellSoFar(held);
        }
    }

    private void makeRoom(int place, int added) {
        int cost = added + (place == lastPlace ? 0 : EVENT_BYTES);
        if (keptBytes + cost > MAX_KEPT_BYTES) {
            overflow();
        }
        keptBytes += cost;
        lastPlace = place;
    }

    /** No room is left, or none is needed any more: tells what there is, and goes on with empty hands. */
    private void overflow() {
        overflowed = true;
        keptBytes = 0;
        tellSoFar(thoughts);
        tellSoFar(texts);
    }

    private void tellSoFar(HeldEvents held) {
        if (held.mark() == 0) {
            return;
        }
        nameChoice();
        held.tellSoFar();
        // What has been told now must not get another name when the index comes.
        if (thoughts.isTold(thoughtsMark) || texts.isTold(textsMark)) {
            choice = current();
        }
    }
}
