package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer as Gemini's events: each piece of text is an answer of its own, calls come whole when their choice has
 * finished, and the last event has the reasons and the usage. Nothing marks the end.
 *
 * <p>A call whose arguments are no object, as when no more tokens were allowed, is not said at all: Gemini's own word
 * for that is a finish of MALFORMED_FUNCTION_CALL, unless there is a better reason. Thread: event loop.
 */
final class GeminiEvents implements AnswerEncoder {
    private static final String EVENT_BEGIN = "data: ";
    private static final String EVENT_END = "\r\n\r\n";

    // An event with a text and nothing else, which most of them are.
    private static final byte[] TEXT_BEGIN = ascii("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"");
    private static final byte[] TEXT_END = ascii("\"}],\"role\":\"model\"},\"index\":");
    private static final byte[] THOUGHT_END = ascii("\",\"thought\":true}],\"role\":\"model\"},\"index\":");

    private final ByteBufAllocator allocator;
    private final JsonWriter json = new JsonWriter();
    private final SpokenChoices choices = new SpokenChoices();
    private String model;
    private String responseId;
    /** What follows the index of a candidate that has a text: the same with each event. */
    private byte @Nullable [] textTail;
    /** Events since the last {@link #take}; released by {@link #close}. */
    private @Nullable ByteBuf out;

    GeminiEvents(AnswerPlan plan, ByteBufAllocator allocator) {
        this.allocator = allocator;
        this.model = plan.model();
        this.responseId = plan.requestId();
    }

    @Override
    public String contentType() {
        return ProviderDialect.EVENT_STREAM;
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String named) {
        responseId = id == null ? responseId : id;
        model = named == null ? model : named;
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        Spoken spoken = choices.get(choice);
        byte[] whole = spoken.withBegun(channel, utf8, from, to);
        if (whole != null) {
            onText(choice, channel, whole, 0, whole.length);
            return;
        }
        int end = spoken.keepBegun(channel, utf8, from, to);
        if (end > from) {
            writeText(choice, channel == Channel.REASONING ? THOUGHT_END : TEXT_END, utf8, from, end);
        }
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        choices.get(choice).calls().add(new SpokenCall(id, name));
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        choices.get(choice).calls().get(call).onArguments(utf8, from, to);
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        byte[] signature = GeminiSignature.of(origin, redacted, utf8, from, to);
        if (call != NO_CALL) {
            choices.get(choice).calls().get(call).onSignature(signature);
            return;
        }
        choices.get(choice);
        beginEvent();
        beginContent();
        json.beginObject().name("text").string("");
        if (origin != SignatureOrigin.GEMINI) {
            json.name("thought").bool(true);
        }
        json.name("thoughtSignature").string(new String(signature, StandardCharsets.US_ASCII));
        json.endObject();
        endContent();
        GeminiJson.endCandidate(json, choice, null);
        endEvent(Usage.NONE);
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        choices.get(choice);
        beginEvent();
        json.name("groundingMetadata").beginObject().name("groundingChunks").beginArray();
        GeminiJson.source(json, url, title);
        json.endArray().endObject();
        GeminiJson.endCandidate(json, choice, null);
        endEvent(Usage.NONE);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        Spoken spoken = choices.get(choice);
        spoken.onFinish(reason);
        writeCalls(choice, spoken);
    }

    @Override
    public void onEnd(Usage usage) {
        beginEnd();
        endEvent(usage);
    }

    @Override
    public void onCut(StreamCut cut) {
        for (int choice = 0; choice < Math.max(1, choices.size()); choice++) {
            choices.get(choice).onCut();
        }
        beginEnd();
        json.endArray();
        cut.write(json);
        endMembers(cut.usage());
    }

    /** All up to the last candidate of the last event. */
    private void beginEnd() {
        for (int choice = 0; choice < choices.size(); choice++) {
            writeCalls(choice, choices.get(choice));
        }
        ByteBufUtil.writeAscii(buffer(), EVENT_BEGIN);
        json.beginObject().name("candidates").beginArray();
        for (int choice = 0; choice < Math.max(1, choices.size()); choice++) {
            json.beginObject();
            beginContent();
            json.beginObject().name("text").string("").endObject();
            endContent();
            GeminiJson.endCandidate(json, choice, choices.get(choice).finish());
        }
    }

    @Override
    public @Nullable ByteBuf take() {
        ByteBuf taken = out;
        if (taken == null || !taken.isReadable()) {
            return null;
        }
        out = null;
        return taken;
    }

    @Override
    public void close() {
        if (out != null) {
            out.release();
            out = null;
        }
    }

    private void writeText(int choice, byte[] behind, byte[] utf8, int from, int to) {
        byte[] tail = textTail;
        if (tail == null) {
            JsonWriter named = new JsonWriter().beginObject();
            named.name("modelVersion").string(model).name("responseId").string(responseId);
            tail = ("}]," + named.endObject().toString().substring(1) + EVENT_END).getBytes(StandardCharsets.UTF_8);
            textTail = tail;
        }
        ByteBuf event = buffer();
        event.writeBytes(TEXT_BEGIN);
        json.text(utf8, from, to);
        event.writeBytes(behind);
        json.reset(event).number(choice);
        event.writeBytes(tail);
        json.reset(event);
    }

    private void writeCalls(int choice, Spoken spoken) {
        if (spoken.calls().isEmpty()) {
            return;
        }
        ByteBuf written = buffer();
        int before = written.writerIndex();
        beginEvent();
        beginContent();
        boolean any = false;
        for (SpokenCall call : spoken.calls()) {
            if (call.write(json)) {
                any = true;
            } else {
                spoken.onBrokenCall();
            }
        }
        spoken.calls().clear();
        if (any) {
            endContent();
            GeminiJson.endCandidate(json, choice, null);
            endEvent(Usage.NONE);
        } else {
            written.writerIndex(before);
            json.reset(written);
        }
    }

    private void beginEvent() {
        ByteBufUtil.writeAscii(buffer(), EVENT_BEGIN);
        json.beginObject().name("candidates").beginArray().beginObject();
    }

    private void beginContent() {
        json.name("content").beginObject().name("parts").beginArray();
    }

    private void endContent() {
        json.endArray().name("role").string("model").endObject();
    }

    private void endEvent(Usage usage) {
        json.endArray();
        endMembers(usage);
    }

    private void endMembers(Usage usage) {
        GeminiJson.usage(json, usage);
        json.name("modelVersion")
                .string(model)
                .name("responseId")
                .string(responseId)
                .endObject();
        ByteBufUtil.writeAscii(buffer(), EVENT_END);
        json.reset(buffer());
    }

    private ByteBuf buffer() {
        if (out == null) {
            out = allocator.buffer();
            json.reset(out);
        }
        return out;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
