package dev.sluice.codec.bedrock;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes images and documents: in the request as base64, which is copied and never looked into, or in a bucket of
 * Amazon's. One a request, for no two documents may have the same name. Thread: event loop.
 */
final class BedrockMedia {
    private static final String IMAGES = "images that are png, jpeg, gif or webp, as base64 in the request or at s3://";
    private static final String DOCUMENTS =
            "documents that are pdf, csv, doc, docx, xls, xlsx, html, txt or md, as base64 in the request or at s3://";
    /** As much of base64 as tells the kinds of images apart. */
    private static final int MAGIC_CHARS = 6;

    private static final int MAX_NAME_CHARS = 200;

    private final JsonWriter json;
    private final Set<String> names = new HashSet<>();

    BedrockMedia(JsonWriter json) {
        this.json = json;
    }

    void write(Part.Image image) throws MalformedRequestException {
        Media media = image.media();
        String format = switch (media) {
            case Media.Inline inline -> imageFormat(inline);
            case Media.Url url -> formatOf(extension(url.url().text()));
            case Media.Uploaded uploaded -> throw refused("uploaded images", IMAGES);
            case Media.Plain plain -> throw refused("images that are text", IMAGES);
        };
        if (format == null) {
            throw refused("images of this kind", IMAGES);
        }
        json.beginObject().name("image").beginObject().name("format").string(format);
        writeSource(media, "images at an address", IMAGES);
        json.endObject().endObject();
    }

    void write(Part.Document document) throws MalformedRequestException {
        Media media = document.media();
        String format = switch (media) {
            case Media.Inline inline -> documentFormat(inline.mediaType());
            case Media.Url url -> documentFormat(extension(url.url().text()));
            case Media.Uploaded uploaded -> throw refused("uploaded documents", DOCUMENTS);
            case Media.Plain plain -> "txt";
        };
        if (format == null) {
            throw refused("documents of this kind", DOCUMENTS);
        }
        json.beginObject().name("document").beginObject().name("format").string(format);
        json.name("name").string(name(document.name()));
        writeSource(media, "documents at an address", DOCUMENTS);
        json.endObject().endObject();
    }

    private void writeSource(Media media, String remote, String allowed) throws MalformedRequestException {
        json.name("source").beginObject();
        switch (media) {
            case Media.Inline inline ->
                json.name("bytes")
                        .beginString()
                        .text(inline.data(), inline.prefixBytes())
                        .endString();
            case Media.Plain plain ->
                json.name("bytes")
                        .string(Base64.getEncoder()
                                .encodeToString(plain.text().text().getBytes(StandardCharsets.UTF_8)));
            case Media.Url url -> {
                if (!url.url().textStartsWith("s3:")) {
                    throw refused(remote, allowed);
                }
                json.name("s3Location")
                        .beginObject()
                        .name("uri")
                        .slice(url.url())
                        .endObject();
            }
            case Media.Uploaded uploaded -> throw refused(remote, allowed);
        }
        json.endObject();
    }

    /** What the data is counts more than what it is called: models refuse one that is called something else. */
    private static @Nullable String imageFormat(Media.Inline image) {
        String magic = image.data().text(image.prefixBytes(), MAGIC_CHARS);
        if (magic.startsWith("iVBORw")) {
            return "png";
        }
        if (magic.startsWith("/9j/") || magic.startsWith("\\/9j")) {
            return "jpeg";
        }
        if (magic.startsWith("R0lGOD")) {
            return "gif";
        }
        if (magic.startsWith("UklGR")) {
            return "webp";
        }
        String type = image.mediaType().toLowerCase(Locale.ROOT);
        return type.startsWith("image/") ? formatOf(type.substring(6)) : null;
    }

    private static @Nullable String formatOf(String kind) {
        return switch (kind) {
            case "png", "gif", "webp", "jpeg" -> kind;
            case "jpg" -> "jpeg";
            default -> null;
        };
    }

    private static @Nullable String documentFormat(String type) {
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "application/pdf", "pdf" -> "pdf";
            case "text/csv", "csv" -> "csv";
            case "application/msword", "doc" -> "doc";
            case "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx" -> "docx";
            case "application/vnd.ms-excel", "xls" -> "xls";
            case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx" -> "xlsx";
            case "text/html", "html" -> "html";
            case "text/plain", "txt" -> "txt";
            case "text/markdown", "md" -> "md";
            default -> null;
        };
    }

    private static String extension(String address) {
        return address.substring(address.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    /** Names have letters, digits, single spaces, hyphens and brackets, and are not given twice. */
    private String name(@Nullable JsonSlice fileName) {
        String given = fileName == null ? "" : fileName.text();
        int point = given.lastIndexOf('.');
        String bare = point > 0 ? given.substring(0, point) : given;
        StringBuilder legal = new StringBuilder(bare.length());
        for (int i = 0; i < bare.length() && legal.length() < MAX_NAME_CHARS; i++) {
            char next = bare.charAt(i);
            if (isLegal(next)) {
                legal.append(next);
            } else if (!legal.isEmpty() && legal.charAt(legal.length() - 1) != ' ') {
                legal.append(' ');
            }
        }
        String wanted = legal.toString().strip();
        String name = wanted.isEmpty() ? "document" : wanted;
        for (int n = 2; !names.add(name); n++) {
            name = (wanted.isEmpty() ? "document" : wanted) + " (" + n + ")";
        }
        return name;
    }

    private static boolean isLegal(char next) {
        return (next >= 'a' && next <= 'z')
                || (next >= 'A' && next <= 'Z')
                || (next >= '0' && next <= '9')
                || next == '-'
                || next == '('
                || next == ')'
                || next == '['
                || next == ']';
    }

    private static MalformedRequestException refused(String actual, String allowed) {
        return new MalformedRequestException("Bedrock takes no " + actual + "; allowed: " + allowed, "messages");
    }
}
