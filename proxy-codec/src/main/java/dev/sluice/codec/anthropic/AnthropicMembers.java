package dev.sluice.codec.anthropic;

import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonSplice;
import dev.sluice.codec.json.JsonSyntaxException;
import dev.sluice.codec.json.JsonText;
import dev.sluice.codec.json.JsonValue;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * What a request says about itself, and where its model stands. What is decided by a member must be unambiguous: it is
 * refused when it comes twice, or in other letters, for the provider may then understand something else than was
 * checked and billed.
 *
 * <p>Thread: event loop.
 */
final class AnthropicMembers implements JsonMembers {
    static final int NONE = -1;

    /** What stands in routes and rows. */
    private static final int MAX_NAME_CHARS = 256;

    private enum Member {
        MODEL("model"),
        STREAM("stream"),
        MAX_TOKENS("max_tokens"),
        METADATA("metadata"),
        USER_ID("metadata.user_id"),
        /** Is only measured. */
        SYSTEM("system"),
        OTHER("");

        private final String path;

        Member(String path) {
            this.path = path;
        }
    }

    private final EnumSet<Member> seen = EnumSet.noneOf(Member.class);
    private Member current = Member.OTHER;
    private Member currentOfMetadata = Member.OTHER;

    private @Nullable String model;
    private int modelStart = NONE;
    private int modelEnd = NONE;
    private boolean stream;
    private @Nullable String userId;
    private long maxTokens = NONE;
    private long systemTextBytes;

    @Override
    public void onName(int depth, String name) throws JsonSyntaxException {
        if (depth == 1) {
            current = ofRequest(name);
            refuseSecond(current);
        } else if (current == Member.METADATA) {
            currentOfMetadata = name.equals("user_id") ? Member.USER_ID : Member.OTHER;
            if (currentOfMetadata == Member.OTHER && name.equalsIgnoreCase("user_id")) {
                throw misspelt(Member.USER_ID);
            }
            refuseSecond(currentOfMetadata);
        }
    }

    @Override
    public void onValue(int depth, JsonKind kind, JsonValue value) throws JsonSyntaxException {
        if (depth == 1) {
            onMember(kind, value);
        } else if (current == Member.METADATA && currentOfMetadata == Member.USER_ID && kind != JsonKind.NULL) {
            require(Member.USER_ID, JsonKind.STRING, kind);
            userId = name(Member.USER_ID, value);
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

    @Nullable
    String userId() {
        return userId;
    }

    /** {@link #NONE} when the caller did not say. */
    long maxTokens() {
        return maxTokens;
    }

    /** UTF-8 size of {@code system} where it is a plain string. */
    long systemTextBytes() {
        return systemTextBytes;
    }

    void spliceModel(JsonSplice splice, String newModel) {
        splice.replace(modelStart, modelEnd, JsonText.sharedLiteral(newModel));
    }

    private void onMember(JsonKind kind, JsonValue value) throws JsonSyntaxException {
        switch (current) {
            case MODEL -> {
                require(current, JsonKind.STRING, kind);
                model = name(current, value);
                modelStart = value.start();
                modelEnd = value.end();
            }
            case STREAM -> {
                if (kind != JsonKind.NULL) {
                    require(current, JsonKind.BOOLEAN, kind);
                    stream = value.isTrue();
                }
            }
            case MAX_TOKENS -> {
                if (kind != JsonKind.NULL) {
                    require(current, JsonKind.INTEGER, kind);
                    maxTokens = tokens(value);
                }
            }
            case METADATA -> {
                if (kind != JsonKind.NULL) {
                    require(current, JsonKind.OBJECT, kind);
                }
            }
            case SYSTEM -> systemTextBytes += kind == JsonKind.STRING ? value.textBytes() : 0;
            case USER_ID, OTHER -> {}
        }
    }

    private static Member ofRequest(String name) throws JsonSyntaxException {
        return switch (name) {
            case "model" -> Member.MODEL;
            case "stream" -> Member.STREAM;
            case "max_tokens" -> Member.MAX_TOKENS;
            case "metadata" -> Member.METADATA;
            case "system" -> Member.SYSTEM;
            default -> {
                refuseIfMisspelt(Member.MODEL, name);
                refuseIfMisspelt(Member.STREAM, name);
                refuseIfMisspelt(Member.MAX_TOKENS, name);
                refuseIfMisspelt(Member.METADATA, name);
                yield Member.OTHER;
            }
        };
    }

    private void refuseSecond(Member member) throws JsonSyntaxException {
        boolean decisive = member != Member.SYSTEM && member != Member.OTHER;
        if (decisive && !seen.add(member)) {
            throw new JsonSyntaxException("'" + member.path + "' must be given once; it is given twice", member.path);
        }
    }

    private static void refuseIfMisspelt(Member member, String name) throws JsonSyntaxException {
        if (name.equalsIgnoreCase(member.path)) {
            throw misspelt(member);
        }
    }

    private static JsonSyntaxException misspelt(Member member) {
        return new JsonSyntaxException(
                "'" + member.path + "' must be spelt with exactly these letters, in lower case", member.path);
    }

    private static void require(Member member, JsonKind allowed, JsonKind actual) throws JsonSyntaxException {
        if (actual != allowed) {
            throw new JsonSyntaxException(
                    "'" + member.path + "' must be " + allowed.phrase() + ", not " + actual.phrase(), member.path);
        }
    }

    private static long tokens(JsonValue value) throws JsonSyntaxException {
        String path = Member.MAX_TOKENS.path;
        if (!value.fitsLong()) {
            throw new JsonSyntaxException(
                    "'" + path + "' must be at most " + Long.MAX_VALUE + "; it is larger, or less than nothing", path);
        }
        if (value.longValue() < 0) {
            throw new JsonSyntaxException("'" + path + "' must be 0 or more, not " + value.longValue(), path);
        }
        return value.longValue();
    }

    /** A string for routes, rows and logs: short, and without characters that a database or a log file refuses. */
    private static String name(Member member, JsonValue value) throws JsonSyntaxException {
        String text = value.hasWholeText() ? value.text() : null;
        if (text == null || text.length() > MAX_NAME_CHARS) {
            throw new JsonSyntaxException(
                    "'" + member.path + "' must have at most " + MAX_NAME_CHARS + " characters, not "
                            + (text == null ? value.textBytes() + " bytes" : text.length()),
                    member.path);
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || JsonText.isLoneSurrogate(text, i)) {
                throw new JsonSyntaxException(
                        "'" + member.path + "' must have neither control characters nor lone surrogates; its character "
                                + i + " is 0x" + Integer.toHexString(c),
                        member.path);
            }
        }
        return text;
    }
}
