package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import java.util.Locale;

/** Reads data and addresses of files as the images, documents and recordings that they are. Thread: any. */
final class GeminiBlobs {
    private GeminiBlobs() {}

    static Part inline(JsonSlice blob) {
        String mediaType = GeminiNames.text(blob, "mimeType");
        JsonSlice data = GeminiNames.member(blob, "data");
        if (mediaType == null || data == null || !data.isString()) {
            return new Part.Foreign("inlineData", blob);
        }
        return part(mediaType, new Media.Inline(mediaType, standard(data), 0), "inlineData", blob);
    }

    static Part file(JsonSlice file) throws MalformedRequestException {
        String mediaType = GeminiNames.text(file, "mimeType");
        JsonSlice uri = GeminiNames.member(file, "fileUri");
        if (uri == null || !uri.isString() || !isPublic(uri.text())) {
            throw new MalformedRequestException(
                    "a file of Google's can only be read by a provider of Gemini; allowed: inlineData, and files at"
                            + " other http(s):// addresses",
                    "contents.parts.fileData.fileUri");
        }
        return part(mediaType == null ? "" : mediaType, new Media.Url(uri), "fileData", file);
    }

    private static Part part(String mediaType, Media media, String what, JsonSlice value) {
        String type = mediaType.toLowerCase(Locale.ROOT);
        if (type.startsWith("image/") || type.isEmpty()) {
            return new Part.Image(media, null, null);
        }
        return switch (type) {
            case "audio/wav", "audio/x-wav", "audio/wave" -> new Part.Audio(media, "wav");
            case "audio/mp3", "audio/mpeg" -> new Part.Audio(media, "mp3");
            default ->
                type.startsWith("audio/") || type.startsWith("video/")
                        ? new Part.Foreign(what + "[" + type + "]", value)
                        : new Part.Document(media, null, null);
        };
    }

    /** Whether others can fetch it: neither a bucket nor an uploaded file nor a video of YouTube. */
    private static boolean isPublic(String uri) {
        int host = uri.startsWith("https://") ? 8 : uri.startsWith("http://") ? 7 : -1;
        return host > 0
                && !uri.startsWith("generativelanguage.googleapis.com/", host)
                && !uri.startsWith("www.youtube.com/", host)
                && !uri.startsWith("youtube.com/", host)
                && !uri.startsWith("youtu.be/", host);
    }

    /** Client libraries write base64 in the alphabet for URLs, which others do not take. */
    private static JsonSlice standard(JsonSlice data) {
        if (data.indexInContent('-') < 0 && data.indexInContent('_') < 0) {
            return data;
        }
        return JsonSlice.string(data.text().replace('-', '+').replace('_', '/'));
    }
}
