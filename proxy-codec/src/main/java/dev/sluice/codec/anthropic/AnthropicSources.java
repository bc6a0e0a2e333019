package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes images and documents. What they are is looked for in their first bytes, for a wrong media type is refused and
 * often said; the bytes themselves are copied as they are. Thread: event loop.
 */
final class AnthropicSources {
    private static final String PDF = "application/pdf";
    /** Enough to know a format by. */
    private static final int MAGIC_CHARS = 16;

    private static final String UPLOADED_HERE = "file_";

    private final JsonWriter json;

    AnthropicSources(JsonWriter json) {
        this.json = json;
    }

    /** Writes a block for an image, without its end. */
    void beginImage(Media media) throws MalformedRequestException {
        json.beginObject().name("type").string("image").name("source").beginObject();
        switch (media) {
            case Media.Url url -> writeUrl(url.url());
            case Media.Inline inline -> {
                String type = imageType(inline);
                if (type == null) {
                    throw new MalformedRequestException(
                            "an image is '" + shown(inline.mediaType())
                                    + "'; allowed: image/jpeg, image/png, image/gif, image/webp",
                            "messages");
                }
                writeInline(type, inline);
            }
            case Media.Uploaded uploaded -> writeUploaded(uploaded.id());
            case Media.Plain plain ->
                throw new MalformedRequestException("an image is plain text; allowed: base64 or a URL", "messages");
        }
        json.endObject();
    }

    /**
     * Writes a block for a document, without its end. A picture that came as a file is an image all the same, which has no
     * title.
     */
    void beginDocument(Media media, @Nullable JsonSlice title) throws MalformedRequestException {
        if (media instanceof Media.Inline inline && imageType(inline) != null) {
            beginImage(media);
            return;
        }
        json.beginObject().name("type").string("document").name("source").beginObject();
        switch (media) {
            case Media.Url url -> writeUrl(url.url());
            case Media.Inline inline -> writeDocument(inline);
            case Media.Uploaded uploaded -> writeUploaded(uploaded.id());
            case Media.Plain plain -> beginPlain().slice(plain.text());
        }
        json.endObject();
        if (title != null && !title.isEmpty()) {
            json.name("title").slice(title);
        }
    }

    private void writeDocument(Media.Inline inline) throws MalformedRequestException {
        String type = inline.mediaType().toLowerCase(Locale.ROOT);
        if (type.equals(PDF) || magic(inline).startsWith("JVBERi0")) {
            writeInline(PDF, inline);
        } else if (type.startsWith("text/") || type.equals("application/json")) {
            beginPlain().string(decoded(inline));
        } else {
            throw new MalformedRequestException(
                    "a document is '" + shown(inline.mediaType()) + "'; allowed: " + PDF + ", text", "messages");
        }
    }

    private JsonWriter beginPlain() {
        return json.name("type")
                .string("text")
                .name("media_type")
                .string("text/plain")
                .name("data");
    }

    private void writeInline(String type, Media.Inline inline) {
        json.name("type").string("base64").name("media_type").string(type).name("data");
        json.beginString().text(inline.data(), inline.prefixBytes()).endString();
    }

    private void writeUrl(JsonSlice url) throws MalformedRequestException {
        String beginning = url.text(0, MAGIC_CHARS);
        if (!beginning.toLowerCase(Locale.ROOT).startsWith("https://")) {
            int scheme = beginning.indexOf(':');
            throw new MalformedRequestException(
                    "a URL begins with '" + shown(scheme < 0 ? beginning : beginning.substring(0, scheme + 1))
                            + "'; allowed: https:, or data: with base64",
                    "messages");
        }
        json.name("type").string("url").name("url").slice(url);
    }

    /** An id of another house's would be looked for in vain. */
    private void writeUploaded(JsonSlice id) throws MalformedRequestException {
        if (!id.textStartsWith(UPLOADED_HERE)) {
            throw new MalformedRequestException(
                    "a file is named by an id of another provider's; allowed: ids that begin with '" + UPLOADED_HERE
                            + "', or the file itself",
                    "messages");
        }
        json.name("type").string("file").name("file_id").slice(id);
    }

    private static @Nullable String imageType(Media.Inline inline) {
        String magic = magic(inline);
        if (magic.startsWith("iVBORw0KGgo")) {
            return "image/png";
        }
        if (magic.startsWith("/9j/")) {
            return "image/jpeg";
        }
        if (magic.startsWith("R0lGOD")) {
            return "image/gif";
        }
        if (magic.startsWith("UklGR")) {
            return "image/webp";
        }
        String type = inline.mediaType().toLowerCase(Locale.ROOT);
        return switch (type) {
            case "image/png", "image/jpeg", "image/gif", "image/webp" -> type;
            case "image/jpg" -> "image/jpeg";
            default -> null;
        };
    }

    private static String magic(Media.Inline inline) {
        return inline.data().text(inline.prefixBytes(), MAGIC_CHARS);
    }

    private static String decoded(Media.Inline inline) throws MalformedRequestException {
        try {
            String base64 = inline.data().text(inline.prefixBytes(), Integer.MAX_VALUE);
            return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new MalformedRequestException("a document says that it is base64, and is not", "messages");
        }
    }

    private static String shown(String type) {
        return type.length() <= 64 ? type : type.substring(0, 64);
    }
}
