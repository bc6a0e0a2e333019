package dev.sluice.codec.anthropic;

import dev.sluice.codec.dialect.StableIds;

/** Ids of tool calls that Anthropic accepts, which may be of any length. Thread: any. */
final class ToolIds {
    private static final String MARKS = "_-";
    private static final String PREFIX = "toolu_";
    private static final int DIGEST_CHARS = 24;

    private ToolIds() {}

    /** {@code id} itself where it is legal. */
    static String legal(String id) {
        return StableIds.isLegal(id, MARKS, Integer.MAX_VALUE) ? id : digest(id);
    }

    /** One for the same id where it comes again: each call of a conversation needs its own. */
    static String again(String id, int time) {
        return digest(id + '#' + time);
    }

    /** One that depends on nothing but {@code text}. */
    static String digest(String text) {
        return PREFIX + StableIds.hex(text, DIGEST_CHARS);
    }
}
