package dev.sluice.codec.anthropic;

import dev.sluice.codec.json.JsonReader;

/** The events of a stream, as {@code type} names them; and what else it may name. Thread: any. */
enum AnthropicEvent {
    UNSAID,
    UNKNOWN,
    MESSAGE_START,
    BLOCK_START,
    BLOCK_DELTA,
    BLOCK_STOP,
    MESSAGE_DELTA,
    MESSAGE_STOP,
    PING,
    ERROR,
    /** The whole message. */
    MESSAGE;

    /** What {@code value}, a string, names. */
    static AnthropicEvent of(JsonReader value) {
        // The most frequent first.
        if (value.textEquals("content_block_delta")) {
            return BLOCK_DELTA;
        } else if (value.textEquals("content_block_start")) {
            return BLOCK_START;
        } else if (value.textEquals("content_block_stop")) {
            return BLOCK_STOP;
        } else if (value.textEquals("ping")) {
            return PING;
        } else if (value.textEquals("message_start")) {
            return MESSAGE_START;
        } else if (value.textEquals("message_delta")) {
            return MESSAGE_DELTA;
        } else if (value.textEquals("message_stop")) {
            return MESSAGE_STOP;
        } else if (value.textEquals("message")) {
            return MESSAGE;
        }
        return value.textEquals("error") ? ERROR : UNKNOWN;
    }
}
