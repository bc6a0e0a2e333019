package dev.sluice.codec.openai;

import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonSplice;
import dev.sluice.codec.json.JsonSyntaxException;
import dev.sluice.codec.json.JsonText;
import dev.sluice.codec.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * What an OpenAI request says about itself: picks the members that the gateway acts upon out of the body, and knows
 * where to change them.
 *
 * <p>Those members must be unambiguous. JSON leaves open which of two equal names wins, and some servers match names
 * without regard to case; either would let a caller be checked and billed for one model and be served by another. So
 * such a name is refused when it comes twice, or in other letters.
 *
 * <p>Thread: event loop.
 */
final class OpenAiMembers implements JsonMembers {
    /** No such number, or no such place. */
    static final int NONE = -1;

    /** The longest {@code model} and {@code user}: what stands in routes and rows. OpenAI's own limits are lower. */
    static final int MAX_NAME_CHARS = 256;

    private static final byte[] TRUE = ascii("true");
    private static final byte[] MODEL = ascii("\"model\":");
    private static final byte[] FIRST_INCLUDE_USAGE = ascii("\"include_usage\":true");
    private static final byte[] NEXT_INCLUDE_USAGE = ascii(",\"include_usage\":true");
    private static final byte[] FIRST_OPTIONS = ascii("\"stream_options\":{\"include_usage\":true}");
    private static final byte[] NEXT_OPTIONS = ascii(",\"stream_options\":{\"include_usage\":true}");
    private static final byte[] USAGE_WANTED = ascii("{\"include_usage\":true}");

    private final EnumSet<OpenAiMember> seen = EnumSet.noneOf(OpenAiMember.class);
    private OpenAiMember current = OpenAiMember.OTHER;
    private OpenAiMember currentOption = OpenAiMember.OTHER;

    private @Nullable String model;
    private int modelStart = NONE;
    private int modelEnd = NONE;
    private boolean stream;
    private @Nullable String endUser;
    private long maxTokens = NONE;
    private long maxCompletionTokens = NONE;
    private long topLevelTextBytes;

    private @Nullable JsonKind optionsKind;
    private int optionsStart = NONE;
    private int optionsInsertAt = NONE;
    private boolean optionsEmpty;
    private boolean includeUsage;
    private int includeUsageStart = NONE;
    private int includeUsageEnd = NONE;

    private int rootInsertAt = NONE;
    private boolean rootEmpty;

    /** Forgets the request. */
    void reset() {
        seen.clear();
        current = OpenAiMember.OTHER;
        currentOption = OpenAiMember.OTHER;
        model = null;
        modelStart = NONE;
        modelEnd = NONE;
        stream = false;
        endUser = null;
        maxTokens = NONE;
        maxCompletionTokens = NONE;
        topLevelTextBytes = 0;
        optionsKind = null;
        optionsStart = NONE;
        optionsInsertAt = NONE;
        optionsEmpty = false;
        includeUsage = false;
        includeUsageStart = NONE;
        includeUsageEnd = NONE;
        rootInsertAt = NONE;
        rootEmpty = false;
    }

    @Override
    public void onName(int depth, String name) throws JsonSyntaxException {
        if (depth == 1) {
            current = OpenAiMember.ofRequest(name);
            refuseSecond(current);
        } else if (current == OpenAiMember.STREAM_OPTIONS) {
            currentOption = OpenAiMember.ofStreamOptions(name);
            refuseSecond(currentOption);
        }
    }

    @Override
    public void onValue(int depth, JsonKind kind, JsonValue value) throws JsonSyntaxException {
        if (depth == 1) {
            onMember(kind, value);
        } else if (current == OpenAiMember.STREAM_OPTIONS && currentOption == OpenAiMember.INCLUDE_USAGE) {
            currentOption.requireOrNull(JsonKind.BOOLEAN, kind);
            includeUsage = value.isTrue();
            includeUsageStart = value.start();
            includeUsageEnd = value.end();
        }
    }

    @Override
    public void onObjectEnd(int depth, int insertAt, boolean empty) {
        if (depth == 1) {
            rootInsertAt = insertAt;
            rootEmpty = empty;
        } else if (current == OpenAiMember.STREAM_OPTIONS) {
            optionsInsertAt = insertAt;
            optionsEmpty = empty;
        }
    }

