package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer as one body, of a chat or of a legacy completion: gathers what the choices say and writes it at the
 * end. Thread: event loop.
 */
final class OpenAiWhole implements AnswerEncoder {
    private final AnswerPlan plan;
    private final boolean legacy;
    private final ByteBufAllocator allocator;
    private final OpenAiHead head;
    private @Nullable WholeChoice[] choices = new WholeChoice[1];
    /** The body, until it is taken; released by {@link #close}. */
    private @Nullable ByteBuf body;

    OpenAiWhole(AnswerPlan plan, ByteBufAllocator allocator) {
        this.plan = plan;
        this.legacy = plan.endpoint() == Endpoint.COMPLETIONS;
        this.allocator = allocator;
        this.head = legacy
                ? new OpenAiHead(plan, "text_completion", "cmpl")
                : new OpenAiHead(plan, "chat.completion", "chatcmpl");
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String model) {
        head.onStart(id, model);
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        // A legacy completion has one text for all that is shown.
        boolean shown = legacy && channel == Channel.REFUSAL;
        choice(choice).onText(shown ? Channel.CONTENT : channel, utf8, from, to);
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        choice(choice).onBoundary(channel);
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        WholeChoice told = choice(choice);
        told.onToolCall(call, id == null || id.isEmpty() ? head.callId(told.index(), call) : id, name);
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        choice(choice).onArguments(call, utf8, from, to);
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        WholeChoice told = choice(choice);
        if (call == NO_CALL) {
            told.onSignature(origin, redacted, utf8, from, to);
        } else if (origin == SignatureOrigin.GEMINI) {
            told.onCallSignature(call, utf8, from, to);
        }
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        choice(choice).onCitation(url, title);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        choice(choice).onFinish(reason);
    }

    @Override
    public void onEnd(Usage usage) {
        if (choices[0] == null) {
            choice(0);
        }
        ByteBuf out = allocator.buffer();
        body = out;
        JsonWriter json = new JsonWriter(out).beginObject();
        head.write(json);
        json.name("choices").beginArray();
        for (WholeChoice told : choices) {
            if (told != null) {
                if (legacy) {
                    told.writeText(json);
                } else {
                    told.writeMessage(json);
                }
            }
        }
        json.endArray();
        if (OpenAiUsage.isKnown(usage)) {
            OpenAiUsage.write(json.name("usage"), usage, plan);
        }
        json.endObject();
    }

    @Override
    public @Nullable ByteBuf take() {
        ByteBuf taken = body;
        body = null;
        return taken;
    }

    @Override
    public void close() {
        if (body != null) {
            body.release();
            body = null;
        }
    }

    private WholeChoice choice(int choice) {
        int place = OpenAiHead.place(choice);
        if (place >= choices.length) {
            choices = Arrays.copyOf(choices, place + 1);
        }
        WholeChoice told = choices[place];
        if (told == null) {
            told = new WholeChoice(place);
            choices[place] = told;
        }
        return told;
    }
}
