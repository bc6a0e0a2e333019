package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a chat request means, for a provider of another dialect; a legacy completion is a chat with one message.
 * What it has no word for is left to {@link ChatRequest#others}. Thread: any.
 */
final class OpenAiChatReader {
    private static final int MOST_CANDIDATES = 128;
    /** What a legacy completion generates when its caller does not say. */
    private static final long LEGACY_MAX_TOKENS = 16;

    /** Members that are read, and of which nothing remains to be said. */
    private static final List<String> KNOWN = List.of(
            "model",
            "stream",
            // The gateway's own business: what it says is in the plan of the answer.
            "stream_options",
            "parallel_tool_calls",
            "temperature",
            "top_p",
            "top_k",
            "seed",
            "presence_penalty",
            "frequency_penalty",
            "max_tokens",
            "max_completion_tokens",
            "stop",
            "n",
            "service_tier");

    private final Endpoint endpoint;
    /** What is understood is taken out. */
    private final RequestObject request;

    private OpenAiChatReader(Endpoint endpoint, RequestObject request) {
        this.endpoint = endpoint;
        this.request = request;
    }

    /** @param body accepted by {@link OpenAiRequest} */
    static ChatRequest read(Endpoint endpoint, JsonSlice body) throws MalformedRequestException {
        return new OpenAiChatReader(endpoint, RequestObject.of("", body)).read();
    }

    private ChatRequest read() throws MalformedRequestException {
        boolean legacy = endpoint == Endpoint.COMPLETIONS;
        JsonSlice stream = request.bool("stream");
        List<Message> messages = legacy ? prompt() : OpenAiMessages.read(request);
        List<Tool> tools = OpenAiTools.take(request);
        ToolChoice choice = OpenAiTools.takeChoice(request);
        JsonSlice parallel = request.bool("parallel_tool_calls");
        Sampling sampling = sampling();
        long limit = maxOutputTokens();
        List<JsonSlice> stop = stop();
        int candidates = candidates();
        OutputFormat format = takeFormat();
        Thinking thinking = OpenAiThinking.take(request);
        JsonSlice endUser = takeEndUser();
        JsonSlice serviceTier = request.filledString("service_tier");
        request.drop(KNOWN);
        request.drop(legacy ? "prompt" : "messages");
        return new ChatRequest(
                stream != null && stream.isTrue(),
                messages,
                tools,
                choice,
                parallel == null ? null : parallel.isTrue(),
                sampling,
                limit == ChatRequest.NO_LIMIT && legacy ? LEGACY_MAX_TOKENS : limit,
                stop,
                candidates,
                format,
                thinking,
                endUser,
                serviceTier,
                request.rest());
    }

    private List<Message> prompt() throws MalformedRequestException {
        JsonSlice prompt = request.get("prompt");
        if (prompt == null) {
            throw request.missing("prompt", "a string");
        }
        if (prompt.isArray()) {
            List<JsonSlice> prompts = prompt.elements();
            if (prompts.size() != 1 || !prompts.getFirst().isString()) {
                throw new MalformedRequestException(
                        "'prompt' must be a string, or an array with one string, for a model of this provider; it is"
                                + " an array with "
                                + (prompts.size() == 1 ? "something else" : prompts.size() + " elements"),
                        "prompt");
            }
            prompt = prompts.getFirst();
        } else if (!prompt.isString()) {
            throw request.wrong("prompt", "a string, or an array with one string", prompt);
        }
        List<Part> parts = prompt.isEmpty() ? List.of() : List.of(new Part.Text(prompt));
        return List.of(new Message(Role.USER, parts));
    }

    private Sampling sampling() throws MalformedRequestException {
        return new Sampling(
                request.number("temperature"),
                request.number("top_p"),
                request.number("top_k"),
                request.number("seed"),
                request.number("presence_penalty"),
                request.number("frequency_penalty"));
    }

    private long maxOutputTokens() throws MalformedRequestException {
        JsonSlice limit = request.integer("max_completion_tokens");
        if (limit == null) {
            limit = request.integer("max_tokens");
        }
        return limit == null ? ChatRequest.NO_LIMIT : Math.max(ChatRequest.NO_LIMIT, limit.longValue(Long.MAX_VALUE));
    }

    private List<JsonSlice> stop() throws MalformedRequestException {
        JsonSlice stop = request.get("stop");
        if (stop == null) {
            return List.of();
        }
        if (!stop.isString() && !stop.isArray()) {
            throw request.wrong("stop", "a string, an array of strings or null", stop);
        }
        List<JsonSlice> sequences = new ArrayList<>();
        List<JsonSlice> given = stop.isString() ? List.of(stop) : stop.elements();
        for (int i = 0; i < given.size(); i++) {
            if (!given.get(i).isString()) {
                throw request.wrong("stop[" + i + ']', "a string", given.get(i));
            }
            if (!given.get(i).isEmpty()) {
                sequences.add(given.get(i));
            }
        }
        return sequences;
    }

    private int candidates() throws MalformedRequestException {
        JsonSlice n = request.integer("n");
        long candidates = n == null ? 1 : n.longValue(Long.MAX_VALUE);
        if (candidates < 1 || candidates > MOST_CANDIDATES) {
            throw new MalformedRequestException("'n' must be 1 to " + MOST_CANDIDATES + ", not " + candidates, "n");
        }
        return (int) candidates;
    }

    /** A form that only this dialect has stays in the request. */
    private @Nullable OutputFormat takeFormat() throws MalformedRequestException {
        RequestObject format = request.object("response_format");
        if (format == null) {
            return null;
        }
        OutputFormat read = null;
        switch (format.word("type")) {
            case "text" -> {}
            case "json_object" -> read = new OutputFormat.JsonObject();
            case "json_schema" -> read = schema(format.requiredObject("json_schema"));
            default -> {
                return null;
            }
        }
        request.drop("response_format");
        return read;
    }

    /** Without a schema nothing is asked for but JSON. */
    private static OutputFormat schema(RequestObject format) throws MalformedRequestException {
        JsonSlice schema = format.objectSlice("schema");
        return schema == null
                ? new OutputFormat.JsonObject()
                : new OutputFormat.JsonSchema(
                        format.string("name"), format.string("description"), schema, format.bool("strict"));
    }

    /** Of both names the older one counts, for it is the one that is metered; then the other one is left. */
    private @Nullable JsonSlice takeEndUser() throws MalformedRequestException {
        String name = request.filledString("user") == null ? "safety_identifier" : "user";
        JsonSlice endUser = request.filledString(name);
        request.drop(name);
        return endUser;
    }
}
