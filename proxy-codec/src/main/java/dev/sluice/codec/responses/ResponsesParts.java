package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the content of a message or the output of a tool: a string, or an array of parts. Thread: any. */
final class ResponsesParts {
    private ResponsesParts() {}

    /** The parts; empty texts, which several providers refuse, are left out. */
    static List<Part> read(@Nullable JsonSlice content, String path) throws MalformedRequestException {
        List<Part> parts = new ArrayList<>();
        if (content == null) {
            return parts;
        }
        if (content.isString()) {
            addText(content, parts);
            return parts;
        }
        int index = 0;
        for (JsonSlice part : Expected.array(content, path).elements()) {
            add(part, path + "[" + index++ + "]", parts);
        }
        return parts;
    }

    private static void add(JsonSlice part, String path, List<Part> parts) throws MalformedRequestException {
        String type = Expected.text(Expected.object(part, path).member("type"), path + ".type");
        switch (type) {
            case "input_text", "output_text", "text" ->
                addText(Expected.string(part.member("text"), path + ".text"), parts);
            case "refusal" -> {
                JsonSlice refusal = Expected.string(part.member("refusal"), path + ".refusal");
                if (!refusal.isEmpty()) {
                    parts.add(new Part.Refusal(refusal));
                }
            }
            case "input_image" -> parts.add(new Part.Image(image(part, path), part.member("detail"), null));
            case "input_file" -> parts.add(new Part.Document(file(part, path), part.member("filename"), null));
            case "input_audio" -> parts.add(audio(part, path));
            default -> parts.add(new Part.Foreign(type, part));
        }
    }

    private static void addText(JsonSlice text, List<Part> parts) {
        if (!text.isEmpty()) {
            parts.add(new Part.Text(text));
        }
    }

    private static Media image(JsonSlice part, String path) throws MalformedRequestException {
        JsonSlice url = part.member("image_url");
        if (url != null) {
            return Media.ofUrl(Expected.string(url, path + ".image_url"));
        }
        JsonSlice id = part.member("file_id");
        if (id != null) {
            return new Media.Uploaded(Expected.string(id, path + ".file_id"));
        }
        throw new MalformedRequestException("'" + path + "' must have 'image_url' or 'file_id'; it has neither", path);
    }

    private static Media file(JsonSlice part, String path) throws MalformedRequestException {
        JsonSlice data = part.member("file_data");
        if (data != null) {
            Media media = Media.ofUrl(Expected.string(data, path + ".file_data"));
            if (media instanceof Media.Inline) {
                return media;
            }
            throw new MalformedRequestException(
                    "'" + path + ".file_data' must be a data: URL with base64, such as data:application/pdf;base64,…",
                    path + ".file_data");
        }
        JsonSlice url = part.member("file_url");
        if (url != null) {
            return Media.ofUrl(Expected.string(url, path + ".file_url"));
        }
        JsonSlice id = part.member("file_id");
        if (id != null) {
            return new Media.Uploaded(Expected.string(id, path + ".file_id"));
        }
        throw new MalformedRequestException(
                "'" + path + "' must have 'file_data', 'file_url' or 'file_id'; it has none of them", path);
    }

    private static Part audio(JsonSlice part, String path) throws MalformedRequestException {
        JsonSlice audio = Expected.object(part.member("input_audio"), path + ".input_audio");
        JsonSlice data = Expected.string(audio.member("data"), path + ".input_audio.data");
        String format = Expected.name(audio.member("format"), path + ".input_audio.format");
        return new Part.Audio(new Media.Inline("audio/" + format, data, 0), format);
    }
}
