package dev.sluice.codec.responses;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.ChatPrompt;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonSlice.Member;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a request means, for a provider of another dialect.
 *
 * <p>What the caller wants to be picked up from a store (an earlier response, a conversation, a prompt, an item by its
 * id) is refused: without it the model would answer another question. What only steers OpenAI's own servers is handed
 * on under its name, to be dropped and said so. Borrows the body. Thread: any.
 */
final class ResponsesChat {
    private static final String NO_STORE =
            "the provider that serves this model does not have what it refers to; send the whole conversation in 'input'";

    private final boolean strict;
    private final ResponsesTurns turns;
    private final ResponsesTools tools = new ResponsesTools();
    private final List<Member> others = new ArrayList<>();

    private boolean stream;
    private @Nullable JsonSlice input;
    private @Nullable JsonSlice instructions;
    private @Nullable JsonSlice temperature;
    private @Nullable JsonSlice topP;
    private long maxOutputTokens = ChatRequest.NO_LIMIT;
    private @Nullable Boolean parallelToolCalls;
    private @Nullable OutputFormat format;
    private @Nullable Thinking thinking;
    private @Nullable JsonSlice user;
    private @Nullable JsonSlice safetyIdentifier;
    private @Nullable JsonSlice serviceTier;
    private boolean logprobs;
    private boolean refersToStore;

    private ResponsesChat(boolean strict) {
        this.strict = strict;
        this.turns = new ResponsesTurns(strict);
    }

    static ChatRequest read(ByteBuf body) throws MalformedRequestException {
        ResponsesChat chat = new ResponsesChat(/* strict= */ true);
        chat.readMembers(body);
        return chat.request();
    }

    /** Tells what the prompt consists of, for a provider that serves the dialect itself and has what is stored. */
    static void tellPrompt(ByteBuf body, PromptParts parts) {
        ResponsesChat chat = new ResponsesChat(/* strict= */ false);
        try {
            chat.readMembers(body);
            ChatPrompt.tell(chat.request(), parts);
        } catch (MalformedRequestException e) {
            // The provider will refuse it, or knows what it means.
            chat.refersToStore = true;
        }
        if (chat.refersToStore) {
            parts.onUnknownPart();
        }
    }

    /** What it asks of a model, wherever it is served. */
    static ChatNeeds needs(ByteBuf body) {
        ResponsesChat chat = new ResponsesChat(/* strict= */ false);
        try {
            chat.readMembers(body);
            return ChatNeeds.of(chat.request());
        } catch (MalformedRequestException e) {
            return ChatNeeds.NONE;
        }
    }

    private void readMembers(ByteBuf body) throws MalformedRequestException {
        for (Member member : JsonSlice.of(body).members()) {
            if (!member.value().isNull()) {
                onMember(member, member.value());
            }
        }
    }

    private void onMember(Member member, JsonSlice value) throws MalformedRequestException {
        switch (member.name()) {
            case "model", "stream_options" -> {}
            case "stream" -> stream = value.isTrue();
            case "input" -> input = value;
            case "instructions" -> instructions = Expected.string(value, "instructions");
            case "temperature" -> temperature = value;
            case "top_p" -> topP = value;
            case "max_output_tokens" -> maxOutputTokens = Math.max(ChatRequest.NO_LIMIT, value.longValue(-1));
            case "parallel_tool_calls" -> parallelToolCalls = value.isTrue();
            case "tools" -> tools.readTools(Expected.array(value, "tools"));
            case "tool_choice" -> tools.readChoice(value);
            case "text" -> readText(value);
            case "reasoning" -> readReasoning(value);
            case "include" -> readInclude(value);
            case "user" -> user = value;
            case "safety_identifier" -> safetyIdentifier = value;
            case "service_tier" -> serviceTier = value.isString() ? value : null;
            case "previous_response_id", "conversation", "prompt" -> {
                refersToStore = true;
                if (strict) {
                    throw Expected.unsupported(member.name(), NO_STORE);
                }
            }
            case "background" -> {
                if (value.isTrue() && strict) {
                    throw Expected.unsupported(member.name(), "it must be false: nothing is answered later here");
                }
            }
            case "truncation" -> {
                if (!value.textEquals("disabled")) {
                    others.add(member);
                }
            }
            default -> others.add(member);
        }
    }

