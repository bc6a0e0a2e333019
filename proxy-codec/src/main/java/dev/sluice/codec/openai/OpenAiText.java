package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import java.util.Arrays;

/**
 * The text that one payload of an answer carries, kept until the payload turns out to be legal, and then told piece by
 * piece: whose choice it is may be said behind it, and so may that there is an error.
 *
 * <p>Hosts say some things twice in a payload. Told is the delta rather than the message or the plain text beside it,
 * and one of the three members for reasoning.
 *
 * <p>Kept are {@value #MAX_KEPT_BYTES} bytes. A payload with more text is told from there on as it comes, under the
 * index of the choice if that has come, else under the choice's place in the list (always 0 on a stream, which carries
 * choices one by one). The buffers are reused from payload to payload. Thread: event loop.
 */
final class OpenAiText {
    static final int MAX_KEPT_BYTES = 64 << 10;
    static final int MAX_SEGMENTS = 1024;

    private static final int UNKNOWN = -1;
    private static final int NO_SOURCE = Integer.MAX_VALUE;
    private static final int MAX_TOOL = Integer.MAX_VALUE / 4;

    // What is known of a segment, one behind the other in an array.
    private static final int END = 0;
    private static final int PLACE = 1;
    private static final int CHOICE = 2;
    private static final int TOOL = 3;
    private static final int FIELDS = 4;

    private final boolean stream;
    private final ChatEvents listener;

    private byte[] bytes = new byte[256];
    private int length;
    /** A segment is a string of the answer, or what has come of it. */
    private int[] segments = new int[4 * FIELDS];

    private int count;
    /** The string of the last segment goes on. */
    private boolean open;
    /** The first segment continues a string of which a part has been told. */
    private boolean continued;

    private boolean overflowed;
    private boolean deltaSeen;
    private boolean messageSeen;

    private int choice = UNKNOWN;
    private int choiceOrdinal;
    private int firstOfChoice;
    /** The best of the places for reasoning that have said something in the current choice; they are ordered. */
    private int reasoningSource = NO_SOURCE;

    private boolean reasoningTold;

    private int tool = UNKNOWN;
    private int toolOrdinal;
    private int firstOfTool;
    /** By choice: which call's name or arguments were told last, 0 for none. */
    private int[] lastTool = new int[1];

    OpenAiText(boolean stream, ChatEvents listener) {
        this.stream = stream;
        this.listener = listener;
    }

    void onText(int place, byte[] source, int from, int to) {
        if (isEcho(place)) {
            return;
        }
        if (!open) {
            beginSegment(place);
        }
        for (int i = from; i < to; ) {
            if (length == MAX_KEPT_BYTES) {
                overflow();
            }
            int room = Math.min(to - i, MAX_KEPT_BYTES - length);
            ensure(room);
            System.arraycopy(source, i, bytes, length, room);
            length += room;
            i += room;
            segments[(count - 1) * FIELDS + END] = length;
        }
    }

    /** The string at a place of text is complete. */
    void onTextEnd() {
        open = false;
    }

    void onDelta() {
        deltaSeen = true;
    }

    void onMessage() {
        messageSeen = true;
    }

    void onToolIndex(long index) {
        if (tool == UNKNOWN) {
            tool = (int) Math.max(0, Math.min(index, MAX_TOOL));
        }
    }

    void onToolCallEnd() {
        resolveTool();
        tool = UNKNOWN;
        toolOrdinal++;
    }

    void onToolCallsEnd() {
        toolOrdinal = 0;
    }

    void onChoiceIndex(long index) {
        if (choice == UNKNOWN) {
            choice = Choices.place(index);
        }
    }

    void onChoiceEnd() {
        resolveChoice();
        choiceOrdinal++;
        beginChoice();
    }

    /** The bytes at hand have been read: of a large payload nothing is kept beyond them. */
    void onPieceEnd() {
        if (overflowed && length > 0) {
            overflow();
        }
    }

    /** The payload is complete; tells its text if it is {@code legal}. */
    void onPayloadEnd(boolean legal) {
        if (legal) {
            tell();
        }
        length = 0;
        count = 0;
        open = false;
        continued = false;
        overflowed = false;
        choiceOrdinal = 0;
        firstOfChoice = 0;
        firstOfTool = 0;
        beginChoice();
    }

    private void beginChoice() {
        choice = UNKNOWN;
        reasoningSource = NO_SOURCE;
        reasoningTold = false;
        tool = UNKNOWN;
        toolOrdinal = 0;
    }

    /** Whether the place only repeats what is said elsewhere, as far as can be told yet. */
    private boolean isEcho(int place) {
        return place >= OpenAiShapes.FIRST_OF_MESSAGE
                && (deltaSeen || (place == OpenAiShapes.PLAIN_TEXT && messageSeen));
    }

