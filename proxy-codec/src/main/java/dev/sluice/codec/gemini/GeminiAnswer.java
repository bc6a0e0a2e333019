package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerKit;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.LentAnswer;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer in Gemini's dialect, event by event or whole; a whole one may be an array of events. Each event is an
 * answer of its own, with the next pieces of the candidates. Nothing marks the end: the answer is complete when its
 * bytes end and each candidate has said why it did, or the prompt was blocked.
 *
 * <p>Why a candidate finished is told at the very end, since there have been models that gave a reason with every event.
 * A reason that is a failure is an error of the answer. Thread: event loop.
 */
final class GeminiAnswer implements AnswerReader, JsonReader.Listener {
    private final boolean stream;
    private final ChatEvents events;
    private final HeldEvents held;
    private final GeminiParts parts;
    private final JsonReader reader;
    private final AnswerKit kit;
    private final UsageFigures usage = UsageFigures.take(UsageShape.GEMINI);

    private boolean contentRefused;
    private boolean started;
    private boolean blocked;
    private boolean wholeIsLegal;
    private boolean reportedUsage;
    private @Nullable String model;
    private @Nullable GatewayError error;

    // The current payload.
    private boolean begun;
    private boolean chunkSeen;
    private boolean output;
    private boolean errorSeen;
    private boolean namedError;
    private @Nullable String responseId;
    private @Nullable String blockReason;
    private @Nullable String blockMessage;
    private @Nullable GeminiError details;
    private @Nullable String failure;
    // The current candidate.
    private @Nullable Finish finish;

    private GeminiAnswer(boolean stream, ChatEvents events, AnswerKit kit) {
        this.stream = stream;
        this.events = events;
        this.kit = kit;
        this.reader = kit.reader(GeminiShapes.ANSWER, this);
        this.held = kit.held();
        this.parts = new GeminiParts(held);
    }

