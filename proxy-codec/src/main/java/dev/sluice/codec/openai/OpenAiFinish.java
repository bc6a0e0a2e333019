package dev.sluice.codec.openai;

import dev.sluice.codec.chat.FinishReason;

/** The dialect's words for why an answer ended. Thread: any. */
final class OpenAiFinish {
    static final String STOP = "stop";
    static final String TOOL_CALLS = "tool_calls";

    private OpenAiFinish() {}

    /**
     * What has been seen counts more than what is said: agents wait for calls that never came, and overlook those that
     * end with a plain stop.
     *
     * @param called whether tools have been called
     */
    static String of(FinishReason reason, boolean called) {
        return switch (reason) {
            case STOP, STOP_SEQUENCE, TOOL_CALLS, PAUSE -> called ? TOOL_CALLS : STOP;
            case LENGTH -> "length";
            case CONTENT_FILTER -> "content_filter";
        };
    }

    /** Of a legacy completion, which has no tools. */
    static String ofText(FinishReason reason) {
        return of(reason, /* called= */ false);
    }
}
