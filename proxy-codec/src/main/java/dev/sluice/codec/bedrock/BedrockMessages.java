package dev.sluice.codec.bedrock;

import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.ToolArguments;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the turns of a chat in Converse's words: user and assistant take turns, the user begins, and results of tools
 * are the first things that the user says. System messages stand apart. One a request. Thread: event loop.
 */
final class BedrockMessages {
    /** What is said where something must be. */
    private static final String FILLER = ".";
    /** Longer texts are not looked at for being blank. */
    private static final int MAX_BLANK_BYTES = 64;

    private final JsonWriter json;
    private final Set<String> dropped;
    private final BedrockMedia media;

    private @Nullable Role turn;
    /** Whether the turn has a document, which needs a text beside it, and whether it has one. */
    private boolean documentInTurn;

    private boolean textInTurn;

    /** @param dropped what cannot be said, for the list of what was dropped */
    BedrockMessages(JsonWriter json, Set<String> dropped) {
        this.json = json;
        this.dropped = dropped;
        this.media = new BedrockMedia(json);
    }

    void write(List<Message> messages) throws MalformedRequestException {
        json.name("messages").beginArray();
        int last = messages.size() - 1;
        for (int i = 0; i <= last; i++) {
            Message message = messages.get(i);
            switch (message.role()) {
                case SYSTEM, DEVELOPER -> {}
                case USER, TOOL -> write(message, Role.USER, false);
                case ASSISTANT -> write(message, Role.ASSISTANT, i == last);
            }
            if (message.name() != null) {
                dropped.add("name");
            }
        }
        if (turn == null) {
            begin(Role.USER);
            text(FILLER);
        }
        end();
        json.endArray();
        writeSystem(messages);
    }

    private void writeSystem(List<Message> messages) {
        boolean any = false;
        for (Message message : messages) {
            if (message.role() == Role.SYSTEM || message.role() == Role.DEVELOPER) {
                for (Part part : message.parts()) {
                    if (!(part instanceof Part.Text text)) {
                        dropped.add("messages[system]");
                    } else if (!isBlank(text.text())) {
                        if (!any) {
                            json.name("system").beginArray();
                            any = true;
                        }
                        json.beginObject().name("text").slice(text.text()).endObject();
                        cachePoint(json, text.cacheControl());
                    }
                }
            }
        }
        if (any) {
            json.endArray();
        }
    }

