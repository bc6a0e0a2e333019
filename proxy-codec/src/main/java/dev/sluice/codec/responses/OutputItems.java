package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.SignatureOrigin;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The items of an answer: what has been said of each, so that what comes again, whole behind its pieces or in the list
 * at the end, is told once. Items are known by their {@code output_index}: hosts give one item a new id with every
 * event, let items overtake one another, and leave out pieces or beginnings.
 *
 * <p>Keeps a few words for each item. Thread: event loop.
 */
final class OutputItems {
    /** Any item beyond shares the last place. */
    private static final int MAX_ITEMS = 1024;

    private static final int NONE = -1;
    private static final int NO_PART = -1;

    private final ChatEvents events;

    // By output index.
    private int[] calls = new int[4];
    private int[] lastParts = new int[4];
    private boolean[] said = new boolean[4];
    private boolean[] cited = new boolean[4];
    private @Nullable String[] callIds = new String[4];

    private int known;
    private int last;
    private int callCount;
    /** By channel: which text was told last, an item and a part of it. */
    private final long[] lastTold = {NONE, NONE, NONE};

    /** @param events is told what the items say; borrows it */
    OutputItems(ChatEvents events) {
        this.events = events;
    }

    /** Whether there has been any item. */
    boolean begun() {
        return known > 0;
    }

    boolean calledTools() {
        return callCount > 0;
    }

    /** The place of the item with {@code outputIndex}; of the last one when the event does not say. */
    int place(long outputIndex) {
        if (outputIndex >= 0) {
            last = (int) Math.min(outputIndex, MAX_ITEMS - 1);
        }
        while (known <= last) {
            forget(known++);
        }
        return last;
    }

    /** The place of the next item of a list. */
    int nextPlace() {
        int place = place(known);
        forget(place);
        return place;
    }

    /** An item begins; one that begins twice does so once. */
    void onAdded(int place, HeldItem item) {
        boolean repeated =
                calls[place] != NONE && item.callId() != null && item.callId().equals(callIds[place]);
        if (!repeated) {
            forget(place);
            if (item.type() == HeldItem.Type.CALL) {
                openCall(place, item);
            }
        }
    }

    /**
     * A piece of a text, or of arguments, which for a custom tool are the plain text that it takes. Arguments of a call
     * without a name wait for the end of their item.
     */
    void onDelta(int place, Channel channel, int part, byte[] bytes, int from, int to) {
        if (from == to) {
            return;
        }
        if (channel != Channel.TOOL_CALL) {
            tellText(place, channel, part, bytes, from, to);
        } else if (calls[place] != NONE) {
            said[place] = true;
            events.onArguments(0, calls[place], bytes, from, to);
        }
    }

    /** All of a text, which is told unless its pieces were. */
    void onWhole(int place, Channel channel, int part, byte[] bytes, int from, int to) {
        boolean told = channel == Channel.TOOL_CALL ? said[place] : lastParts[place] == part;
        if (!told) {
            onDelta(place, channel, part, bytes, from, to);
        }
    }

    /** An item is complete: tells what nobody has said before. */
    void onDone(int place, HeldItem item) {
        switch (item.type()) {
            case MESSAGE -> tellMessage(place, item);
            case REASONING -> tellReasoning(place, item);
            case CALL -> {
                if (calls[place] == NONE) {
                    openCall(place, item);
                }
                tellArguments(place, item.texts());
            }
            case OTHER, UNKNOWN -> {}
        }
    }

    void onCitation(int place, HeldItem.Citation citation) {
        cited[place] = true;
        events.onCitation(0, citation.url(), citation.title());
    }

    private void openCall(int place, HeldItem item) {
        if (item.name() != null) {
            calls[place] = callCount++;
            callIds[place] = item.callId();
            events.onToolCall(0, calls[place], item.callId(), item.name());
        }
    }

    private void tellArguments(int place, HeldTexts texts) {
        if (said[place]) {
            return;
        }
        for (int i = 0; i < texts.count(); i++) {
            if (texts.place(i) == ResponsesShapes.ARGUMENTS || texts.place(i) == ResponsesShapes.INPUT) {
                onDelta(place, Channel.TOOL_CALL, NO_PART, texts.bytes(), texts.from(i), texts.to(i));
            }
        }
    }

    private void tellMessage(int place, HeldItem item) {
        HeldTexts texts = item.texts();
        boolean textTold = said[place];
        boolean citationsTold = cited[place];
        for (int i = 0; i < texts.count(); i++) {
            if (!textTold) {
                Channel channel = texts.place(i) == ResponsesShapes.PART_REFUSAL ? Channel.REFUSAL : Channel.CONTENT;
                onDelta(place, channel, texts.part(i), texts.bytes(), texts.from(i), texts.to(i));
            }
            for (HeldItem.Citation citation : item.citations()) {
                if (!citationsTold && citation.part() == texts.part(i)) {
                    onCitation(place, citation);
                }
            }
        }
    }

    /** The text, or its summary, then the signature, which is complete only now. */
    private void tellReasoning(int place, HeldItem item) {
        HeldTexts texts = item.texts();
        boolean textTold = said[place];
        boolean shown = textTold;
        int signature = NONE;
        for (int i = 0; i < texts.count(); i++) {
            if (texts.place(i) == ResponsesShapes.ENCRYPTED) {
                signature = i;
                continue;
            }
            shown = true;
            if (!textTold) {
                onDelta(place, Channel.REASONING, texts.part(i), texts.bytes(), texts.from(i), texts.to(i));
            }
        }
        if (signature != NONE) {
            events.onSignature(
                    0,
                    ChatEvents.NO_CALL,
                    SignatureOrigin.OPENAI,
                    /* redacted= */ !shown,
                    texts.bytes(),
                    texts.from(signature),
                    texts.to(signature));
        }
    }

    private void tellText(int place, Channel channel, int part, byte[] bytes, int from, int to) {
        int column = column(channel);
        long told = (long) place << 32 | part;
        if (lastTold[column] != NONE && lastTold[column] != told) {
            events.onBoundary(0, channel);
        }
        lastTold[column] = told;
        lastParts[place] = part;
        said[place] = true;
        events.onText(0, channel, bytes, from, to);
    }

    private static int column(Channel channel) {
        return switch (channel) {
            case CONTENT -> 0;
            case REFUSAL -> 1;
            case REASONING -> 2;
            case TOOL_CALL -> throw new AssertionError("arguments are no text");
        };
    }

    private void forget(int place) {
        if (place >= calls.length) {
            int size = Math.max(2 * calls.length, place + 1);
            calls = Arrays.copyOf(calls, size);
            lastParts = Arrays.copyOf(lastParts, size);
            said = Arrays.copyOf(said, size);
            cited = Arrays.copyOf(cited, size);
            callIds = Arrays.copyOf(callIds, size);
        }
        calls[place] = NONE;
        lastParts[place] = NO_PART;
        said[place] = false;
        cited[place] = false;
        callIds[place] = null;
    }
}
