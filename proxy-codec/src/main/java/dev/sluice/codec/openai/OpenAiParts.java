package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what stands in the {@code content} of a message: a string, or parts. Thread: any. */
final class OpenAiParts {
    private static final String CONTENT = "content";
    /** OpenAI's mark says of a place in the prompt what Anthropic's says. */
    private static final JsonSlice EPHEMERAL = JsonSlice.raw("{\"type\":\"ephemeral\"}");

    private OpenAiParts() {}

    /** The parts of a message; texts without a character are left out. A mark beside a plain text is the text's. */
    static List<Part> read(RequestObject message) throws MalformedRequestException {
        return read(message, cacheControl(message));
    }

    /** @param cacheControl the mark of a content that is a plain text */
    static List<Part> read(RequestObject message, @Nullable JsonSlice cacheControl) throws MalformedRequestException {
        JsonSlice content = message.get(CONTENT);
        List<Part> parts = new ArrayList<>();
        if (content == null) {
            return parts;
        }
        if (content.isString()) {
            addText(parts, content, cacheControl);
            return parts;
        }
        if (!content.isArray()) {
            throw message.wrong(CONTENT, "a string, an array or null", content);
        }
        for (RequestObject part : message.objects(CONTENT)) {
            read(part, parts);
        }
        return parts;
    }

    /** The mark behind which the prompt may be cached, in either of its spellings. */
    static @Nullable JsonSlice cacheControl(RequestObject owner) throws MalformedRequestException {
        JsonSlice mark = owner.objectSlice("cache_control");
        if (mark != null) {
            return mark;
        }
        RequestObject breakpoint = owner.object("prompt_cache_breakpoint");
        return breakpoint == null ? null : EPHEMERAL;
    }

    private static void read(RequestObject part, List<Part> parts) throws MalformedRequestException {
        String type = part.word("type");
        switch (type) {
            case "text" -> addText(parts, part.requiredString("text"), cacheControl(part));
            case "image_url" -> parts.add(image(part));
            case "input_audio" -> parts.add(audio(part.requiredObject(type)));
            case "file" -> parts.add(file(part));
            case "refusal" -> {
                JsonSlice refusal = part.requiredString(type);
                if (!refusal.isEmpty()) {
                    parts.add(new Part.Refusal(refusal));
                }
            }
            case "thinking" -> OpenAiReasoning.readPart(part, parts);
            default -> parts.add(new Part.Foreign(type, part.slice()));
        }
    }

    private static void addText(List<Part> parts, JsonSlice text, @Nullable JsonSlice cacheControl) {
        if (!text.isEmpty()) {
            parts.add(new Part.Text(text, cacheControl));
        }
    }

    /** Some clients write the address in place of the object. */
    private static Part image(RequestObject part) throws MalformedRequestException {
        JsonSlice cacheControl = cacheControl(part);
        JsonSlice address = part.get("image_url");
        if (address != null && address.isString()) {
            return new Part.Image(Media.ofUrl(address), null, cacheControl);
        }
        RequestObject image = part.requiredObject("image_url");
        return new Part.Image(Media.ofUrl(image.requiredString("url")), image.string("detail"), cacheControl);
    }

    private static Part audio(RequestObject audio) throws MalformedRequestException {
        String format = audio.word("format");
        return new Part.Audio(new Media.Inline("audio/" + format, audio.requiredString("data"), 0), format);
    }

    private static Part file(RequestObject part) throws MalformedRequestException {
        RequestObject file = part.requiredObject("file");
        JsonSlice data = file.string("file_data");
        JsonSlice id = file.string("file_id");
        Media media;
        if (data != null) {
            media = fileMedia(data);
        } else if (id != null) {
            media = new Media.Uploaded(id);
        } else {
            throw new MalformedRequestException(
                    "'" + file.path() + "' must have 'file_data' or 'file_id'; it has neither", file.path());
        }
        return new Part.Document(media, file.string("filename"), cacheControl(part));
    }

    /** Base64 without a type is what OpenAI took when PDF was all there was. */
    private static Media fileMedia(JsonSlice data) {
        boolean url = data.textStartsWith("data:") || data.textStartsWith("http:") || data.textStartsWith("https:");
        return url ? Media.ofUrl(data) : new Media.Inline("application/pdf", data, 0);
    }
}
