package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerKit;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.LentAnswer;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer of OpenAI's Responses, event by event or whole.
 *
 * <pre>
 *   response.created ─▶ item added ─▶ deltas ─▶ text done ─▶ item done ─▶ … ─▶ response.completed
 *        onStart          onToolCall    onText      what no delta said          onFinish, usage
 * </pre>
 *
 * <p>A stream says everything up to four times: in pieces, whole behind them, in its item, and in the response at the
 * end. Each thing is told when it is said first, so that hosts which leave out some of this are understood as well.
 *
 * <p>What is kept does not grow with the length of texts. Thread: event loop.
 */
final class ResponsesAnswer implements AnswerReader, JsonReader.Listener {
    private static final int UNSAID = -1;

    private final boolean stream;
    private final JsonReader reader;
    private final AnswerKit kit;
    private final UsageFigures usage = UsageFigures.take(UsageShape.OPENAI_RESPONSES);
    private final HeldEvents told;
    private final OutputItems items;
    private final HeldTexts texts = new HeldTexts();
    private final HeldItem item = new HeldItem();
    private final KeptResponse kept = new KeptResponse();

    private boolean terminalSeen;
    private boolean wholeIsLegal;
    private boolean started;
    private boolean finishTold;
    private boolean reportedUsage;
    private @Nullable String responseId;
    private @Nullable String model;
    private @Nullable String serviceTier;
    private @Nullable GatewayError error;
    // The current payload.
    private boolean begun;
    private final EndMarker done = new EndMarker();

    private @Nullable EventType type;
    private long outputIndex = UNSAID;
    private long contentIndex;
    private long summaryIndex;
    private boolean responseSeen;
    private boolean failedStatus;
    private boolean incompleteStatus;
    /** Nothing has been answered yet: the answer is fetched later. */
    private boolean pendingStatus;

    private boolean filtered;
    private boolean output;
    /** The list of items only repeats what has been told. */
    private boolean repeating;

    private boolean errorSeen;
    private boolean namedError;
    private @Nullable ResponsesError details;

    private ResponsesAnswer(boolean stream, AnswerKit kit) {
        this.stream = stream;
        this.kit = kit;
        this.reader = kit.reader(stream ? ResponsesShapes.EVENT : ResponsesShapes.WHOLE, this);
        this.told = kit.held();
        this.items = new OutputItems(told);
    }

    static AnswerReader of(boolean stream, ChatEvents events) {
        return new LentAnswer(new ResponsesAnswer(stream, AnswerKit.take(events)));
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        int from = index;
        int end = index + length;
        while (!begun && from < end) {
            byte first = buffer.getByte(from);
            if (first == ' ' || first == '\t' || first == '\n' || first == '\r') {
                from++;
            } else {
                begun = true;
                if (stream) {
                    done.begin(first);
                }
            }
        }
        if (from == end) {
            return;
        }
        if (done.hasBegun()) {
            done.match(buffer, from, end);
        } else {
            reader.feed(buffer, from, end - from);
            kept.onPayload(buffer, from, end - from);
        }
    }

    @Override
    public void onNamedError() {
        namedError = true;
    }

    @Override
    public Event onPayloadEnd() {
        Event event = judge();
        reportedUsage = usage.isInPayload();
        if (event == Event.MALFORMED || event == Event.ERROR || event == Event.EMPTY) {
            told.clear();
        } else {
            told.tell();
        }
        reset();
        return event;
    }

    @Override
    public boolean finished() {
        return stream ? terminalSeen : wholeIsLegal;
    }

    @Override
    public Usage usage() {
        return usage.reported();
    }

    @Override
    public boolean reportedUsage() {
        return reportedUsage;
    }

    @Override
    public @Nullable String model() {
        return model;
    }

    @Override
    public @Nullable String serviceTier() {
        return serviceTier;
    }

    @Override
    public @Nullable GatewayError error() {
        return error;
    }

    @Override
    public void mayBeCut() {
        kept.begin();
    }

    @Override
    public @Nullable ByteBuf cut(StreamCut cut) {
        return kept.write(cut);
    }

    @Override
    public void close() {
        kit.giveBack();
        usage.giveBack();
    }

