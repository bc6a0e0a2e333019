package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes images, documents and recordings as parts: what is in the request as it stands there, what is elsewhere by its
 * address, which the provider fetches itself or not. Thread: event loop.
 */
final class GeminiMedia {
    private static final String ALLOWED = "; allowed: a data: URL with base64, http(s):// and gs:// URLs";
    private static final int MAX_SCHEME_CHARS = 10;
    private static final int SNIFFED_CHARS = 12;

    private final Supplier<JsonWriter> part;
    private final Set<String> dropped;

    /** @param part begins a part, for its members to be written */
    GeminiMedia(Supplier<JsonWriter> part, Set<String> dropped) {
        this.part = part;
        this.dropped = dropped;
    }

    void write(Part.Image image) throws MalformedRequestException {
        write(image.media(), "image_url");
        if (image.detail() != null && !image.detail().textEquals("auto")) {
            dropped.add("detail");
        }
        drop(image.cacheControl(), "cache_control");
    }

    void write(Part.Document document) throws MalformedRequestException {
        write(document.media(), "file");
        drop(document.name(), "filename");
        drop(document.cacheControl(), "cache_control");
    }

    void write(Part.Audio audio) throws MalformedRequestException {
        if (audio.media() instanceof Media.Inline inline) {
            write("audio/" + audio.format(), inline);
        } else {
            write(audio.media(), "input_audio");
        }
    }

    private void write(Media media, String param) throws MalformedRequestException {
        switch (media) {
            case Media.Inline inline -> write(mediaType(inline), inline);
            case Media.Plain plain -> {
                if (!plain.text().isEmpty()) {
                    part.get().name("text").slice(plain.text()).endObject();
                }
            }
            case Media.Url url -> write(url.url(), param);
            case Media.Uploaded uploaded -> {
                if (!isAddress(uploaded.id())) {
                    throw new MalformedRequestException(
                            "Gemini knows no file that was uploaded to another provider" + ALLOWED, param);
                }
                write(uploaded.id(), param);
            }
        }
    }

    private void write(String mediaType, Media.Inline inline) {
        JsonWriter json = part.get().name("inlineData").beginObject();
        json.name("mimeType").string(mediaType).name("data").beginString();
        json.text(inline.data(), inline.prefixBytes()).endString();
        json.endObject().endObject();
    }

    private void write(JsonSlice url, String param) throws MalformedRequestException {
        if (!isAddress(url)) {
            throw new MalformedRequestException(
                    "Gemini cannot read what a URL beginning with '" + scheme(url) + "' points to" + ALLOWED, param);
        }
        JsonWriter json = part.get().name("fileData").beginObject();
        String mediaType = mediaType(url.text());
        if (mediaType != null) {
            json.name("mimeType").string(mediaType);
        }
        json.name("fileUri").slice(url).endObject().endObject();
    }

    private static boolean isAddress(JsonSlice url) {
        return url.textStartsWith("https://") || url.textStartsWith("http://") || url.textStartsWith("gs://");
    }

    /** As declared; what is not, is told by how the data begins. */
    private static String mediaType(Media.Inline inline) {
        if (!inline.mediaType().isEmpty()) {
            return inline.mediaType();
        }
        String begins = inline.data().text(inline.prefixBytes(), SNIFFED_CHARS);
        if (begins.startsWith("iVBORw0KGgo")) {
            return "image/png";
        }
        if (begins.startsWith("/9j/")) {
            return "image/jpeg";
        }
        if (begins.startsWith("R0lGOD")) {
            return "image/gif";
        }
        if (begins.startsWith("UklGR")) {
            return "image/webp";
        }
        return begins.startsWith("JVBERi0") ? "application/pdf" : "application/octet-stream";
    }

    /** By the ending of the path; null when it says nothing. */
    private static @Nullable String mediaType(String url) {
        int end = url.length();
        for (char behind : new char[] {'?', '#'}) {
            int at = url.indexOf(behind);
            end = at < 0 ? end : Math.min(end, at);
        }
        int dot = url.lastIndexOf('.', end - 1);
        if (dot < 0 || dot < url.lastIndexOf('/', end - 1)) {
            return null;
        }
        return switch (url.substring(dot + 1, end).toLowerCase(Locale.ROOT)) {
            case "png" -> "image/png";
            case "jpg", "jpeg" -> "image/jpeg";
            case "webp" -> "image/webp";
            case "gif" -> "image/gif";
            case "heic" -> "image/heic";
            case "pdf" -> "application/pdf";
            case "wav" -> "audio/wav";
            case "mp3" -> "audio/mp3";
            case "mp4" -> "video/mp4";
            case "txt" -> "text/plain";
            default -> null;
        };
    }

    /** All of a URL that may be shown: the rest is the caller's own. */
    private static String scheme(JsonSlice url) {
        int colon = url.indexInContent(':');
        return colon < 0 || colon > MAX_SCHEME_CHARS ? "" : url.text(0, colon + 1);
    }

    private void drop(@Nullable JsonSlice value, String name) {
        if (value != null) {
            dropped.add(name);
        }
    }
}