    private void write(Message message, Role role, boolean isPrefill) throws MalformedRequestException {
        List<Part> parts = message.parts();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (isPrefill && i == parts.size() - 1 && part instanceof Part.Text text) {
                writePrefill(text);
            } else if (isSaid(part)) {
                begin(role);
                write(part);
            }
        }
    }

    /** Whether there is anything of the part that may be said. What is blank is refused. */
    private boolean isSaid(Part part) {
        return switch (part) {
            case Part.Text text -> !isBlank(text.text());
            case Part.Refusal refusal -> !isBlank(refusal.text());
            case Part.Reasoning reasoning -> {
                if (originOf(reasoning) == null) {
                    // Unsigned, or signed by who means nothing here.
                    dropped.add("reasoning");
                    yield false;
                }
                yield true;
            }
            case Part.Foreign foreign -> {
                dropped.add("messages[" + foreign.what() + "]");
                yield false;
            }
            case Part.Image image -> true;
            case Part.Document document -> true;
            case Part.Audio audio -> true;
            case Part.ToolCall call -> true;
            case Part.ToolResult result -> true;
        };
    }

    private void write(Part part) throws MalformedRequestException {
        switch (part) {
            case Part.Text text -> {
                textInTurn = true;
                json.beginObject().name("text").slice(text.text()).endObject();
                cachePoint(json, text.cacheControl());
            }
            case Part.Refusal refusal -> {
                textInTurn = true;
                json.beginObject().name("text").slice(refusal.text()).endObject();
            }
            case Part.Image image -> {
                media.write(image);
                if (image.detail() != null) {
                    dropped.add("detail");
                }
                cachePoint(json, image.cacheControl());
            }
            case Part.Document document -> {
                documentInTurn = true;
                media.write(document);
                cachePoint(json, document.cacheControl());
            }
            case Part.Audio audio ->
                throw new MalformedRequestException(
                        "Bedrock takes no recordings; allowed: text, images and documents", "messages");
            case Part.Reasoning reasoning -> write(reasoning);
            case Part.ToolCall call -> write(call);
            case Part.ToolResult result -> write(result);
            case Part.Foreign foreign -> throw new AssertionError("dropped before");
        }
    }

    private void write(Part.ToolCall call) {
        json.beginObject().name("toolUse").beginObject();
        json.name("toolUseId").string(ToolIds.legal(call.id()));
        json.name("name").string(call.name()).name("input");
        ToolArguments.write(json, call.arguments());
        json.endObject().endObject();
        if (call.signature() != null) {
            dropped.add("signature");
        }
        cachePoint(json, call.cacheControl());
    }

    private void write(Part.ToolResult result) throws MalformedRequestException {
        json.beginObject().name("toolResult").beginObject();
        json.name("toolUseId").string(ToolIds.legal(result.id()));
        json.name("content").beginArray();
        if (result.json() != null) {
            json.beginObject().name("json").slice(result.json()).endObject();
        }
        JsonSlice cacheControl = result.cacheControl();
        for (Part part : result.content()) {
            JsonSlice within = writeResult(part);
            cacheControl = within == null ? cacheControl : within;
        }
        json.endArray();
        if (result.error()) {
            json.name("status").string("error");
        }
        json.endObject().endObject();
        cachePoint(json, cacheControl);
    }

    /** Returns the part's mark for the cache, which has no place within a result. */
    private @Nullable JsonSlice writeResult(Part part) throws MalformedRequestException {
        return switch (part) {
            case Part.Text text -> {
                if (!isBlank(text.text())) {
                    json.beginObject().name("text").slice(text.text()).endObject();
                }
                yield text.cacheControl();
            }
            case Part.Image image -> {
                media.write(image);
                yield image.cacheControl();
            }
            case Part.Document document -> {
                media.write(document);
                yield document.cacheControl();
            }
            case Part.Refusal refusal -> null;
            case Part.Audio audio ->
                throw new MalformedRequestException(
                        "Bedrock takes no recordings as the result of a tool; allowed: text, images and documents",
                        "messages");
            case Part.Reasoning reasoning -> null;
            case Part.ToolCall call -> null;
            case Part.ToolResult result -> null;
            case Part.Foreign foreign -> {
                dropped.add("messages[" + foreign.what() + "]");
                yield null;
            }
        };
    }

    private void write(Part.Reasoning reasoning) {
        SignatureOrigin origin = originOf(reasoning);
        JsonSlice signature = reasoning.signature();
        if (origin == null || signature == null) {
            throw new AssertionError("dropped before");
        }
        int mark = signature.textStartsWith(origin.mark()) ? origin.mark().length() : 0;
        json.beginObject().name("reasoningContent").beginObject();
        if (reasoning.redacted()) {
            json.name("redactedContent");
        } else {
            json.name("reasoningText").beginObject().name("text");
            if (reasoning.text() == null) {
                json.string("");
            } else {
                json.slice(reasoning.text());
            }
            json.name("signature");
        }
        json.beginString().text(signature, mark).endString();
        if (!reasoning.redacted()) {
            json.endObject();
        }
        json.endObject().endObject();
    }

    /** Who signed it, if that is somebody whose signature is good here; Anthropic's models are the same at Bedrock. */
    private static @Nullable SignatureOrigin originOf(Part.Reasoning reasoning) {
        JsonSlice signature = reasoning.signature();
        if (signature == null || signature.isEmpty()) {
            return null;
        }
        SignatureOrigin marked = SignatureOrigin.ofMarked(signature);
        SignatureOrigin origin = marked == null ? reasoning.origin() : marked;
        return origin == SignatureOrigin.BEDROCK || origin == SignatureOrigin.ANTHROPIC ? origin : null;
    }

    /** The answer is to go on from here; blanks at the end of it are refused. */
    private void writePrefill(Part.Text text) {
        if (isBlank(text.text())) {
            return;
        }
        String said = text.text().text(Math.max(0, text.text().sizeBytes() - 2 - 6), 6);
        boolean trailing = !said.isEmpty() && said.stripTrailing().length() < said.length();
        begin(Role.ASSISTANT);
        json.beginObject().name("text");
        if (trailing) {
            json.string(text.text().text().stripTrailing());
        } else {
            json.slice(text.text());
        }
        json.endObject();
        cachePoint(json, text.cacheControl());
    }

    /** What follows is said by {@code role}: goes on with its turn, or begins one. */
    private void begin(Role role) {
        if (turn == role) {
            return;
        }
        if (turn == null && role == Role.ASSISTANT) {
            begin(Role.USER);
            text(FILLER);
        }
        end();
        turn = role;
        json.beginObject().name("role").string(role == Role.USER ? "user" : "assistant");
        json.name("content").beginArray();
    }

    private void end() {
        if (turn != null) {
            if (documentInTurn && !textInTurn) {
                text(FILLER);
            }
            documentInTurn = false;
            textInTurn = false;
            json.endArray().endObject();
            turn = null;
        }
    }

    private void text(String text) {
        json.beginObject().name("text").string(text).endObject();
    }

    /** Behind what the caller wants kept in the cache. */
    static void cachePoint(JsonWriter json, @Nullable JsonSlice cacheControl) {
        if (cacheControl != null) {
            json.beginObject().name("cachePoint").beginObject().name("type").string("default");
            JsonSlice ttl = cacheControl.member("ttl");
            if (ttl != null && ttl.textEquals("1h")) {
                json.name("ttl").slice(ttl);
            }
            json.endObject().endObject();
        }
    }

    private static boolean isBlank(JsonSlice text) {
        return text.sizeBytes() <= MAX_BLANK_BYTES && text.text().isBlank();
    }
}