    @Override
    public void onOpen(int id, Kind container) {
        if (id == ResponsesShapes.OUTPUT) {
            repeating = items.begun();
        }
    }

    @Override
    public void onText(int id, byte[] bytes, int from, int to) {
        if (repeating) {
            return;
        }
        if (id < ResponsesShapes.FIRST_OF_ITEM) {
            output = true;
            texts.append(id, 0, bytes, from, to);
        } else {
            item.onText(id, bytes, from, to);
        }
    }

    @Override
    public void onValue(int id, JsonReader value) {
        if (id < 0) {
            usage.onFigure(id, value);
        } else if (id >= ResponsesShapes.FIRST_OF_ERROR) {
            onErrorPart(id, value);
        } else if (id < ResponsesShapes.RESPONSE_ID) {
            onEventPart(id, value);
        } else if (id < ResponsesShapes.FIRST_OF_ITEM) {
            onResponsePart(id, value);
        } else if (!repeating) {
            item.onValue(id, value);
        }
    }

    private void onEventPart(int id, JsonReader value) {
        switch (id) {
            case ResponsesShapes.TYPE -> {
                if (value.kind() == Kind.STRING) {
                    type = EventType.of(value);
                }
            }
            case ResponsesShapes.OUTPUT_INDEX -> outputIndex = numberOr(outputIndex, value);
            case ResponsesShapes.CONTENT_INDEX -> contentIndex = numberOr(contentIndex, value);
            case ResponsesShapes.SUMMARY_INDEX -> summaryIndex = numberOr(summaryIndex, value);
            case ResponsesShapes.ANNOTATION -> item.endAnnotation(0);
            case ResponsesShapes.SEQUENCE_NUMBER -> kept.onSequenceNumber(numberOr(UNSAID, value));
            case ResponsesShapes.OTHER_OUTPUT -> output |= value.kind() == Kind.STRING && !value.isEmpty();
            default -> {}
        }
    }

    private void onResponsePart(int id, JsonReader value) {
        responseSeen = true;
        switch (id) {
            case ResponsesShapes.RESPONSE_ID -> responseId = first(responseId, value);
            case ResponsesShapes.MODEL -> model = first(model, value);
            case ResponsesShapes.STATUS -> {
                if (value.kind() == Kind.STRING) {
                    failedStatus = value.textEquals("failed");
                    incompleteStatus = value.textEquals("incomplete");
                    pendingStatus = !failedStatus && !incompleteStatus && !value.textEquals("completed");
                }
            }
            case ResponsesShapes.SERVICE_TIER -> nameServiceTier(value);
            case ResponsesShapes.INCOMPLETE_REASON ->
                filtered = value.kind() == Kind.STRING && value.textEquals("content_filter");
            case ResponsesShapes.OUTPUT_ITEM -> {
                if (!repeating) {
                    output = true;
                    start();
                    items.onDone(items.nextPlace(), item);
                    item.clear();
                }
            }
            case ResponsesShapes.OUTPUT -> repeating = false;
            default -> {}
        }
    }

    private Event judge() {
        if (!begun) {
            return Event.EMPTY;
        }
        if (done.hasBegun()) {
            return done.isComplete() ? Event.DONE : Event.MALFORMED;
        }
        boolean complete = reader.end();
        if (stream && complete && reader.rootKind() == Kind.NULL) {
            return Event.EMPTY;
        }
        if (!complete || reader.rootKind() != Kind.OBJECT) {
            return Event.MALFORMED;
        }
        if (isError()) {
            error = (details == null ? new ResponsesError() : details).toGatewayError(0);
            return Event.ERROR;
        }
        if (responseSeen) {
            start();
        }
        if (stream) {
            EventType event = type == null ? EventType.OTHER : type;
            kept.onEvent(event, responseSeen, outputIndex, part(event), texts);
            return onEvent(event);
        }
        wholeIsLegal = true;
        if (!pendingStatus) {
            finish(incompleteStatus);
        }
        return output ? Event.CONTENT : Event.OTHER;
    }

