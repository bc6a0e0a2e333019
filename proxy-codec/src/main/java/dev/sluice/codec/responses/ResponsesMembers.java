package dev.sluice.codec.responses;

import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonSplice;
import dev.sluice.codec.json.JsonSyntaxException;
import dev.sluice.codec.json.JsonText;
import dev.sluice.codec.json.JsonValue;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * Picks out of a request's body what the gateway acts upon, and knows where the model stands.
 *
 * <p>A member that decides something must be there once and in its own letters: of two equal names servers believe
 * different ones, and some match names without regard to case. Otherwise a caller could be billed for one model and be
 * served by another. Thread: event loop.
 */
final class ResponsesMembers implements JsonMembers {
    static final int NONE = -1;
    /** What stands in routes and rows is short. */
    static final int MAX_NAME_CHARS = 256;

    private final EnumSet<ResponsesMember> seen = EnumSet.noneOf(ResponsesMember.class);
    private ResponsesMember current = ResponsesMember.OTHER;

    private @Nullable String model;
    private int modelStart;
    private int modelEnd;
    private boolean stream;
    private @Nullable String user;
    private @Nullable String safetyIdentifier;
    private @Nullable String previousResponseId;
    private long maxOutputTokens = NONE;
    private long topLevelTextBytes;

    @Override
    public void onName(int depth, String name) throws JsonSyntaxException {
        if (depth != 1) {
            return;
        }
        current = ResponsesMember.of(name);
        if (current.isDecisive() && !seen.add(current)) {
            throw new JsonSyntaxException(
                    "'" + current.key() + "' must be given once; it is given twice", current.key());
        }
    }

    @Override
    public void onValue(int depth, JsonKind kind, JsonValue value) throws JsonSyntaxException {
        if (depth != 1) {
            return;
        }
        switch (current) {
            case MODEL -> {
                current.require(JsonKind.STRING, kind);
                model = name(value);
                modelStart = value.start();
                modelEnd = value.end();
            }
            case STREAM -> {
                current.requireOrNull(JsonKind.BOOLEAN, kind);
                stream = value.isTrue();
            }
            case USER -> user = nameOrNull(kind, value);
            case SAFETY_IDENTIFIER -> safetyIdentifier = nameOrNull(kind, value);
            case PREVIOUS_RESPONSE_ID -> previousResponseId = nameOrNull(kind, value);
            case MAX_OUTPUT_TOKENS -> maxOutputTokens = tokens(kind, value);
            case INPUT, INSTRUCTIONS -> topLevelTextBytes += kind == JsonKind.STRING ? value.textBytes() : 0;
            case OTHER -> {}
        }
    }

    @Override
    public void onObjectEnd(int depth, int insertAt, boolean empty) {}

    @Nullable
    String model() {
        return model;
    }

    boolean stream() {
        return stream;
    }

    /** {@code user}, else {@code safety_identifier}. */
    @Nullable
    String endUser() {
        return user != null ? user : safetyIdentifier;
    }

    @Nullable
    String previousResponseId() {
        return previousResponseId;
    }

    long maxOutputTokens() {
        return maxOutputTokens;
    }

    /** UTF-8 size of {@code input} and {@code instructions}, where they are plain strings. */
    long topLevelTextBytes() {
        return topLevelTextBytes;
    }

    /** Makes the request name {@code newModel}. */
    void spliceModel(JsonSplice splice, String newModel) {
        splice.replace(modelStart, modelEnd, JsonText.sharedLiteral(newModel));
    }

    private @Nullable String nameOrNull(JsonKind kind, JsonValue value) throws JsonSyntaxException {
        current.requireOrNull(JsonKind.STRING, kind);
        return kind == JsonKind.NULL ? null : name(value);
    }

    /** A string for routes, rows and logs: short, and without characters that a database or a log file refuses. */
    private String name(JsonValue value) throws JsonSyntaxException {
        String text = value.hasWholeText() ? value.text() : null;
        if (text == null || text.length() > MAX_NAME_CHARS) {
            String actual = text == null ? value.textBytes() + " bytes" : String.valueOf(text.length());
            throw new JsonSyntaxException(
                    "'" + current.key() + "' must have at most " + MAX_NAME_CHARS + " characters, not " + actual,
                    current.key());
        }
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            if (Character.isISOControl(next) || JsonText.isLoneSurrogate(text, i)) {
                throw new JsonSyntaxException(
                        "'" + current.key()
                                + "' must have neither control characters nor lone surrogates; its character " + i
                                + " is 0x" + Integer.toHexString(next),
                        current.key());
            }
        }
        return text;
    }

    /** A negative number, which some servers take for "no limit", becomes {@link #NONE}. */
    private long tokens(JsonKind kind, JsonValue value) throws JsonSyntaxException {
        current.requireOrNull(JsonKind.INTEGER, kind);
        if (kind == JsonKind.NULL) {
            return NONE;
        }
        if (!value.fitsLong()) {
            throw new JsonSyntaxException(
                    "'" + current.key() + "' must be at most " + Long.MAX_VALUE + "; it is larger", current.key());
        }
        return Math.max(NONE, value.longValue());
    }
}