    private void beginSegment(int place) {
        if (count == MAX_SEGMENTS) {
            overflow();
        }
        int at = count * FIELDS;
        if (at == segments.length) {
            segments = Arrays.copyOf(segments, 2 * at);
        }
        segments[at + END] = length;
        segments[at + PLACE] = place;
        segments[at + TOOL] = 0;
        count++;
        open = true;
        if (isReasoning(place) && !reasoningTold) {
            reasoningSource = Math.min(reasoningSource, place);
        }
    }

    /** No room is left, or none is needed any more: tells what there is, and goes on with empty hands. */
    private void overflow() {
        overflowed = true;
        int place = open ? segments[(count - 1) * FIELDS + PLACE] : 0;
        // What is told now must not get another name when the index comes.
        if (choice == UNKNOWN && firstOfChoice < count) {
            choice = fallbackChoice();
        }
        if (tool == UNKNOWN && firstOfTool < count && isToolCall(segments[(count - 1) * FIELDS + PLACE])) {
            tool = toolOrdinal;
        }
        resolveTool();
        resolveChoice();
        tell();
        reasoningTold = reasoningSource != NO_SOURCE;
        length = 0;
        count = 0;
        firstOfChoice = 0;
        firstOfTool = 0;
        continued = open;
        if (open) {
            beginSegment(place);
        }
    }

    private void resolveTool() {
        for (int i = firstOfTool; i < count; i++) {
            if (isToolCall(segments[i * FIELDS + PLACE])) {
                segments[i * FIELDS + TOOL] = tool == UNKNOWN ? toolOrdinal : tool;
            }
        }
        firstOfTool = count;
    }

    private void resolveChoice() {
        int resolved = choice == UNKNOWN ? fallbackChoice() : choice;
        for (int i = firstOfChoice; i < count; i++) {
            int place = segments[i * FIELDS + PLACE];
            boolean repeated = isEcho(place) || (isReasoning(place) && place != reasoningSource);
            segments[i * FIELDS + CHOICE] = repeated ? UNKNOWN : resolved;
        }
        firstOfChoice = count;
        firstOfTool = count;
    }

    private int fallbackChoice() {
        return stream ? 0 : Choices.place(choiceOrdinal);
    }

    private void tell() {
        int from = 0;
        for (int i = 0; i < count; i++) {
            int end = segments[i * FIELDS + END];
            int of = segments[i * FIELDS + CHOICE];
            if (of != UNKNOWN && end > from) {
                Channel channel = channel(segments[i * FIELDS + PLACE]);
                if (channel == Channel.TOOL_CALL) {
                    tellBoundary(i, of);
                    listener.onArguments(of, 0, bytes, from, end);
                } else {
                    listener.onText(of, channel, bytes, from, end);
                }
            }
            from = end;
        }
    }

    /** A name never continues anything; arguments continue those of the same call. */
    private void tellBoundary(int segment, int of) {
        if (of >= lastTool.length) {
            lastTool = Arrays.copyOf(lastTool, of + 1);
        }
        boolean name = OpenAiShapes.inDelta(segments[segment * FIELDS + PLACE]) == OpenAiShapes.TOOL_NAME;
        int told = 1 + 2 * segments[segment * FIELDS + TOOL] + (name ? 0 : 1);
        boolean begins = name || told != lastTool[of];
        if (begins && !(continued && segment == 0)) {
            listener.onBoundary(of, Channel.TOOL_CALL);
        }
        lastTool[of] = told;
    }

    private void ensure(int room) {
        if (length + room > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(MAX_KEPT_BYTES, Math.max(2 * bytes.length, length + room)));
        }
    }

    private static boolean isReasoning(int place) {
        int plain = OpenAiShapes.inDelta(place);
        return plain >= OpenAiShapes.REASONING_TEXT && plain <= OpenAiShapes.REASONING_DETAIL;
    }

    private static boolean isToolCall(int place) {
        return channel(place) == Channel.TOOL_CALL;
    }

    private static Channel channel(int place) {
        return switch (OpenAiShapes.inDelta(place)) {
            case OpenAiShapes.REFUSAL -> Channel.REFUSAL;
            case OpenAiShapes.REASONING_TEXT,
                    OpenAiShapes.REASONING_CONTENT,
                    OpenAiShapes.REASONING_DETAIL,
                    OpenAiShapes.THINKING -> Channel.REASONING;
            case OpenAiShapes.TOOL_NAME, OpenAiShapes.TOOL_ARGUMENTS -> Channel.TOOL_CALL;
            default -> Channel.CONTENT;
        };
    }
}
