package dev.sluice.codec.bedrock;

import dev.sluice.codec.bedrock.BedrockModel.Maker;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a request for a chat in Converse's words. One a request. Thread: event loop. */
final class BedrockChatWriter {
    /** Members of Converse's own that other dialects do not have: whoever sends them means Bedrock. */
    private static final Set<String> OWN_MEMBERS = Set.of(
            "guardrailConfig",
            "performanceConfig",
            "requestMetadata",
            "promptVariables",
            "additionalModelResponseFieldPaths");

    private final ChatRequest request;
    private final BedrockModel model;
    private final JsonWriter json;
    private final Set<String> dropped = new LinkedHashSet<>();
    private final BedrockModelFields fields;

    private BedrockChatWriter(ChatRequest request, String model, ByteBuf out) {
        this.request = request;
        this.model = BedrockModel.of(model);
        this.json = new JsonWriter(out);
        this.fields = new BedrockModelFields(request, this.model, json, dropped);
    }

    /** Gives the request's body. */
    static ProviderRequest write(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        if (request.candidates() != 1) {
            throw new MalformedRequestException(
                    "Bedrock gives one answer to a request, not " + request.candidates() + "; allowed: 1", "n");
        }
        ByteBuf out = allocator.buffer();
        boolean written = false;
        try {
            BedrockChatWriter writer = new BedrockChatWriter(request, model, out);
            writer.write();
            written = true;
            return new ProviderRequest(out, List.copyOf(writer.dropped));
        } finally {
            if (!written) {
                out.release();
            }
        }
    }

    private void write() throws MalformedRequestException {
        json.beginObject();
        new BedrockMessages(json, dropped).write(request.messages());
        writeInference();
        new BedrockTools(request, json, dropped).write(!fields.isThinking());
        fields.write();
        writeOutput();
        writeServiceTier();
        for (JsonSlice.Member other : request.others()) {
            if (OWN_MEMBERS.contains(other.name())) {
                json.name(other.name()).slice(other.value());
            } else if (!other.name().equals(BedrockModelFields.MEMBER)) {
                dropped.add(other.name());
            }
        }
        json.endObject();
        Sampling sampling = request.sampling();
        drop(sampling.seed(), "seed");
        drop(sampling.presencePenalty(), "presence_penalty");
        drop(sampling.frequencyPenalty(), "frequency_penalty");
        drop(request.endUser(), "user");
    }

    private void writeInference() {
        Sampling sampling = request.sampling();
        boolean fixed = fields.isThinking() && model.maker() == Maker.ANTHROPIC;
        JsonSlice temperature = unless(fixed, sampling.temperature(), "temperature");
        JsonSlice topP = unless(fixed, sampling.topP(), "top_p");
        List<JsonSlice> stops = stops();
        if (temperature == null
                && topP == null
                && stops.isEmpty()
                && request.maxOutputTokens() == ChatRequest.NO_LIMIT) {
            return;
        }
        json.name("inferenceConfig").beginObject();
        if (request.maxOutputTokens() != ChatRequest.NO_LIMIT) {
            json.name("maxTokens").number(request.maxOutputTokens());
        }
        if (temperature != null) {
            json.name("temperature");
            if (isAboveOne(temperature)) {
                // The scale ends there, where OpenAI's goes on to 2.
                json.number(1);
            } else {
                json.slice(temperature);
            }
        }
        if (topP != null) {
            json.name("topP").slice(topP);
        }
        if (!stops.isEmpty()) {
            json.name("stopSequences").beginArray();
            for (JsonSlice stop : stops) {
                json.slice(stop);
            }
            json.endArray();
        }
        json.endObject();
    }

    private void writeOutput() {
        String effort = fields.effort();
        OutputFormat.JsonSchema schema = null;
        switch (request.format()) {
            case OutputFormat.JsonObject object -> dropped.add("response_format");
            case OutputFormat.JsonSchema wanted -> schema = wanted;
            case null -> {}
        }
        if (effort == null && schema == null) {
            return;
        }
        json.name("outputConfig").beginObject();
        if (schema != null) {
            json.name("textFormat").beginObject().name("type").string("json_schema");
            json.name("structure").beginObject().name("jsonSchema").beginObject();
            json.name("schema").wrapped(schema.schema());
            member("name", schema.name());
            member("description", schema.description());
            json.endObject().endObject().endObject();
        }
        if (effort != null) {
            json.name("effort").string(effort);
        }
        json.endObject();
    }

    /** What is called the default, or left to the provider, is what happens anyway. */
    private void writeServiceTier() {
        JsonSlice tier = request.serviceTier();
        if (tier == null || tier.textEquals("auto") || tier.textEquals("default") || tier.textEquals("standard_only")) {
            return;
        }
        if (tier.textEquals("flex") || tier.textEquals("priority")) {
            json.name("serviceTier").beginObject().name("type").slice(tier).endObject();
        } else {
            dropped.add("service_tier");
        }
    }

    private @Nullable JsonSlice unless(boolean refused, @Nullable JsonSlice value, String name) {
        if (refused) {
            drop(value, name);
            return null;
        }
        return value;
    }

    /** Anthropic's models refuse to stop at nothing but white space, all models at nothing. */
    private List<JsonSlice> stops() {
        List<JsonSlice> stops = new ArrayList<>();
        for (JsonSlice stop : request.stop()) {
            boolean refused = model.maker() == Maker.ANTHROPIC ? stop.text().isBlank() : stop.isEmpty();
            if (refused) {
                dropped.add("stop");
            } else {
                stops.add(stop);
            }
        }
        return stops;
    }

    private static boolean isAboveOne(JsonSlice number) {
        try {
            return Double.parseDouble(number.json()) > 1;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private void member(String name, @Nullable JsonSlice value) {
        if (value != null && !value.isEmpty()) {
            json.name(name).slice(value);
        }
    }

    private void drop(@Nullable JsonSlice value, String name) {
        if (value != null) {
            dropped.add(name);
        }
    }
}
