package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a request for a chat in OpenAI's words, as a host and a model of it take them. What they do not know is left
 * out and named. One a request. Thread: event loop.
 */
final class OpenAiChatWriter {
    private static final int MOST_STOPS = 4;
    private static final Set<String> SERVICE_TIERS = Set.of("auto", "default", "flex", "priority", "scale", "fast");
    private static final Set<String> REFUSED_BY_REASONING = Set.of("logit_bias", "logprobs", "top_logprobs");

    private final ChatRequest request;
    private final OpenAiQuirks host;
    private final OpenAiProviderModel model;
    private final JsonWriter json;
    private final Set<String> dropped = new LinkedHashSet<>();

    private OpenAiChatWriter(ChatRequest request, OpenAiQuirks host, String model, ByteBuf out) {
        this.request = request;
        this.host = host;
        this.model = OpenAiProviderModel.of(model);
        this.json = new JsonWriter(out);
    }

    /** Gives the request's body. */
    static ProviderRequest write(ChatRequest request, OpenAiQuirks host, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        ByteBuf out = allocator.buffer();
        boolean written = false;
        try {
            OpenAiChatWriter writer = new OpenAiChatWriter(request, host, model, out);
            writer.write(model);
            written = true;
            return new ProviderRequest(out, List.copyOf(writer.dropped));
        } finally {
            if (!written) {
                out.release();
            }
        }
    }

    private void write(String modelName) throws MalformedRequestException {
        json.beginObject().name("model").string(modelName);
        new OpenAiChatWriterMessages(json, host, modelName, dropped).write(request.messages(), request.tools(), hint());
        new OpenAiChatWriterTools(json, host, model, dropped).write(request);
        writeStream();
        writeLimits();
        new OpenAiChatWriterThinking(json, host, modelName, dropped).write(request.thinking());
        writeSampling(request.sampling());
        writeFormat();
        writeCaller();
        for (JsonSlice.Member other : request.others()) {
            boolean refused = hasFixedSampling() && REFUSED_BY_REASONING.contains(other.name());
            memberIf(host.knows(other.name()) && !refused, other.name(), other.value());
        }
        json.endObject();
    }

    private void writeStream() {
        if (request.stream()) {
            json.name("stream").bool(true);
            if (host.has(OpenAiProviderHabit.USAGE_REQUEST)) {
                json.name("stream_options")
                        .beginObject()
                        .name("include_usage")
                        .bool(true)
                        .endObject();
            }
        }
    }

    private void writeLimits() throws MalformedRequestException {
        if (request.maxOutputTokens() != ChatRequest.NO_LIMIT) {
            boolean newer = host.has(OpenAiProviderHabit.MAX_COMPLETION_TOKENS);
            json.name(newer ? "max_completion_tokens" : "max_tokens").number(request.maxOutputTokens());
        }
        if (request.candidates() != 1) {
            if (!host.has(OpenAiProviderHabit.CANDIDATES)) {
                throw new MalformedRequestException(
                        "'n' must be 1 for a model of " + host.name() + ", not " + request.candidates(), "n");
            }
            json.name("n").number(request.candidates());
        }
        writeStops();
    }

    private void writeStops() {
        if (request.stop().isEmpty()) {
            return;
        }
        if (model.isReasoning()) {
            dropped.add("stop");
            return;
        }
        boolean few = host.has(OpenAiProviderHabit.FOUR_STOPS) && request.stop().size() > MOST_STOPS;
        List<JsonSlice> stops = few ? request.stop().subList(0, MOST_STOPS) : request.stop();
        json.name("stop").beginArray();
        for (JsonSlice stop : stops) {
            json.slice(stop);
        }
        json.endArray();
        if (few) {
            dropped.add("stop");
        }
    }

    private void writeSampling(Sampling sampling) {
        boolean free = !hasFixedSampling();
        memberIf(free, "temperature", sampling.temperature());
        memberIf(free, "top_p", sampling.topP());
        memberIf(host.has(OpenAiProviderHabit.TOP_K), "top_k", sampling.topK());
        if (sampling.seed() != null) {
            json.name(host.has(OpenAiProviderHabit.RANDOM_SEED) ? "random_seed" : "seed")
                    .slice(sampling.seed());
        }
        memberIf(free, "presence_penalty", sampling.presencePenalty());
        memberIf(free, "frequency_penalty", sampling.frequencyPenalty());
    }

    /** Models that reason choose their tokens themselves, unless they are told not to reason. */
    private boolean hasFixedSampling() {
        Thinking thinking = request.thinking();
        boolean off = thinking != null && "none".equals(OpenAiChatWriterThinking.effort(thinking));
        return model.isReasoning() && !(off && model.efforts().contains("none"));
    }

    private void writeFormat() {
        OutputFormat format = request.format();
        if (format == null) {
            return;
        }
        json.name("response_format").beginObject().name("type");
        switch (format) {
            case OutputFormat.JsonObject object -> json.string("json_object");
            case OutputFormat.JsonSchema schema -> {
                if (host.has(OpenAiProviderHabit.JSON_SCHEMA)) {
                    writeSchema(schema);
                } else {
                    json.string("json_object");
                }
            }
        }
        json.endObject();
    }

    private void writeSchema(OutputFormat.JsonSchema schema) {
        json.string("json_schema").name("json_schema").beginObject().name("name");
        if (schema.name() == null) {
            json.string("output");
        } else {
            json.slice(schema.name());
        }
        memberIf(true, "description", schema.description());
        json.name("schema").slice(schema.schema());
        if (schema.strict() != null) {
            json.name("strict").slice(schema.strict());
        } else if (OpenAiProviderSchema.allowsStrict(schema.schema())) {
            json.name("strict").bool(true);
        }
        json.endObject();
    }

    /** Where schemas are unknown, the schema that the model is told of in words. */
    private @Nullable JsonSlice hint() {
        boolean inWords = !host.has(OpenAiProviderHabit.JSON_SCHEMA);
        return inWords && request.format() instanceof OutputFormat.JsonSchema schema ? schema.schema() : null;
    }

    private void writeCaller() {
        if (request.endUser() != null) {
            if (host.has(OpenAiProviderHabit.END_USER)) {
                json.name("user")
                        .string(OpenAiProviderIds.user(request.endUser().text()));
            } else {
                dropped.add("user");
            }
        }
        JsonSlice tier = request.serviceTier();
        if (tier != null) {
            // Anthropic's word for what OpenAI calls the default.
            String word = tier.textEquals("standard_only") || tier.textEquals("standard") ? "default" : tier.text();
            if (host.has(OpenAiProviderHabit.SERVICE_TIER) && SERVICE_TIERS.contains(word)) {
                json.name("service_tier").string(word);
            } else {
                dropped.add("service_tier");
            }
        }
    }

    private void memberIf(boolean known, String name, @Nullable JsonSlice value) {
        if (value == null) {
            return;
        }
        if (known) {
            json.name(name).slice(value);
        } else {
            dropped.add(name);
        }
    }
}
