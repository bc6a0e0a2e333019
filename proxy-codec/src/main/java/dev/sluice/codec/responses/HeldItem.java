package dev.sluice.codec.responses;

import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a payload says of one item, in whatever order, until the item is told. Thread: event loop. */
final class HeldItem {

    /** What an item is, as far as a chat knows it. */
    enum Type {
        UNKNOWN,
        MESSAGE,
        REASONING,
        CALL,
        /** A tool that runs at the provider, and whatever else there is. */
        OTHER
    }

    /** A source; {@code part} is where the text is that rests on it. */
    record Citation(int part, String url, @Nullable String title) {}

    private final HeldTexts texts = new HeldTexts();
    private List<Citation> citations = List.of();
    private Type type = Type.UNKNOWN;
    private @Nullable String id;
    private @Nullable String callId;
    private @Nullable String name;
    private int parts;
    private int summaries;

    // The current annotation.
    private boolean isLink;
    private @Nullable String url;
    private @Nullable String title;

    /** The number of a part of the content. */
    static int contentPart(long index) {
        return 2 * (int) Math.max(0, Math.min(index, Short.MAX_VALUE));
    }

    /** The number of a part of the summary. */
    static int summaryPart(long index) {
        return contentPart(index) + 1;
    }

    HeldTexts texts() {
        return texts;
    }

    List<Citation> citations() {
        return citations;
    }

    Type type() {
        return type;
    }

    /** Whether it is a call, of a tool of the caller's or of the provider's: its beginning alone says something. */
    boolean isCall() {
        return type == Type.CALL || type == Type.OTHER;
    }

    /** Whether the item, which is complete, has anything in it that was generated. */
    boolean saysSomething() {
        return isCall() || texts.length() > 0;
    }

    /** The id by which the caller's result refers to the call. */
    @Nullable
    String callId() {
        return callId == null ? id : callId;
    }

    @Nullable
    String name() {
        return name;
    }

    void onText(int place, byte[] bytes, int from, int to) {
        if (type != Type.OTHER) {
            boolean summary = place == ResponsesShapes.SUMMARY_TEXT;
            texts.append(place, summary ? summaryPart(summaries) : contentPart(parts), bytes, from, to);
        }
    }

    void onValue(int place, JsonReader value) {
        switch (place) {
            case ResponsesShapes.ITEM_ID -> id = textOr(id, value);
            case ResponsesShapes.ITEM_TYPE -> type = type(value);
            case ResponsesShapes.CALL_ID -> callId = textOr(callId, value);
            case ResponsesShapes.NAME -> name = textOr(name, value);
            case ResponsesShapes.PART -> parts++;
            case ResponsesShapes.SUMMARY -> summaries++;
            case ResponsesShapes.ANNOTATION_TYPE ->
                isLink = value.kind() == Kind.STRING && value.textEquals("url_citation");
            case ResponsesShapes.ANNOTATION_URL -> url = textOr(null, value);
            case ResponsesShapes.ANNOTATION_TITLE -> title = textOr(null, value);
            case ResponsesShapes.PART_ANNOTATION -> endAnnotation(contentPart(parts));
            default -> {
                // A text, whose pieces have come already. An empty one is still there: it tells that something is
                // hidden.
                if (value.kind() == Kind.STRING && value.isEmpty() && place == ResponsesShapes.SUMMARY_TEXT) {
                    texts.append(place, summaryPart(summaries), new byte[0], 0, 0);
                }
            }
        }
    }

    /** The annotation is complete. */
    void endAnnotation(int part) {
        if (isLink && url != null) {
            if (citations.isEmpty()) {
                citations = new ArrayList<>();
            }
            citations.add(new Citation(part, url, title));
        }
        isLink = false;
        url = null;
        title = null;
    }

    void clear() {
        texts.clear();
        citations = List.of();
        type = Type.UNKNOWN;
        id = null;
        callId = null;
        name = null;
        parts = 0;
        summaries = 0;
        isLink = false;
        url = null;
        title = null;
    }

    private static @Nullable String textOr(@Nullable String otherwise, JsonReader value) {
        return value.kind() == Kind.STRING && !value.isEmpty() ? value.text() : otherwise;
    }

    private static Type type(JsonReader value) {
        if (value.kind() != Kind.STRING) {
            return Type.UNKNOWN;
        }
        if (value.textEquals("message")) {
            return Type.MESSAGE;
        }
        if (value.textEquals("reasoning")) {
            return Type.REASONING;
        }
        return value.textEquals("function_call") || value.textEquals("custom_tool_call") ? Type.CALL : Type.OTHER;
    }
}
