package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.LentAnswer;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import io.netty.util.Recycler;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer in OpenAI's dialect, event by event or whole: is something generated in it, have the choices
 * finished, what does it report, is it an error? Looks only at the places of {@link OpenAiShapes#ANSWER}.
 *
 * <p>Memory for each stream is fixed, whatever the answer's length. Is used again: {@link #close} gives it back. Thread:
 * event loop.
 */
final class OpenAiAnswer implements AnswerReader, JsonReader.Listener {
    private static final byte[] DONE = {'[', 'D', 'O', 'N', 'E', ']'};

    private static final Recycler<OpenAiAnswer> SPARE = new Recycler<>(256, 0, 8) {
        @Override
        protected OpenAiAnswer newObject(Handle<OpenAiAnswer> handle) {
            return new OpenAiAnswer(handle);
        }
    };

    private final Recycler.Handle<OpenAiAnswer> handle;
    private final JsonReader reader = new JsonReader(OpenAiShapes.ANSWER, this);
    private final UsageFigures usage = new UsageFigures(UsageShape.OPENAI);
    private final OpenAiText text = new OpenAiText();
    private final OpenAiCut cut = new OpenAiCut();

    private boolean stream;
    /** Somebody may want to know the answer's id. */
    private boolean idWanted;

    private boolean doneSeen;
    private boolean wholeIsLegal;
    private boolean reportedUsage;
    private @Nullable String model;
    private @Nullable String serviceTier;
    private @Nullable GatewayError error;

    // The current payload.
    private boolean begun;
    /** Bytes of the end marker matched; -1 when the payload is something else. */
    private int doneMatched;

    private boolean output;
    private boolean choicesSeen;
    private boolean choicesEmpty;
    private boolean errorSeen;
    private boolean namedError;
    private @Nullable OpenAiError details;
    // The current choice.
    private @Nullable FinishReason finishReason;
    private @Nullable String stopSequence;

    private OpenAiAnswer(Recycler.Handle<OpenAiAnswer> handle) {
        this.handle = handle;
    }

    /** @param legacy whether it is a legacy completion */
    static AnswerReader of(boolean stream, boolean legacy, ChatEvents listener) {
        OpenAiAnswer answer = SPARE.get();
        answer.stream = stream;
        answer.idWanted = listener.hearsStart();
        answer.text.begin(stream, listener);
        answer.cut.begin(legacy);
        return new LentAnswer(answer);
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
                doneMatched = stream && first == '[' ? 0 : -1;
            }
        }
        if (from == end) {
            return;
        }
        if (doneMatched < 0) {
            reader.feed(buffer, from, end - from);
            text.onPieceEnd();
        } else {
            matchDone(buffer, from, end);
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
        text.onPayloadEnd(event == Event.CONTENT || event == Event.OTHER || event == Event.USAGE_ONLY);
        endPayload();
        return event;
    }

    @Override
    public void onEnd() {
        text.onAnswerEnd();
    }

    @Override
    public boolean contentRefused() {
        return text.choices().anyRefused();
    }

    @Override
    public boolean finished() {
        return stream ? doneSeen || text.allFinished() : wholeIsLegal;
    }

    @Override
    public Usage usage() {
        return usage.reported();
    }

    @Override
    public @Nullable String model() {
        return model;
    }

    @Override
    public boolean reportedUsage() {
        return reportedUsage;
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
    public @Nullable ByteBuf cut(StreamCut why) {
        return wholeIsLegal ? cut.write(why, text.start().id(), model, text.choices()) : null;
    }

    @Override
    public void mayBeCut() {
        idWanted = true;
    }

    @Override
    public void close() {
        endPayload();
        text.reset();
        usage.reset();
        reader.rest();
        doneSeen = false;
        wholeIsLegal = false;
        reportedUsage = false;
        model = null;
        serviceTier = null;
        error = null;
        handle.recycle(this);
    }

    @Override
    public void onValue(int id, JsonReader value) {
        switch (id) {
            case OpenAiShapes.OUTPUT -> output |= hasContent(value);
            case OpenAiShapes.CHOICES -> {
                choicesSeen = value.kind() == Kind.ARRAY;
                choicesEmpty = choicesSeen && value.isEmpty();
            }
            case OpenAiShapes.CHOICE -> endChoice(value);
            case OpenAiShapes.CHOICE_INDEX -> onChoiceIndex(value);
            case OpenAiShapes.FINISH_REASON -> finishChoice(value);
            case OpenAiShapes.STOP_REASON -> {
                if (value.kind() == Kind.STRING && !value.isEmpty()) {
                    stopSequence = value.text();
                }
            }
            case OpenAiShapes.CHOICE_ERROR -> errorSeen |= value.kind() == Kind.OBJECT && !value.isEmpty();
            case OpenAiShapes.ID -> {
                if (idWanted && !text.start().hasId() && value.kind() == Kind.STRING && !value.isEmpty()) {
                    text.start().onId(value.text());
                }
            }
            case OpenAiShapes.MODEL -> nameModel(value);
            case OpenAiShapes.CREATED -> cut.onCreated(value);
            case OpenAiShapes.SERVICE_TIER -> nameServiceTier(value);
            case OpenAiShapes.OBJECT -> errorSeen |= value.kind() == Kind.STRING && value.textEquals("error");
            default -> {
                if (id < OpenAiShapes.FIRST_OF_ERROR) {
                    usage.onFigure(id, value);
                } else if (id < OpenAiShapes.FIRST_OF_TEXT) {
                    onErrorPart(id, value);
                } else {
                    onGenerated(id, value);
                }
            }
        }
    }

    @Override
    public void onOpen(int id, Kind container) {
        if (container == Kind.OBJECT) {
            if (id == OpenAiShapes.DELTA) {
                text.onDeltaBegin();
            } else {
                text.onMessageBegin();
            }
        }
    }

    @Override
    public void onText(int id, byte[] bytes, int from, int to) {
        if (!errorSeen) {
            text.onText(id, bytes, from, to);
        }
    }

    private Event judge() {
        if (!begun) {
            return Event.EMPTY;
        }
        if (doneMatched >= 0) {
            doneSeen |= doneMatched == DONE.length;
            return doneMatched == DONE.length ? Event.DONE : Event.MALFORMED;
        }
        boolean complete = reader.end();
        if (stream && complete && reader.rootKind() == Kind.NULL) {
            return Event.EMPTY;
        }
        if (!complete || reader.rootKind() != Kind.OBJECT) {
            return Event.MALFORMED;
        }
        // The payload's own words count more than the name of its event.
        if (errorSeen || (namedError && !choicesSeen)) {
            error = (details == null ? new OpenAiError() : details).toGatewayError(0);
            return Event.ERROR;
        }
        wholeIsLegal = true;
        if (output) {
            return Event.CONTENT;
        }
        if (choicesEmpty && usage.isInPayload()) {
            cut.onUsagePassed();
            return Event.USAGE_ONLY;
        }
        return Event.OTHER;
    }

    private void endPayload() {
        if (doneMatched < 0) {
            reader.reset();
        }
        usage.endPayload();
        begun = false;
        doneMatched = -1;
        output = false;
        choicesSeen = false;
        choicesEmpty = false;
        errorSeen = false;
        namedError = false;
        details = null;
        beginChoice();
    }

    private void beginChoice() {
        finishReason = null;
        stopSequence = null;
    }

    private void onChoiceIndex(JsonReader value) {
        if (value.kind() == Kind.NUMBER) {
            text.onChoiceIndex(value.number());
        }
    }

    private void finishChoice(JsonReader value) {
        if (!hasContent(value) || (value.kind() == Kind.STRING && value.textEquals("null"))) {
            return;
        }
        String word = value.kind() == Kind.STRING ? value.text() : "";
        finishReason = OpenAiAnswerFinish.of(word);
        if (finishReason == null) {
            errorSeen = true;
            details().onFinish(word);
        }
    }

    private void endChoice(JsonReader value) {
        if (value.kind() == Kind.OBJECT) {
            text.onChoiceEnd(finishReason, stopSequence);
        } else {
            text.onNoChoice();
        }
        beginChoice();
    }

    private void onGenerated(int id, JsonReader value) {
        switch (id) {
            case OpenAiShapes.DELTA -> {}
            case OpenAiShapes.WHOLE_MESSAGE -> text.onMessageEnd();
            case OpenAiShapes.THOUGHT -> text.onDetailEnd();
            case OpenAiShapes.THOUGHT_FORMAT -> text.onDetailFormat(value);
            case OpenAiShapes.TEXT_SIGNATURE -> text.onTextSignatureEnd();
            case OpenAiShapes.CITATION -> text.onCitationEnd();
            case OpenAiShapes.CITED_URL -> {
                if (value.kind() == Kind.STRING && !value.isEmpty()) {
                    text.onCitedUrl(value.text());
                }
            }
            case OpenAiShapes.CITED_TITLE -> {
                if (value.kind() == Kind.STRING && !value.isEmpty()) {
                    text.onCitedTitle(value.text());
                }
            }
            case OpenAiShapes.TOOL_INDEX -> {
                if (value.kind() == Kind.NUMBER) {
                    text.onToolIndex(value.number());
                }
            }
            case OpenAiShapes.CUSTOM_CALL -> {
                if (value.kind() == Kind.OBJECT) {
                    text.onCustomCall();
                }
            }
            case OpenAiShapes.TOOL_CALL -> text.onToolCallEnd();
            case OpenAiShapes.LEGACY_CALL -> {
                output |= hasContent(value);
                text.onLegacyCallEnd();
            }
            default -> output |= hasContent(value) && id < OpenAiShapes.THOUGHT_SIGNATURE;
        }
    }

    private void nameModel(JsonReader value) {
        if (model == null && value.kind() == Kind.STRING && !value.isEmpty()) {
            model = value.text();
            text.start().onModel(model);
        }
    }

    /** The last word counts: the first events of a stream may still say "auto". */
    private void nameServiceTier(JsonReader value) {
        if (value.kind() == Kind.STRING
                && !value.isEmpty()
                && (serviceTier == null || !value.textEquals(serviceTier))) {
            serviceTier = value.text();
        }
    }

    private void onErrorPart(int id, JsonReader value) {
        if (id == OpenAiShapes.ERROR) {
            errorSeen |= value.kind() == Kind.TRUE || hasContent(value);
        }
        if (value.kind() != Kind.NULL) {
            details().onValue(id, value);
        }
    }

    private OpenAiError details() {
        if (details == null) {
            details = new OpenAiError();
        }
        return details;
    }

    private void matchDone(ByteBuf buffer, int from, int end) {
        for (int i = from; i < end && doneMatched < DONE.length; i++) {
            if (buffer.getByte(i) != DONE[doneMatched]) {
                // An array is no event either.
                doneMatched = DONE.length + 1;
            } else {
                doneMatched++;
            }
        }
    }

    private static boolean hasContent(JsonReader value) {
        return switch (value.kind()) {
            case STRING, ARRAY, OBJECT -> !value.isEmpty();
            case NULL, FALSE, TRUE, NUMBER -> false;
        };
    }
}
