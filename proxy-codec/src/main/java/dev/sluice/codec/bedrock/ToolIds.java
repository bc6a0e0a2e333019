package dev.sluice.codec.bedrock;

import dev.sluice.codec.dialect.StableIds;

/** Ids of calls as Bedrock allows them: others become a digest, the same for the call and its result. Thread: any. */
final class ToolIds {
    private static final String MARKS = "_-";
    private static final int MAX_CHARS = 64;
    private static final int DIGEST_CHARS = 32;

    private ToolIds() {}

    static String legal(String id) {
        return StableIds.isLegal(id, MARKS, MAX_CHARS) ? id : "call_" + StableIds.hex(id, DIGEST_CHARS);
    }
}