    static AnswerReader of(boolean stream, ChatEvents events) {
        return new LentAnswer(new GeminiAnswer(stream, events, AnswerKit.take(events)));
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
            }
        }
        if (from < end) {
            reader.feed(buffer, from, end - from);
        }
    }

    @Override
    public void onNamedError() {
        namedError = true;
    }

    @Override
    public Event onPayloadEnd() {
        Event event = judge();
        boolean legal = event == Event.CONTENT || event == Event.OTHER;
        reportedUsage = usage.isInPayload();
        if (legal) {
            tell();
        } else {
            held.clear();
        }
        parts.endPayload(legal);
        reset();
        return event;
    }

    @Override
    public void onEnd() {
        parts.tellFinishes(events);
    }

    @Override
    public boolean contentRefused() {
        return contentRefused;
    }

    @Override
    public boolean finished() {
        return stream ? parts.allFinished() : wholeIsLegal;
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
        return usage.serviceTier();
    }

    @Override
    public @Nullable GatewayError error() {
        return error;
    }

    @Override
    public @Nullable ByteBuf cut(StreamCut cut) {
        parts.endPayload(/* legal= */ false);
        return started ? GeminiCut.write(cut, responseId, model, parts) : null;
    }

    @Override
    public void close() {
        kit.giveBack();
        usage.giveBack();
    }

    @Override
    public void onText(int id, byte[] bytes, int from, int to) {
        parts.onText(id, bytes, from, to);
    }

    @Override
    public void onValue(int id, JsonReader value) {
        switch (id) {
            case GeminiShapes.CHUNK -> {
                chunkSeen |= value.kind() == Kind.OBJECT;
                parts.endChunk();
            }
            case GeminiShapes.CANDIDATE -> endCandidate(value);
            case GeminiShapes.CANDIDATE_INDEX -> parts.onCandidateIndex(value);
            case GeminiShapes.FINISH_REASON -> finish = hasText(value) ? Finish.of(value) : finish;
            case GeminiShapes.BLOCK_REASON -> blockReason = hasText(value) ? value.text() : blockReason;
            case GeminiShapes.BLOCK_MESSAGE -> blockMessage = hasText(value) ? value.text() : blockMessage;
            case GeminiShapes.MODEL -> model = model == null && hasText(value) ? value.text() : model;
            case GeminiShapes.RESPONSE_ID -> responseId = !started && hasText(value) ? value.text() : responseId;
            case GeminiShapes.OUTPUT -> output |= !value.isEmpty() && isContainer(value);
            default -> {
                if (id < GeminiShapes.FIRST_OF_ERROR) {
                    usage.onFigure(id, value);
                } else if (id < GeminiShapes.FIRST_OF_CANDIDATE) {
                    onErrorPart(id, value);
                } else {
                    parts.onValue(id, value);
                }
            }
        }
    }

    private Event judge() {
        if (!begun) {
            return Event.EMPTY;
        }
        boolean complete = reader.end();
        if (stream && complete && reader.rootKind() == Kind.NULL) {
            return Event.EMPTY;
        }
        boolean answer = reader.rootKind() == Kind.OBJECT || (reader.rootKind() == Kind.ARRAY && chunkSeen);
        if (!complete || !answer) {
            return Event.MALFORMED;
        }
        if (errorSeen || (namedError && !parts.hasOutput())) {
            error = (details == null ? new GeminiError() : details).toGatewayError(0);
            return Event.ERROR;
        }
        if (failure == null && parts.isBroken()) {
            failure = "a tool call without a name";
        }
        if (failure != null) {
            error = GatewayError.provider(ErrorKind.UPSTREAM_ERROR, "the provider's answer failed: " + failure);
            return Event.ERROR;
        }
        wholeIsLegal = true;
        if (blockReason != null && !blocked) {
            block(blockReason);
        }
        return output || parts.hasOutput() ? Event.CONTENT : Event.OTHER;
    }

    /** The prompt was not let through: that is all of the answer. */
    private void block(String reason) {
        blocked = true;
        output = true;
        String sentence = blockMessage == null ? "The prompt was blocked: " + reason + "." : blockMessage;
        byte[] utf8 = sentence.getBytes(StandardCharsets.UTF_8);
        held.onText(0, Channel.REFUSAL, utf8, 0, utf8.length);
        contentRefused = true;
        parts.see(0).onFinish(FinishReason.CONTENT_FILTER);
    }

    /** What names the answer stands behind its candidates, but is told before them. */
    private void tell() {
        if (!started && (responseId != null || model != null || parts.anySeen())) {
            started = true;
            if (!held.hasToldEarly()) {
                events.onStart(responseId, model);
            }
        }
        held.tell();
    }

    private void reset() {
        reader.reset();
        usage.endPayload();
        begun = false;
        chunkSeen = false;
        output = false;
        errorSeen = false;
        namedError = false;
        blockReason = null;
        blockMessage = null;
        details = null;
        failure = null;
        finish = null;
    }

    private void endCandidate(JsonReader value) {
        if (value.kind() != Kind.OBJECT) {
            return;
        }
        Candidate candidate = parts.endCandidate();
        Finish reason = finish;
        finish = null;
        if (reason == null) {
            return;
        }
        FinishReason told = reason.reason(candidate.hasOutput());
        if (told == null) {
            failure = reason.name();
        } else {
            contentRefused |= told == FinishReason.CONTENT_FILTER;
            candidate.onFinish(told);
        }
    }

    private void onErrorPart(int id, JsonReader value) {
        if (id == GeminiShapes.ERROR) {
            errorSeen |= hasText(value) || isContainer(value);
        }
        if (value.kind() != Kind.NULL) {
            if (details == null) {
                details = new GeminiError();
            }
            details.onValue(id, value);
        }
    }

    private static boolean hasText(JsonReader value) {
        return value.kind() == Kind.STRING && !value.isEmpty();
    }

    private static boolean isContainer(JsonReader value) {
        return value.kind() == Kind.OBJECT || value.kind() == Kind.ARRAY;
    }
}