    private ChatRequest request() throws MalformedRequestException {
        if (instructions != null) {
            turns.addInstructions(instructions);
        }
        if (input != null) {
            turns.readInput(input);
        } else if (strict) {
            throw new MalformedRequestException(
                    "'input' is missing; it must be a string or an array of items", "input");
        }
        others.addAll(tools.others());
        if (user != null && safetyIdentifier != null) {
            others.add(new Member("safety_identifier", safetyIdentifier));
        }
        if (logprobs) {
            others.add(new Member("logprobs", JsonSlice.raw("true")));
        }
        return new ChatRequest(
                stream,
                turns.messages(),
                tools.tools(),
                tools.choice(),
                parallelToolCalls,
                temperature == null && topP == null
                        ? Sampling.UNSAID
                        : new Sampling(temperature, topP, null, null, null, null),
                maxOutputTokens,
                List.of(),
                1,
                format,
                thinking,
                user == null ? safetyIdentifier : user,
                serviceTier,
                others);
    }

    private void readText(JsonSlice text) throws MalformedRequestException {
        for (Member member : Expected.object(text, "text").members()) {
            if (member.value().isNull()) {
                continue;
            }
            switch (member.name()) {
                case "format" -> format = format(Expected.object(member.value(), "text.format"));
                case "verbosity" -> others.add(member);
                default -> others.add(new Member("text." + member.name(), member.value()));
            }
        }
    }

    private static @Nullable OutputFormat format(JsonSlice format) throws MalformedRequestException {
        String type = Expected.text(format.member("type"), "text.format.type");
        return switch (type) {
            case "text" -> null;
            case "json_object" -> new OutputFormat.JsonObject();
            case "json_schema" -> {
                JsonSlice schema = format.member("schema");
                yield new OutputFormat.JsonSchema(
                        format.member("name"),
                        format.member("description"),
                        Expected.object(schema, "text.format.schema"),
                        format.member("strict"));
            }
            default -> throw Expected.oneOf("text.format.type", type, "'text', 'json_object' and 'json_schema'");
        };
    }

    private void readReasoning(JsonSlice reasoning) throws MalformedRequestException {
        String effort = null;
        Boolean shown = null;
        for (Member member : Expected.object(reasoning, "reasoning").members()) {
            if (member.value().isNull()) {
                continue;
            }
            switch (member.name()) {
                case "effort" -> effort = effort(member.value());
                case "summary", "generate_summary" -> shown = true;
                default -> others.add(new Member("reasoning." + member.name(), member.value()));
            }
        }
        thinking = effort == null && shown == null ? null : new Thinking(effort, Thinking.NO_BUDGET, shown);
    }

    private static String effort(JsonSlice value) throws MalformedRequestException {
        String effort = Expected.text(value, "reasoning.effort");
        return switch (effort) {
            case "none", "minimal", "low", "medium", "high", "xhigh", "max" -> effort;
            default ->
                throw Expected.oneOf(
                        "reasoning.effort", effort, "'none', 'minimal', 'low', 'medium', 'high', 'xhigh' and 'max'");
        };
    }

    /** Reasoning always comes with what is needed to send it back; the sources of a search never come. */
    private void readInclude(JsonSlice include) throws MalformedRequestException {
        for (JsonSlice wish : Expected.array(include, "include").elements()) {
            String name = Expected.text(wish, "include[]");
            switch (name) {
                case "reasoning.encrypted_content" -> {}
                case "message.output_text.logprobs" -> logprobs = true;
                default -> others.add(new Member("include[" + name + "]", wish));
            }
        }
    }
}
