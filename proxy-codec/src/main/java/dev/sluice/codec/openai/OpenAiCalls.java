package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonSlice;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tool calls of a conversation and their results, and knows which belongs to which: a result does not name
 * its tool, and the legacy {@code function_call} has no id at all. One a request. Thread: any.
 */
final class OpenAiCalls {
    /** Behind it LiteLLM hides Gemini's signature in an id; no other provider takes ids of such length. */
    private static final String HIDDEN_SIGNATURE = "__thought__";

    private static final JsonSlice NO_ARGUMENTS = JsonSlice.string("");

    /** Names by id, of all calls so far. */
    private final Map<String, String> names = new HashMap<>();
    /** The same of those that no result has been seen for, in their order. */
    private final Map<String, String> open = new LinkedHashMap<>();

    private int madeUp;

    /** The calls of an assistant's message. */
    void readCalls(RequestObject message, List<Part> parts) throws MalformedRequestException {
        for (RequestObject call : message.objects("tool_calls")) {
            parts.add(call(call));
        }
        RequestObject legacy = message.object("function_call");
        if (legacy != null) {
            String name = legacy.requiredText("name");
            parts.add(new Part.ToolCall(begin(null, name), name, arguments(legacy)));
        }
    }

    /** The result that a message of the role {@code tool}, or the legacy {@code function}, consists of. */
    Part.ToolResult readResult(RequestObject message) throws MalformedRequestException {
        JsonSlice given = message.filledString("tool_call_id");
        JsonSlice said = message.filledString("name");
        String name = said == null ? null : said.text();
        String id = given == null ? oldestOpen(name) : withoutSignature(given.text());
        open.remove(id);
        return new Part.ToolResult(
                id,
                name == null ? names.get(id) : name,
                OpenAiParts.read(message, null),
                null,
                false,
                OpenAiParts.cacheControl(message));
    }

    private Part.ToolCall call(RequestObject call) throws MalformedRequestException {
        JsonSlice given = call.filledString("id");
        String id = given == null ? null : given.text();
        RequestObject custom = call.object("custom");
        RequestObject function = custom == null ? call.requiredObject("function") : custom;
        String name = function.requiredText("name");
        JsonSlice signature = signature(call, id);
        return new Part.ToolCall(
                begin(id == null ? null : withoutSignature(id), name),
                name,
                custom == null ? arguments(function) : input(custom),
                signature,
                signature == null ? null : SignatureOrigin.GEMINI,
                OpenAiParts.cacheControl(call));
    }

    /** Mostly a string; some clients send the object itself. */
    private static JsonSlice arguments(RequestObject function) throws MalformedRequestException {
        JsonSlice arguments = function.get("arguments");
        if (arguments == null) {
            return NO_ARGUMENTS;
        }
        if (!arguments.isString() && !arguments.isObject()) {
            throw function.wrong("arguments", "a string", arguments);
        }
        return arguments;
    }

    /** The text for a custom tool, as the one argument that it has where all tools are functions. */
    private static JsonSlice input(RequestObject custom) throws MalformedRequestException {
        return JsonSlice.raw("{\"input\":" + custom.requiredString("input").json() + '}');
    }

    private static @Nullable JsonSlice signature(RequestObject call, @Nullable String id)
            throws MalformedRequestException {
        RequestObject extra = call.object("extra_content");
        RequestObject google = extra == null ? null : extra.object("google");
        JsonSlice signature = google == null ? null : google.filledString("thought_signature");
        int hidden = id == null ? -1 : id.indexOf(HIDDEN_SIGNATURE);
        if (signature == null && id != null && hidden >= 0) {
            String behind = id.substring(hidden + HIDDEN_SIGNATURE.length());
            return behind.isEmpty() ? null : JsonSlice.string(behind);
        }
        return signature;
    }

    private static String withoutSignature(String id) {
        int hidden = id.indexOf(HIDDEN_SIGNATURE);
        return hidden > 0 ? id.substring(0, hidden) : id;
    }

    private String begin(@Nullable String given, String name) {
        String id = given == null ? newId() : given;
        names.put(id, name);
        open.put(id, name);
        return id;
    }

    /** The call that a result without id belongs to: the oldest one without result, of that name where one is said. */
    private String oldestOpen(@Nullable String name) {
        for (Map.Entry<String, String> call : open.entrySet()) {
            if (name == null || name.equals(call.getValue())) {
                return call.getKey();
            }
        }
        return newId();
    }

    private String newId() {
        String id;
        do {
            id = "call_fn_" + madeUp++;
        } while (names.containsKey(id));
        return id;
    }
}
