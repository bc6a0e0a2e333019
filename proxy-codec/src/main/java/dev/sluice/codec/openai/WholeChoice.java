package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one choice says, until all of it is known. Thread: event loop. */
final class WholeChoice {
    private static final byte[] PARAGRAPH = {'\n', '\n'};

    private final int index;
    private final TextBytes content = new TextBytes();
    private final TextBytes refusal = new TextBytes();
    private final TextBytes reasoning = new TextBytes();
    private final TextSpan span = new TextSpan();
    private final List<OpenAiCitation> citations = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final List<Detail> details = new ArrayList<>();
    /** Where the thought begins that the next signature signs. */
    private int thoughtStart;

    private boolean thoughtEnded;
    private @Nullable FinishReason reason;

    /** A call; its arguments grow. */
    private static final class Call {
        String id = "";
        String name = "";
        final TextBytes arguments = new TextBytes();

        @Nullable
        TextBytes signature;
    }

    /** A signature, and which stretch of the reasoning it signs. */
    private record Detail(SignatureOrigin origin, boolean redacted, TextBytes signature, int from, int to) {}

    WholeChoice(int index) {
        this.index = index;
    }

    int index() {
        return index;
    }

    void onText(Channel channel, byte[] utf8, int from, int to) {
        switch (channel) {
            case CONTENT -> {
                content.add(utf8, from, to);
                span.add(utf8, from, to);
            }
            case REFUSAL -> refusal.add(utf8, from, to);
            case REASONING -> {
                if (thoughtEnded && from < to) {
                    beginThought();
                }
                reasoning.add(utf8, from, to);
            }
            case TOOL_CALL -> throw new IllegalArgumentException("a call is no text");
        }
    }

    /** Blocks of text are read as one text; thoughts would run into each other. */
    void onBoundary(Channel channel) {
        switch (channel) {
            case CONTENT -> span.cut();
            case REASONING -> thoughtEnded = !reasoning.isEmpty();
            case REFUSAL, TOOL_CALL -> {}
        }
    }

    void onToolCall(int call, String id, String name) {
        Call begun = call(call);
        begun.id = id;
        begun.name = name;
    }

    void onArguments(int call, byte[] utf8, int from, int to) {
        call(call).arguments.add(utf8, from, to);
    }

    void onCallSignature(int call, byte[] utf8, int from, int to) {
        call(call).signature = TextBytes.of(utf8, from, to);
    }

    void onSignature(SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        TextBytes signature = TextBytes.of(utf8, from, to);
        details.add(new Detail(origin, redacted, signature, thoughtStart, reasoning.length()));
        if (!redacted) {
            thoughtStart = reasoning.length();
        }
    }

    void onCitation(String url, @Nullable String title) {
        citations.add(new OpenAiCitation(span.start(), span.end(), url, title));
    }

    void onFinish(FinishReason finished) {
        if (reason == null) {
            reason = finished;
        }
    }

    /** A choice of a chat. */
    void writeMessage(JsonWriter json) {
        json.beginObject().name("index").number(index);
        json.name("message").beginObject().name("role").string("assistant").name("content");
        if (content.isEmpty() && calls.isEmpty() && refusal.isEmpty()) {
            json.string("");
        } else {
            content.writeOrNull(json);
        }
        refusal.writeOrNull(json.name("refusal"));
        json.name("annotations").beginArray();
        for (OpenAiCitation citation : citations) {
            citation.write(json);
        }
        json.endArray();
        if (!reasoning.isEmpty()) {
            reasoning.write(json.name("reasoning_content"));
        }
        writeDetails(json);
        writeCalls(json);
        json.endObject();
        writeEnd(json, OpenAiFinish.of(reason(), !calls.isEmpty()));
    }

    /** A choice of a legacy completion. */
    void writeText(JsonWriter json) {
        json.beginObject().name("index").number(index);
        content.write(json.name("text"));
        writeEnd(json, OpenAiFinish.ofText(reason()));
    }

    private static void writeEnd(JsonWriter json, String finishReason) {
        json.name("logprobs")
                .nullValue()
                .name("finish_reason")
                .string(finishReason)
                .endObject();
    }

    /** With the text that each has signed: so it can be given back to who signed it, also where there are several. */
    private void writeDetails(JsonWriter json) {
        if (details.isEmpty()) {
            return;
        }
        json.name("reasoning_details").beginArray();
        for (int i = 0; i < details.size(); i++) {
            Detail detail = details.get(i);
            OpenAiSignature.beginDetail(json, detail.redacted);
            detail.signature.write(json);
            if (!detail.redacted && detail.from < detail.to) {
                reasoning.write(json.name("text"), detail.from, detail.to);
            }
            OpenAiSignature.endDetail(json, detail.origin, i);
        }
        json.endArray();
    }

    private void writeCalls(JsonWriter json) {
        if (calls.isEmpty()) {
            return;
        }
        json.name("tool_calls").beginArray();
        for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            json.beginObject().name("id").string(call.id).name("type").string("function");
            json.name("function").beginObject().name("name").string(call.name).name("arguments");
            boolean cut = reason == FinishReason.LENGTH && i == calls.size() - 1;
            if (call.arguments.isEmpty()) {
                // The last call of an answer that was cut off may have lost them: nobody shall run it without.
                json.string(cut ? "" : "{}");
            } else {
                call.arguments.write(json);
            }
            json.endObject();
            if (call.signature != null) {
                OpenAiSignature.beginOfCall(json);
                call.signature.write(json);
                OpenAiSignature.endOfCall(json);
            }
            json.endObject();
        }
        json.endArray();
    }

    /** What separates two thoughts belongs to neither: a signature does not cover it. */
    private void beginThought() {
        boolean allSigned = thoughtStart == reasoning.length();
        reasoning.add(PARAGRAPH, 0, PARAGRAPH.length);
        thoughtStart = allSigned ? reasoning.length() : thoughtStart;
        thoughtEnded = false;
    }

    private FinishReason reason() {
        return reason == null ? FinishReason.STOP : reason;
    }

    private Call call(int call) {
        while (calls.size() <= call) {
            calls.add(new Call());
        }
        return calls.get(call);
    }
}
