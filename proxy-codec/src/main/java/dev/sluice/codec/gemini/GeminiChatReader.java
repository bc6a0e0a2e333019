package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads what a request in Gemini's dialect means. One a request. Thread: any. */
final class GeminiChatReader {
    private static final String CONFIG = "generationConfig";

    private final List<Message> messages = new ArrayList<>();
    private final List<Tool> tools = new ArrayList<>();
    private final List<JsonSlice.Member> others = new ArrayList<>();
    private @Nullable ToolChoice choice;
    private @Nullable JsonSlice serviceTier;

    // Of the configuration.
    private @Nullable JsonSlice temperature;
    private @Nullable JsonSlice topP;
    private @Nullable JsonSlice topK;
    private @Nullable JsonSlice seed;
    private @Nullable JsonSlice presencePenalty;
    private @Nullable JsonSlice frequencyPenalty;
    private long maxOutputTokens = ChatRequest.NO_LIMIT;
    private long candidates = 1;
    private List<JsonSlice> stop = List.of();
    private @Nullable JsonSlice mimeType;
    private @Nullable JsonSlice schema;
    private @Nullable Thinking thinking;

    private GeminiChatReader() {}

    /** @param body an object */
    static ChatRequest read(JsonSlice body, boolean stream) throws MalformedRequestException {
        return new GeminiChatReader().readRequest(body, stream);
    }

    private ChatRequest readRequest(JsonSlice body, boolean stream) throws MalformedRequestException {
        JsonSlice system = null;
        JsonSlice contents = null;
        for (JsonSlice.Member member : body.members()) {
            JsonSlice value = member.value();
            if (value.isNull()) {
                continue;
            }
            switch (GeminiNames.camel(member.name())) {
                case "systemInstruction" -> system = value;
                case "contents" -> contents = value;
                case "tools" -> readTools(value);
                case "toolConfig" -> readToolConfig(value);
                case CONFIG -> readConfig(value);
                case "serviceTier" -> readServiceTier(member);
                // The path has named it.
                case "model" -> {}
                case "cachedContent" ->
                    throw new MalformedRequestException(
                            "the request continues cached content, which only a provider of Gemini has; allowed: the"
                                    + " content itself",
                            "cachedContent");
                default -> others.add(member);
            }
        }
        GeminiTurns turns = new GeminiTurns(messages);
        if (system != null) {
            turns.readSystem(system);
        }
        if (contents == null || !contents.isArray() || contents.isEmpty()) {
            String actual = contents == null
                    ? "missing"
                    : contents.isEmpty() ? "empty" : contents.kind().phrase();
            throw new MalformedRequestException(
                    "'contents' is " + actual + "; it must be an array with at least one turn", "contents");
        }
        turns.read(contents.elements());
        OutputFormat format = format();
        return new ChatRequest(
                stream,
                messages,
                tools,
                choice,
                null,
                new Sampling(temperature, topP, topK, seed, presencePenalty, frequencyPenalty),
                maxOutputTokens,
                stop,
                Math.clamp(candidates, 1, Integer.MAX_VALUE),
                format,
                thinking,
                null,
                serviceTier,
                others);
    }

    /** Two have the same name everywhere, and what is standard here is the default elsewhere. */
    private void readServiceTier(JsonSlice.Member member) {
        switch (member.value().isString() ? member.value().text().toLowerCase(Locale.ROOT) : "") {
            case "flex" -> serviceTier = JsonSlice.string("flex");
            case "priority" -> serviceTier = JsonSlice.string("priority");
            case "standard" -> serviceTier = JsonSlice.string("default");
            default -> others.add(member);
        }
    }

    private void readTools(JsonSlice value) throws MalformedRequestException {
        for (JsonSlice tool : value.elements()) {
            for (JsonSlice.Member member : tool.members()) {
                String name = GeminiNames.camel(member.name());
                if (!name.equals("functionDeclarations")) {
                    tools.add(new Tool.Foreign(name, member.value()));
                    continue;
                }
                for (JsonSlice function : member.value().elements()) {
                    tools.add(function(function));
                }
            }
        }
    }

    private static Tool.Function function(JsonSlice function) throws MalformedRequestException {
        String name = GeminiNames.text(function, "name");
        if (name == null || name.isEmpty()) {
            throw new MalformedRequestException(
                    "a function has no name; each must have one", "tools.functionDeclarations.name");
        }
        JsonSlice parameters = GeminiNames.member(function, "parametersJsonSchema");
        if (parameters == null) {
            JsonSlice own = GeminiNames.member(function, "parameters");
            parameters = own == null ? null : GeminiSchemaReader.read(own);
        }
        return new Tool.Function(name, GeminiNames.member(function, "description"), parameters, null, null);
    }