    /** An error of a response counts when the response has failed; one beside no response does in any case. */
    private boolean isError() {
        if (type == EventType.ERROR || type == EventType.FAILED || failedStatus) {
            return true;
        }
        boolean untyped = type == null || type == EventType.OTHER;
        return untyped && (errorSeen || (namedError && !responseSeen));
    }

    private Event onEvent(EventType event) {
        Channel channel = event.channel();
        if (channel != null) {
            onEventText(event, channel);
            return output ? Event.CONTENT : Event.OTHER;
        }
        if (event == EventType.ITEM_ADDED) {
            items.onAdded(items.place(outputIndex), item);
            output |= item.isCall();
        } else if (event == EventType.ITEM_DONE) {
            items.onDone(items.place(outputIndex), item);
            output |= item.saysSomething();
        } else if (event == EventType.ANNOTATION_ADDED) {
            for (HeldItem.Citation citation : item.citations()) {
                items.onCitation(items.place(outputIndex), citation);
            }
        } else if (event.isTerminal()) {
            finish(incompleteStatus || event == EventType.INCOMPLETE);
            terminalSeen = true;
            return Event.DONE;
        }
        return output ? Event.CONTENT : Event.OTHER;
    }

    /** The number of the part that the event is about. */
    private int part(EventType event) {
        return event.isSummary() ? HeldItem.summaryPart(summaryIndex) : HeldItem.contentPart(contentIndex);
    }

    private void onEventText(EventType event, Channel channel) {
        int place = items.place(outputIndex);
        int part = part(event);
        for (int i = 0; i < texts.count(); i++) {
            boolean delta = texts.place(i) == ResponsesShapes.DELTA;
            if (delta && event.isDelta()) {
                items.onDelta(place, channel, part, texts.bytes(), texts.from(i), texts.to(i));
            } else if (!delta && !event.isDelta()) {
                items.onWhole(place, channel, part, texts.bytes(), texts.from(i), texts.to(i));
            }
        }
    }

    /** What the answer says of itself; once, before all else. */
    private void start() {
        if (!started) {
            started = true;
            told.onStart(responseId, model);
        }
    }

    private void finish(boolean incomplete) {
        if (finishTold) {
            return;
        }
        finishTold = true;
        FinishReason reason;
        if (incomplete) {
            reason = filtered ? FinishReason.CONTENT_FILTER : FinishReason.LENGTH;
        } else {
            reason = items.calledTools() ? FinishReason.TOOL_CALLS : FinishReason.STOP;
        }
        told.onFinish(0, reason, null);
    }

    private void reset() {
        if (!done.hasBegun()) {
            reader.reset();
        }
        done.reset();
        usage.endPayload();
        kept.endPayload();
        texts.clear();
        item.clear();
        begun = false;
        type = null;
        outputIndex = UNSAID;
        contentIndex = 0;
        summaryIndex = 0;
        responseSeen = false;
        failedStatus = false;
        incompleteStatus = false;
        pendingStatus = false;
        filtered = false;
        output = false;
        repeating = false;
        errorSeen = false;
        namedError = false;
        details = null;
    }

    /** The last word counts: the first events of a stream may still say "auto". */
    private void nameServiceTier(JsonReader value) {
        boolean named = value.kind() == Kind.STRING && !value.isEmpty();
        if (named && (serviceTier == null || !value.textEquals(serviceTier))) {
            serviceTier = value.text();
        }
    }

    private void onErrorPart(int id, JsonReader value) {
        boolean said = switch (value.kind()) {
            case STRING, ARRAY, OBJECT -> !value.isEmpty();
            case TRUE, NUMBER -> true;
            case NULL, FALSE -> false;
        };
        if (said) {
            errorSeen |= id == ResponsesShapes.ERROR;
            if (details == null) {
                details = new ResponsesError();
            }
            details.onValue(id, value);
        }
    }

    private static @Nullable String first(@Nullable String known, JsonReader value) {
        boolean named = known == null && value.kind() == Kind.STRING && !value.isEmpty();
        return named ? value.text() : known;
    }

    private static long numberOr(long otherwise, JsonReader value) {
        return value.kind() == Kind.NUMBER ? value.number() : otherwise;
    }
}
