package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.StableIds;

/** Names that hosts hold to a form: what has it stays, what has not is replaced by a digest of it. Thread: any. */
final class OpenAiProviderIds {
    private static final int LONGEST_ID = 40;
    private static final int LONGEST_USER = 64;
    private static final int SHORT_ID = 9;
    private static final int DIGEST_CHARS = 24;
    private static final String MARKS = "_-.:";

    private OpenAiProviderIds() {}

    /** The id of a tool call: at most 40 characters (OpenAI). */
    static String call(String id) {
        return StableIds.isLegal(id, MARKS, LONGEST_ID) ? id : "call_" + StableIds.alphanumeric(id, DIGEST_CHARS);
    }

    /** The same for hosts that want nine letters and digits (Mistral). */
    static String shortCall(String id) {
        return id.length() == SHORT_ID && StableIds.isLegal(id, /* marks= */ "", SHORT_ID)
                ? id
                : StableIds.alphanumeric(id, SHORT_ID);
    }

    /** The end user: at most 64 characters. */
    static String user(String user) {
        return user.length() <= LONGEST_USER ? user : StableIds.hex(user, StableIds.MAX_HEX_CHARS);
    }
}