    private void readToolConfig(JsonSlice value) {
        for (JsonSlice.Member member : value.members()) {
            if (!GeminiNames.camel(member.name()).equals("functionCallingConfig")) {
                others.add(new JsonSlice.Member("toolConfig." + member.name(), member.value()));
                continue;
            }
            String mode = GeminiNames.text(member.value(), "mode");
            List<String> names = new ArrayList<>();
            JsonSlice allowed = GeminiNames.member(member.value(), "allowedFunctionNames");
            if (allowed != null) {
                for (JsonSlice name : allowed.elements()) {
                    names.add(name.isString() ? name.text() : name.json());
                }
            }
            choice = switch (mode == null ? "" : mode.toUpperCase(Locale.ROOT)) {
                case "ANY" -> new ToolChoice(ToolChoice.Mode.REQUIRED, names);
                case "NONE" -> new ToolChoice(ToolChoice.Mode.NONE);
                case "AUTO", "VALIDATED" -> new ToolChoice(ToolChoice.Mode.AUTO, names);
                default -> null;
            };
        }
    }

    private void readConfig(JsonSlice config) throws MalformedRequestException {
        for (JsonSlice.Member member : config.members()) {
            JsonSlice value = member.value();
            if (value.isNull()) {
                continue;
            }
            String name = GeminiNames.camel(member.name());
            switch (name) {
                case "temperature" -> temperature = number(name, value);
                case "topP" -> topP = number(name, value);
                case "topK" -> topK = number(name, value);
                case "seed" -> seed = number(name, value);
                case "presencePenalty" -> presencePenalty = number(name, value);
                case "frequencyPenalty" -> frequencyPenalty = number(name, value);
                case "maxOutputTokens" -> maxOutputTokens = integer(name, value);
                case "candidateCount" -> candidates = integer(name, value);
                case "stopSequences" -> stop = value.elements();
                case "responseMimeType" -> mimeType = value;
                case "responseSchema" -> schema = schema == null ? GeminiSchemaReader.read(value) : schema;
                case "responseJsonSchema" -> schema = value;
                case "thinkingConfig" -> thinking = thinking(value);
                case "responseModalities" -> {
                    if (!isTextAlone(value)) {
                        others.add(new JsonSlice.Member(CONFIG + "." + name, value));
                    }
                }
                default -> others.add(new JsonSlice.Member(CONFIG + "." + name, value));
            }
        }
    }

    private @Nullable OutputFormat format() {
        if (mimeType == null || mimeType.textEquals("text/plain")) {
            return null;
        }
        if (!mimeType.textEquals("application/json")) {
            // One word of a list, as plain text: nobody else has that.
            others.add(new JsonSlice.Member(CONFIG + ".responseMimeType", mimeType));
            return null;
        }
        return schema == null ? new OutputFormat.JsonObject() : new OutputFormat.JsonSchema(null, null, schema, null);
    }

    private static @Nullable Thinking thinking(JsonSlice config) {
        JsonSlice shown = GeminiNames.member(config, "includeThoughts");
        JsonSlice budget = GeminiNames.member(config, "thinkingBudget");
        String level = GeminiNames.text(config, "thinkingLevel");
        // -1 leaves it to the model.
        long tokens = budget == null ? Thinking.NO_BUDGET : Math.max(Thinking.NO_BUDGET, budget.longValue(-1));
        String effort = level == null || level.endsWith("UNSPECIFIED") ? null : level.toLowerCase(Locale.ROOT);
        if (effort == null && tokens == Thinking.NO_BUDGET && shown == null) {
            return null;
        }
        return new Thinking(
                effort, effort == null ? tokens : Thinking.NO_BUDGET, shown == null ? null : shown.isTrue());
    }

    private static boolean isTextAlone(JsonSlice modalities) {
        for (JsonSlice modality : modalities.elements()) {
            if (!modality.isString() || !modality.text().equalsIgnoreCase("TEXT")) {
                return false;
            }
        }
        return modalities.isArray();
    }

    private static JsonSlice number(String name, JsonSlice value) throws MalformedRequestException {
        if (value.kind() != JsonKind.INTEGER && value.kind() != JsonKind.DECIMAL) {
            throw new MalformedRequestException(
                    "'" + CONFIG + "." + name + "' must be a number, not "
                            + value.kind().phrase(),
                    CONFIG + "." + name);
        }
        return value;
    }

    private static long integer(String name, JsonSlice value) throws MalformedRequestException {
        long integer = value.longValue(-1);
        if (integer < 0) {
            throw new MalformedRequestException(
                    "'" + CONFIG + "." + name + "' must be an integer of 0 or more, not "
                            + (value.kind() == JsonKind.INTEGER
                                    ? value.json()
                                    : value.kind().phrase()),
                    CONFIG + "." + name);
        }
        return integer;
    }
}