    @Nullable
    String model() {
        return model;
    }

    boolean stream() {
        return stream;
    }

    @Nullable
    String endUser() {
        return endUser;
    }

    /** The larger of {@code max_completion_tokens} and {@code max_tokens}; {@link #NONE} without either. */
    long maxOutputTokens() {
        return Math.max(maxCompletionTokens, maxTokens);
    }

    /** UTF-8 size of {@code input} and {@code prompt}, where they are plain strings. */
    long topLevelTextBytes() {
        return topLevelTextBytes;
    }

    boolean asksForUsage() {
        return includeUsage;
    }

    /** Makes the request name {@code newModel}. */
    void spliceModel(JsonSplice splice, String newModel) {
        byte[] literal = JsonText.sharedLiteral(newModel);
        if (modelStart == NONE) {
            splice.insert(rootInsertAt, member(rootEmpty, MODEL, literal));
        } else {
            splice.replace(modelStart, modelEnd, literal);
        }
    }

    /** Makes the request ask for usage on its stream. */
    void spliceUsage(JsonSplice splice) {
        if (optionsKind == null) {
            splice.insert(rootInsertAt, rootEmpty ? FIRST_OPTIONS : NEXT_OPTIONS);
        } else if (optionsKind == JsonKind.NULL) {
            splice.replace(optionsStart, optionsStart + "null".length(), USAGE_WANTED);
        } else if (includeUsageStart == NONE) {
            splice.insert(optionsInsertAt, optionsEmpty ? FIRST_INCLUDE_USAGE : NEXT_INCLUDE_USAGE);
        } else {
            splice.replace(includeUsageStart, includeUsageEnd, TRUE);
        }
    }

    private void onMember(JsonKind kind, JsonValue value) throws JsonSyntaxException {
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
            case STREAM_OPTIONS -> {
                current.requireOrNull(JsonKind.OBJECT, kind);
                optionsKind = kind;
                optionsStart = value.start();
            }
            case USER -> {
                current.requireOrNull(JsonKind.STRING, kind);
                endUser = kind == JsonKind.NULL ? null : name(value);
            }
            case MAX_TOKENS -> maxTokens = tokens(kind, value);
            case MAX_COMPLETION_TOKENS -> maxCompletionTokens = tokens(kind, value);
            case INPUT, PROMPT -> topLevelTextBytes += kind == JsonKind.STRING ? value.textBytes() : 0;
            case INCLUDE_USAGE, OTHER -> {}
        }
    }

    private void refuseSecond(OpenAiMember member) throws JsonSyntaxException {
        if (member.isDecisive() && !seen.add(member)) {
            throw new JsonSyntaxException(
                    "'" + member.path() + "' must be given once; it is given twice", member.path());
        }
    }

    /** A string for routes, rows and logs: short, and without characters that a database or a log file refuses. */
    private String name(JsonValue value) throws JsonSyntaxException {
        String text = value.hasWholeText() ? value.text() : null;
        if (text == null || text.length() > MAX_NAME_CHARS) {
            throw new JsonSyntaxException(
                    "'" + current.path() + "' must have at most " + MAX_NAME_CHARS + " characters, not "
                            + (text == null ? value.textBytes() + " bytes" : text.length()),
                    current.path());
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || JsonText.isLoneSurrogate(text, i)) {
                throw new JsonSyntaxException(
                        "'" + current.path()
                                + "' must have neither control characters nor lone surrogates; its character " + i
                                + " is 0x" + Integer.toHexString(c),
                        current.path());
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
                    "'" + current.path() + "' must be at most " + Long.MAX_VALUE + "; it is larger", current.path());
        }
        return Math.max(NONE, value.longValue());
    }

    /** A member to insert behind the last one, or as the first one. */
    private static byte[] member(boolean first, byte[] key, byte[] value) {
        int comma = first ? 0 : 1;
        byte[] member = new byte[comma + key.length + value.length];
        if (!first) {
            member[0] = ',';
        }
        System.arraycopy(key, 0, member, comma, key.length);
        System.arraycopy(value, 0, member, comma + key.length, value.length);
        return member;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
