package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes what a message consists of: a string where that is enough, else parts. One a request. Thread: event loop. */
final class OpenAiChatWriterParts {
    private static final String BETWEEN_TEXTS = "\n\n";

    private final JsonWriter json;
    private final OpenAiQuirks host;
    private final Set<String> dropped;

    OpenAiChatWriterParts(JsonWriter json, OpenAiQuirks host, Set<String> dropped) {
        this.json = json;
        this.host = host;
        this.dropped = dropped;
    }

    /** The text of a part that is nothing else; null for all others. */
    static @Nullable JsonSlice plain(Part part) {
        return switch (part) {
            case Part.Text text -> text.text();
            case Part.Refusal refusal -> refusal.text();
            case Part.Document document when document.media() instanceof Media.Plain plain -> plain.text();
            case Part.Document document -> null;
            case Part.Image image -> null;
            case Part.Audio audio -> null;
            case Part.Reasoning reasoning -> null;
            case Part.ToolCall call -> null;
            case Part.ToolResult result -> null;
            case Part.Foreign foreign -> null;
        };
    }

    /** Texts one behind the other, in the string that has begun. */
    static void join(JsonWriter json, List<JsonSlice> texts) {
        for (int i = 0; i < texts.size(); i++) {
            if (i > 0) {
                json.text(BETWEEN_TEXTS);
            }
            json.text(texts.get(i));
        }
    }

    /** A content that is text alone; what is none is left out and named. */
    void writeText(List<Part> parts) {
        if (isMarked(parts)) {
            json.beginArray();
            for (Part part : parts) {
                if (part instanceof Part.Text text) {
                    writeText(text.text(), text.cacheControl());
                }
            }
            json.endArray();
            return;
        }
        List<JsonSlice> texts = new ArrayList<>();
        for (Part part : parts) {
            JsonSlice text = plain(part);
            if (text == null) {
                dropped.add(
                        part instanceof Part.Foreign foreign
                                ? "messages[" + foreign.what() + "]"
                                : "messages[content]");
            } else {
                texts.add(text);
                noteMark(part);
            }
        }
        json.beginString();
        join(json, texts);
        json.endString();
    }

    /** A content with all that a user may say. Many hosts take nothing but a string for a text. */
    void write(List<Part> parts) throws MalformedRequestException {
        boolean alone = parts.isEmpty() || (parts.size() == 1 && plain(parts.getFirst()) != null);
        if (alone && !isMarked(parts)) {
            writeText(parts);
            return;
        }
        json.beginArray();
        for (Part part : parts) {
            JsonSlice text = plain(part);
            if (text == null) {
                writePart(part);
            } else {
                writeText(text, part instanceof Part.Text marked ? marked.cacheControl() : null);
            }
        }
        json.endArray();
    }

    private void writeText(JsonSlice text, @Nullable JsonSlice cacheControl) {
        json.beginObject().name("type").string("text").name("text").slice(text);
        writeMark(cacheControl);
        json.endObject();
    }

    private void writePart(Part part) throws MalformedRequestException {
        switch (part) {
            case Part.Image image -> write(image);
            case Part.Document document -> write(document);
            case Part.Audio audio -> write(audio);
            case Part.Foreign foreign -> dropped.add("messages[" + foreign.what() + "]");
            case Part.Reasoning reasoning -> dropped.add("reasoning");
            // Those are no part of what a user says.
            case Part.Text text -> {}
            case Part.Refusal refusal -> {}
            case Part.ToolCall call -> {}
            case Part.ToolResult result -> {}
        }
    }

    private void write(Part.Image image) throws MalformedRequestException {
        json.beginObject().name("type").string("image_url");
        json.name("image_url").beginObject().name("url");
        switch (image.media()) {
            case Media.Url url -> json.slice(url.url());
            case Media.Inline inline -> dataUrl(inline);
            case Media.Uploaded uploaded -> throw refused("uploaded images", "images in the request or at an address");
            case Media.Plain plain -> throw refused("images that are text", "images in the request or at an address");
        }
        if (image.detail() != null) {
            json.name("detail").slice(image.detail());
        }
        json.endObject();
        writeMark(image.cacheControl());
        json.endObject();
    }

    private void write(Part.Document document) throws MalformedRequestException {
        if (!host.has(OpenAiProviderHabit.FILES)) {
            throw refused("documents that are not plain text", "plain text");
        }
        json.beginObject().name("type").string("file").name("file").beginObject();
        switch (document.media()) {
            case Media.Uploaded uploaded
            when host.has(OpenAiProviderHabit.UPLOADED_FILES) ->
                json.name("file_id").slice(uploaded.id());
            case Media.Uploaded uploaded -> throw refused("uploaded documents", "documents in the request");
            case Media.Inline inline -> {
                writeFileName(document.name());
                json.name("file_data");
                dataUrl(inline);
            }
            case Media.Url url
            when host.has(OpenAiProviderHabit.FILE_URLS) -> {
                writeFileName(document.name());
                json.name("file_data").slice(url.url());
            }
            case Media.Url url -> throw refused("documents at an address", "documents in the request");
            // It is a text.
            case Media.Plain plain -> throw new AssertionError("a plain document is written as text");
        }
        json.endObject();
        writeMark(document.cacheControl());
        json.endObject();
    }

    private void writeFileName(@Nullable JsonSlice name) {
        json.name("filename");
        if (name == null) {
            json.string("document.pdf");
        } else {
            json.slice(name);
        }
    }

    private void write(Part.Audio audio) throws MalformedRequestException {
        if (!(audio.media() instanceof Media.Inline inline)) {
            throw refused("recordings at an address", "recordings in the request");
        }
        json.beginObject()
                .name("type")
                .string("input_audio")
                .name("input_audio")
                .beginObject();
        json.name("data")
                .beginString()
                .text(inline.data(), inline.prefixBytes())
                .endString();
        json.name("format").string(audio.format()).endObject().endObject();
    }

    private void dataUrl(Media.Inline inline) {
        if (inline.prefixBytes() > 0) {
            json.slice(inline.data());
        } else {
            json.beginString()
                    .text("data:" + inline.mediaType() + ";base64,")
                    .text(inline.data(), 0)
                    .endString();
        }
    }

    private MalformedRequestException refused(String actual, String allowed) {
        return new MalformedRequestException(
                "A model of " + host.name() + " takes no " + actual + "; allowed: " + allowed, "messages");
    }

    /** Whether marks of the cache are to be kept, for which a string has no place. */
    private boolean isMarked(List<Part> parts) {
        for (Part part : parts) {
            if (part instanceof Part.Text text && text.cacheControl() != null) {
                return host.has(OpenAiProviderHabit.CACHE_CONTROL);
            }
        }
        return false;
    }

    private void noteMark(Part part) {
        if (part instanceof Part.Text text && text.cacheControl() != null) {
            dropped.add("cache_control");
        }
    }

    private void writeMark(@Nullable JsonSlice cacheControl) {
        if (cacheControl == null) {
            return;
        }
        if (host.has(OpenAiProviderHabit.CACHE_CONTROL)) {
            json.name("cache_control").slice(cacheControl);
        } else {
            dropped.add("cache_control");
        }
    }
}
