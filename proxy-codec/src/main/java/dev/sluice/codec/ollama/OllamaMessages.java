package dev.sluice.codec.ollama;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.ToolArguments;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the messages of a chat in Ollama's words: a message has one text, beside it thoughts, images and calls, and
 * each result of a tool is a message of its own. One a request. Thread: event loop.
 */
final class OllamaMessages {
    private final JsonWriter json;
    private final Set<String> dropped;

    // Of the message being written.
    private final List<JsonSlice> texts = new ArrayList<>();
    private final List<JsonSlice> thoughts = new ArrayList<>();
    private final List<Media.Inline> images = new ArrayList<>();
    private final List<Part.ToolCall> calls = new ArrayList<>();

    /** @param dropped what cannot be said, for the list of what was dropped */
    OllamaMessages(JsonWriter json, Set<String> dropped) {
        this.json = json;
        this.dropped = dropped;
    }

    void write(List<Message> messages) throws MalformedRequestException {
        json.name("messages").beginArray();
        for (Message message : messages) {
            if (message.role() == Role.TOOL) {
                for (Part part : message.parts()) {
                    if (part instanceof Part.ToolResult result) {
                        write(result);
                    }
                }
            } else {
                write(message);
            }
        }
        json.endArray();
    }

    private void write(Message message) throws MalformedRequestException {
        begin(message.parts());
        json.beginObject().name("role").string(role(message.role()));
        writeGathered();
        if (!calls.isEmpty()) {
            json.name("tool_calls").beginArray();
            for (Part.ToolCall call : calls) {
                write(call);
            }
            json.endArray();
        }
        json.endObject();
        if (message.name() != null) {
            dropped.add("name");
        }
    }

    private void write(Part.ToolCall call) {
        json.beginObject().name("id").string(call.id());
        json.name("function").beginObject().name("name").string(call.name()).name("arguments");
        ToolArguments.write(json, call.arguments());
        json.endObject().endObject();
        drop(call.cacheControl(), "cache_control");
        drop(call.signature(), "signature");
    }

    private void write(Part.ToolResult result) throws MalformedRequestException {
        begin(result.content());
        json.beginObject().name("role").string("tool");
        JsonSlice whole = result.json();
        if (whole == null) {
            writeGathered();
        } else {
            json.name("content").wrapped(whole);
        }
        if (result.name() != null) {
            json.name("tool_name").string(result.name());
        }
        json.name("tool_call_id").string(result.id()).endObject();
        if (result.error()) {
            dropped.add("is_error");
        }
        drop(result.cacheControl(), "cache_control");
    }

    private void begin(List<Part> parts) throws MalformedRequestException {
        texts.clear();
        thoughts.clear();
        images.clear();
        calls.clear();
        for (Part part : parts) {
            gather(part);
        }
    }

    private void gather(Part part) throws MalformedRequestException {
        switch (part) {
            case Part.Text text -> {
                texts.add(text.text());
                drop(text.cacheControl(), "cache_control");
            }
            case Part.Refusal refusal -> texts.add(refusal.text());
            case Part.Image image -> {
                images.add(inline(image.media()));
                drop(image.detail(), "detail");
                drop(image.cacheControl(), "cache_control");
            }
            case Part.Document document -> {
                texts.add(plain(document.media()));
                drop(document.cacheControl(), "cache_control");
            }
            case Part.Audio audio -> throw refused("recordings", "text and images");
            case Part.Reasoning reasoning -> {
                if (reasoning.text() != null) {
                    thoughts.add(reasoning.text());
                }
                // Ollama signs nothing, and checks nothing.
                drop(reasoning.signature(), "signature");
            }
            case Part.ToolCall call -> calls.add(call);
            // They stand in messages of their own.
            case Part.ToolResult result -> {}
            case Part.Foreign foreign -> dropped.add("messages[" + foreign.what() + "]");
        }
    }

    private void writeGathered() {
        json.name("content");
        joined(texts);
        if (!thoughts.isEmpty()) {
            json.name("thinking");
            joined(thoughts);
        }
        if (!images.isEmpty()) {
            json.name("images").beginArray();
            for (Media.Inline image : images) {
                json.beginString().text(image.data(), image.prefixBytes()).endString();
            }
            json.endArray();
        }
    }

    private void joined(List<JsonSlice> pieces) {
        json.beginString();
        boolean first = true;
        for (JsonSlice piece : pieces) {
            if (!first) {
                json.text("\n");
            }
            json.text(piece);
            first = false;
        }
        json.endString();
    }

    private static Media.Inline inline(Media media) throws MalformedRequestException {
        return switch (media) {
            case Media.Inline inline -> inline;
            case Media.Url url -> throw refused("images at an address", "images in the request, as base64");
            case Media.Uploaded uploaded -> throw refused("uploaded images", "images in the request, as base64");
            case Media.Plain plain -> throw refused("images that are text", "images in the request, as base64");
        };
    }

    private static JsonSlice plain(Media media) throws MalformedRequestException {
        if (media instanceof Media.Plain plain) {
            return plain.text();
        }
        throw refused("documents that are not plain text", "documents that are plain text");
    }

    private static MalformedRequestException refused(String actual, String allowed) {
        return new MalformedRequestException("Ollama takes no " + actual + "; allowed: " + allowed, "messages");
    }

    private static String role(Role role) {
        return switch (role) {
            case SYSTEM, DEVELOPER -> "system";
            case USER -> "user";
            case ASSISTANT -> "assistant";
            case TOOL -> "tool";
        };
    }

    private void drop(@Nullable JsonSlice value, String name) {
        if (value != null) {
            dropped.add(name);
        }
    }
}
