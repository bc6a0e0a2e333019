package dev.sluice.gateway.demo;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

/**
 * One generated answer, in either of the two shapes of the OpenAI dialect: as a whole, or event by event. The figures
 * are counts of words, since there is no tokenizer here. Immutable; thread: any.
 *
 * @param legacy {@code /v1/completions} instead of {@code /v1/chat/completions}
 * @param includeUsage whether the stream ends with a usage event, and every other event says {@code "usage":null}
 * @param cut whether {@code max_tokens} ended the answer
 */
record DemoAnswer(
        boolean legacy,
        String id,
        long createdAtSeconds,
        int promptWords,
        List<String> words,
        boolean cut,
        boolean includeUsage) {

    static DemoAnswer to(DemoRequest request, boolean legacy, String id, long createdAtSeconds) {
        List<String> all = DemoText.WORDS;
        List<String> words = all.subList(0, Math.min(all.size(), request.maxTokens()));
        return new DemoAnswer(
                legacy,
                (legacy ? "cmpl-" : "chatcmpl-") + id,
                createdAtSeconds,
                request.words(),
                words,
                words.size() < all.size(),
                request.includeUsage());
    }

    /** The body of an answer that is not streamed. */
    String whole() {
        return DemoJson.object(json -> {
            head(json, legacy ? "text_completion" : "chat.completion");
            json.writeArrayFieldStart("choices");
            json.writeStartObject();
            json.writeNumberField("index", 0);
            if (legacy) {
                json.writeStringField("text", String.join("", words));
            } else {
                json.writeObjectFieldStart("message");
                json.writeStringField("role", "assistant");
                json.writeStringField("content", String.join("", words));
                json.writeNullField("refusal");
                json.writeEndObject();
            }
            json.writeNullField("logprobs");
            json.writeStringField("finish_reason", finishReason());
            json.writeEndObject();
            json.writeEndArray();
            usage(json);
        });
    }

    /** The first event of a chat stream: whose turn it is. */
    String roleEvent() {
        return event(json -> {
            json.writeObjectFieldStart("delta");
            json.writeStringField("role", "assistant");
            json.writeStringField("content", "");
            json.writeNullField("refusal");
            json.writeEndObject();
            json.writeNullField("logprobs");
            json.writeNullField("finish_reason");
        });
    }

    String wordEvent(int index) {
        return event(json -> {
            if (legacy) {
                json.writeStringField("text", words.get(index));
            } else {
                json.writeObjectFieldStart("delta");
                json.writeStringField("content", words.get(index));
                json.writeEndObject();
            }
            json.writeNullField("logprobs");
            json.writeNullField("finish_reason");
        });
    }

    String finishEvent() {
        return event(json -> {
            if (legacy) {
                json.writeStringField("text", "");
            } else {
                json.writeObjectFieldStart("delta");
                json.writeEndObject();
            }
            json.writeNullField("logprobs");
            json.writeStringField("finish_reason", finishReason());
        });
    }

    String usageEvent() {
        return "data: "
                + DemoJson.object(json -> {
                    head(json, streamObject());
                    json.writeArrayFieldStart("choices");
                    json.writeEndArray();
                    usage(json);
                })
                + "\n\n";
    }

    private String event(DemoJson choice) {
        return "data: "
                + DemoJson.object(json -> {
                    head(json, streamObject());
                    json.writeArrayFieldStart("choices");
                    json.writeStartObject();
                    json.writeNumberField("index", 0);
                    choice.writeTo(json);
                    json.writeEndObject();
                    json.writeEndArray();
                    if (includeUsage) {
                        json.writeNullField("usage");
                    }
                })
                + "\n\n";
    }

    private String streamObject() {
        return legacy ? "text_completion" : "chat.completion.chunk";
    }

    private String finishReason() {
        return cut ? "length" : "stop";
    }

    private void head(JsonGenerator json, String object) throws IOException {
        json.writeStringField("id", id);
        json.writeStringField("object", object);
        json.writeNumberField("created", createdAtSeconds);
        json.writeStringField("model", DemoProvider.MODEL);
        json.writeStringField("system_fingerprint", "sluice-demo-words");
    }

    private void usage(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("prompt_tokens", promptWords);
        json.writeNumberField("completion_tokens", words.size());
        json.writeNumberField("total_tokens", promptWords + words.size());
        json.writeObjectFieldStart("prompt_tokens_details");
        json.writeNumberField("cached_tokens", 0);
        json.writeEndObject();
        json.writeObjectFieldStart("completion_tokens_details");
        json.writeNumberField("reasoning_tokens", 0);
        json.writeEndObject();
        json.writeEndObject();
    }
}
