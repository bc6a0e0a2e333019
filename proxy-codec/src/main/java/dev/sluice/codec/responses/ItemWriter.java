package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.json.JsonWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes responses, their items and the parts of those. Thread: event loop. */
final class ItemWriter {
    static final String IN_PROGRESS = "in_progress";
    static final String COMPLETED = "completed";
    static final String INCOMPLETE = "incomplete";

    private ItemWriter() {}

    /**
     * A response. What it repeats of a request is not known here, and said as if the request had not said it.
     *
     * @param reason why it is incomplete; null when it is not
     * @param items null while nothing is complete
     * @param usage null while nothing is known
     */
    static void response(
            JsonWriter json,
            AnswerPlan plan,
            String id,
            String model,
            @Nullable String reason,
            @Nullable List<SaidItem> items,
            @Nullable Usage usage) {
        beginResponse(json, plan, id, model, reason, items, usage);
        json.endObject();
    }

    /** The same, to which members may be added; whoever does ends the object. */
    static void beginResponse(
            JsonWriter json,
            AnswerPlan plan,
            String id,
            String model,
            @Nullable String reason,
            @Nullable List<SaidItem> items,
            @Nullable Usage usage) {
        json.beginObject().name("id").string(id).name("object").string("response");
        json.name("created_at").number(plan.createdSeconds());
        String status = reason == null ? COMPLETED : INCOMPLETE;
        json.name("status").string(items == null ? IN_PROGRESS : status);
        json.name("background").bool(false).name("error").nullValue().name("incomplete_details");
        if (reason == null) {
            json.nullValue();
        } else {
            json.beginObject().name("reason").string(reason).endObject();
        }
        json.name("instructions").nullValue().name("max_output_tokens").nullValue();
        json.name("model").string(model).name("output").beginArray();
        if (items != null) {
            for (SaidItem item : items) {
                item(json, item);
            }
        }
        json.endArray()
                .name("parallel_tool_calls")
                .bool(true)
                .name("previous_response_id")
                .nullValue();
        json.name("reasoning")
                .raw("{\"effort\":null,\"summary\":null}")
                .name("store")
                .bool(false);
        json.name("temperature").nullValue().name("text").raw("{\"format\":{\"type\":\"text\"}}");
        json.name("tool_choice")
                .string("auto")
                .name("tools")
                .raw("[]")
                .name("top_p")
                .nullValue();
        json.name("truncation").string("disabled").name("usage");
        usage(json, usage);
        json.name("user").nullValue().name("metadata").raw("{}");
    }

    /** An item as it begins: without anything in it. */
    static void newItem(JsonWriter json, SaidItem item) {
        begin(json, item, IN_PROGRESS);
        switch (item.type()) {
            case MESSAGE -> json.name("content").raw("[]").name("role").string("assistant");
            case REASONING -> json.name("summary").raw("[]");
            case CALL -> {
                json.name("arguments").string("");
                call(json, item);
            }
        }
        json.endObject();
    }

    /** An item with all that is known of it. */
    static void item(JsonWriter json, SaidItem item) {
        begin(json, item, item.isCut() ? INCOMPLETE : COMPLETED);
        switch (item.type()) {
            case MESSAGE -> {
                json.name("content").beginArray();
                parts(json, item);
                json.endArray().name("role").string("assistant");
            }
            case REASONING -> {
                json.name("summary").beginArray();
                parts(json, item);
                json.endArray();
                byte[] signature = item.signature();
                if (signature != null) {
                    json.name("encrypted_content").beginString();
                    json.text(signature, 0, signature.length).endString();
                }
            }
            case CALL -> {
                text(json.name("arguments"), item.arguments());
                call(json, item);
            }
        }
        json.endObject();
    }

    /** A part with all of its text. */
    static void part(JsonWriter json, SaidPart part) {
        beginPart(json, part);
        text(json.name(textName(part)), part);
        if (part.kind() == SaidPart.Kind.TEXT) {
            json.name("annotations").beginArray();
            for (SaidPart.Citation citation : part.citations()) {
                citation(json, citation);
            }
            json.endArray().name("logprobs").raw("[]");
        }
        json.endObject();
    }

    /** A part as it begins. */
    static void newPart(JsonWriter json, SaidPart part) {
        beginPart(json, part);
        json.name(textName(part)).string("");
        if (part.kind() == SaidPart.Kind.TEXT) {
            json.name("annotations").raw("[]").name("logprobs").raw("[]");
        }
        json.endObject();
    }

    /** The whole text of a part, as a string. */
    static void text(JsonWriter json, SaidPart part) {
        json.beginString().text(part.bytes(), 0, part.end()).endString();
    }

    /** Which stretch of the text rests on a source is not known: all that had been said. */
    static void citation(JsonWriter json, SaidPart.Citation citation) {
        json.beginObject().name("type").string("url_citation").name("url").string(citation.url());
        json.name("title").string(citation.title() == null ? "" : citation.title());
        json.name("start_index").number(0).name("end_index").number(citation.end());
        json.endObject();
    }

    /** The name of the member with the text, in a part and in the event that ends it. */
    static String textName(SaidPart part) {
        return switch (part.kind()) {
            case TEXT, SUMMARY -> "text";
            case REFUSAL -> "refusal";
            case ARGUMENTS -> "arguments";
        };
    }

    private static void beginPart(JsonWriter json, SaidPart part) {
        String type = switch (part.kind()) {
            case TEXT -> "output_text";
            case REFUSAL -> "refusal";
            case SUMMARY -> "summary_text";
            case ARGUMENTS -> throw new AssertionError("arguments are no part of their own");
        };
        json.beginObject().name("type").string(type);
    }

    private static void begin(JsonWriter json, SaidItem item, String status) {
        String type = switch (item.type()) {
            case MESSAGE -> "message";
            case REASONING -> "reasoning";
            case CALL -> "function_call";
        };
        json.beginObject().name("id").string(item.id()).name("type").string(type);
        json.name("status").string(status);
    }

    private static void parts(JsonWriter json, SaidItem item) {
        for (SaidPart part : item.parts()) {
            part(json, part);
        }
    }

    private static void call(JsonWriter json, SaidItem item) {
        json.name("call_id").string(item.callId()).name("name").string(item.name());
    }

    /** Figures that nobody reported beside others that somebody did are none. */
    static void usage(JsonWriter json, @Nullable Usage usage) {
        if (usage == null || !usage.isReported()) {
            json.nullValue();
            return;
        }
        long input = Math.max(0, usage.inputTokens());
        long output = Math.max(0, usage.outputTokens());
        json.beginObject().name("input_tokens").number(input);
        json.name("input_tokens_details").beginObject();
        json.name("cached_tokens").number(Math.max(0, usage.cachedTokens()));
        if (usage.cacheWriteTokens() > 0) {
            json.name("cache_write_tokens").number(usage.cacheWriteTokens());
        }
        json.endObject().name("output_tokens").number(output);
        json.name("output_tokens_details").beginObject();
        json.name("reasoning_tokens")
                .number(Math.max(0, usage.reasoningTokens()))
                .endObject();
        json.name("total_tokens").number(input + output).endObject();
    }
}
