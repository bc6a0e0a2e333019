package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes what an assistant has thought, for the hosts that want it back: some refuse to go on with a tool call without
 * what led to it, others refuse a request that has it. One a request. Thread: event loop.
 */
final class OpenAiChatWriterReasoning {
    private static final String DROPPED = "reasoning";

    private final JsonWriter json;
    private final OpenAiQuirks host;
    private final Set<String> dropped;

    OpenAiChatWriterReasoning(JsonWriter json, OpenAiQuirks host, Set<String> dropped) {
        this.json = json;
        this.host = host;
        this.dropped = dropped;
    }

    /** Members of an assistant's message. */
    void write(List<Part.Reasoning> thoughts, List<Part.ToolCall> calls) {
        if (host.has(OpenAiProviderHabit.REASONING_DETAILS)) {
            writeDetails(thoughts, calls);
            return;
        }
        List<JsonSlice> texts = texts(thoughts);
        if (host.has(OpenAiProviderHabit.REASONING_CONTENT) && !calls.isEmpty() && !texts.isEmpty()) {
            json.name("reasoning_content").beginString();
            OpenAiChatWriterParts.join(json, texts);
            json.endString();
        } else if (!thoughts.isEmpty()) {
            dropped.add(DROPPED);
        }
    }

    private void writeDetails(List<Part.Reasoning> thoughts, List<Part.ToolCall> calls) {
        List<JsonSlice> texts = texts(thoughts);
        if (!texts.isEmpty()) {
            json.name("reasoning").beginString();
            OpenAiChatWriterParts.join(json, texts);
            json.endString();
        }
        boolean signed = false;
        for (Part.Reasoning thought : thoughts) {
            signed |= isKnown(thought.signature(), thought.origin());
        }
        for (Part.ToolCall call : calls) {
            signed |= isKnown(call.signature(), call.origin());
        }
        if (!signed) {
            return;
        }
        json.name("reasoning_details").beginArray();
        for (Part.Reasoning thought : thoughts) {
            writeDetail(thought);
        }
        for (Part.ToolCall call : calls) {
            if (call.signature() != null && call.origin() != null && isKnown(call.signature(), call.origin())) {
                writeEncrypted(call.signature(), call.origin(), OpenAiProviderIds.call(call.id()));
            }
        }
        json.endArray();
    }

    private void writeDetail(Part.Reasoning thought) {
        JsonSlice signature = thought.signature();
        SignatureOrigin origin = thought.origin();
        if (signature == null || origin == null || !isKnown(signature, origin)) {
            if (thought.text() != null) {
                json.beginObject().name("type").string("reasoning.text");
                json.name("text").slice(thought.text()).endObject();
            }
            return;
        }
        if (origin == SignatureOrigin.ANTHROPIC && !thought.redacted()) {
            json.beginObject().name("type").string("reasoning.text");
            json.name("text");
            if (thought.text() == null) {
                json.string("");
            } else {
                json.slice(thought.text());
            }
            json.name("signature").slice(signature);
            json.name("format").string(origin.format()).endObject();
            return;
        }
        if (thought.text() != null) {
            boolean summary = origin == SignatureOrigin.OPENAI;
            json.beginObject().name("type").string(summary ? "reasoning.summary" : "reasoning.text");
            json.name(summary ? "summary" : "text").slice(thought.text());
            json.name("format").string(origin.format()).endObject();
        }
        writeEncrypted(signature, origin, null);
    }

    private void writeEncrypted(JsonSlice data, SignatureOrigin origin, @Nullable String callId) {
        json.beginObject().name("type").string("reasoning.encrypted");
        json.name("data").slice(data);
        if (callId != null) {
            json.name("id").string(callId);
        }
        json.name("format").string(origin.format()).endObject();
    }

    /** Bedrock's have no name there. */
    private static boolean isKnown(@Nullable JsonSlice signature, @Nullable SignatureOrigin origin) {
        return signature != null && origin != null && origin != SignatureOrigin.BEDROCK;
    }

    private static List<JsonSlice> texts(List<Part.Reasoning> thoughts) {
        List<JsonSlice> texts = new ArrayList<>();
        for (Part.Reasoning thought : thoughts) {
            if (thought.text() != null && !thought.text().isEmpty()) {
                texts.add(thought.text());
            }
        }
        return texts;
    }
}
