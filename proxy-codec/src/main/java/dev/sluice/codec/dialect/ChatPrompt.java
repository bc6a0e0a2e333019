package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonSlice;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a prompt consists of from what the request means, for dialects that are not counted member by member.
 * Thread: that of {@link InboundDialect#readPrompt}.
 */
public final class ChatPrompt implements JsonReader.Listener {
    /** Enough of an image to find its size in. */
    private static final int IMAGE_BYTES = 8 << 10;

    private final PromptParts parts;

    private ChatPrompt(PromptParts parts) {
        this.parts = parts;
    }

    public static void tell(ChatRequest request, PromptParts parts) {
        ChatPrompt prompt = new ChatPrompt(parts);
        for (Message message : request.messages()) {
            prompt.tell(message);
        }
        if (!request.tools().isEmpty()) {
            parts.onTools();
            for (Tool tool : request.tools()) {
                parts.onTool();
                prompt.tell(tool);
            }
        }
    }

    @Override
    public void onValue(int id, JsonReader value) {}

    @Override
    public void onText(int id, byte[] bytes, int from, int to) {
        parts.onText(bytes, from, to);
    }

    private void tell(Message message) {
        parts.onMessage();
        if (message.role() == Role.SYSTEM || message.role() == Role.DEVELOPER) {
            parts.onSystemMessage();
        }
        text(message.role().name().toLowerCase(Locale.ROOT));
        for (Part part : message.parts()) {
            tell(part);
        }
        if (message.name() != null) {
            parts.onName();
            text(message.name());
        }
    }

    private void tell(Part part) {
        switch (part) {
            case Part.Text text -> text(text.text());
            case Part.Refusal refusal -> text(refusal.text());
            case Part.Reasoning reasoning -> text(reasoning.text());
            case Part.Image image -> image(image.media());
            case Part.Document document -> document(document.media());
            case Part.ToolCall call -> {
                text(call.name());
                json(call.arguments());
            }
            case Part.ToolResult result -> {
                for (Part said : result.content()) {
                    tell(said);
                }
                json(result.json());
            }
            case Part.Audio audio -> parts.onUnknownPart();
            case Part.Foreign foreign -> parts.onUnknownPart();
        }
    }

    private void tell(Tool tool) {
        switch (tool) {
            case Tool.Function function -> {
                text(function.name());
                text(function.description());
                json(function.parameters());
            }
            case Tool.Custom custom -> {
                text(custom.name());
                text(custom.description());
                json(custom.format());
            }
            case Tool.Foreign foreign -> json(foreign.value());
        }
    }

    private void image(Media media) {
        if (media instanceof Media.Inline inline) {
            String data = inline.data().text(inline.prefixBytes(), IMAGE_BYTES);
            byte[] url = ("data:" + inline.mediaType() + ";base64," + data).getBytes(StandardCharsets.UTF_8);
            parts.onImage(PromptParts.ImageDetail.AUTO, url, 0, url.length);
        } else {
            parts.onUnknownPart();
        }
    }

    private void document(Media media) {
        if (media instanceof Media.Plain plain) {
            text(plain.text());
        } else {
            parts.onUnknownPart();
        }
    }

    private void text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        parts.onText(utf8, 0, utf8.length);
        parts.onTextEnd();
    }

    private void text(@Nullable JsonSlice text) {
        if (text != null && text.isString()) {
            text.tellText(this);
            parts.onTextEnd();
        }
    }

    /** As it stands; of a string, the JSON in it. */
    private void json(@Nullable JsonSlice value) {
        if (value == null) {
            return;
        }
        if (value.isString()) {
            text(value);
        } else {
            text(value.json());
        }
    }
}
