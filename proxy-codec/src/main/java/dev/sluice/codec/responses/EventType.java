package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.json.JsonReader;
import org.jspecify.annotations.Nullable;

/**
 * The events of a stream that say something to the gateway, those that come most often first. All others pass unread.
 * Thread: any.
 */
enum EventType {
    TEXT_DELTA("response.output_text.delta", Channel.CONTENT),
    ARGUMENTS_DELTA("response.function_call_arguments.delta", Channel.TOOL_CALL),
    REASONING_DELTA("response.reasoning_text.delta", Channel.REASONING),
    SUMMARY_DELTA("response.reasoning_summary_text.delta", Channel.REASONING),
    INPUT_DELTA("response.custom_tool_call_input.delta", Channel.TOOL_CALL),
    REFUSAL_DELTA("response.refusal.delta", Channel.REFUSAL),
    TEXT_DONE("response.output_text.done", Channel.CONTENT),
    ARGUMENTS_DONE("response.function_call_arguments.done", Channel.TOOL_CALL),
    REASONING_DONE("response.reasoning_text.done", Channel.REASONING),
    SUMMARY_DONE("response.reasoning_summary_text.done", Channel.REASONING),
    INPUT_DONE("response.custom_tool_call_input.done", Channel.TOOL_CALL),
    REFUSAL_DONE("response.refusal.done", Channel.REFUSAL),
    ITEM_ADDED("response.output_item.added", null),
    ITEM_DONE("response.output_item.done", null),
    ANNOTATION_ADDED("response.output_text.annotation.added", null),
    PART_ADDED("response.content_part.added", null),
    PART_DONE("response.content_part.done", null),
    SUMMARY_PART_ADDED("response.reasoning_summary_part.added", null),
    SUMMARY_PART_DONE("response.reasoning_summary_part.done", null),
    CREATED("response.created", null),
    COMPLETED("response.completed", null),
    INCOMPLETE("response.incomplete", null),
    FAILED("response.failed", null),
    ERROR("error", null),
    /** One of the others. */
    OTHER("", null);

    private static final EventType[] ALL = values();

    private final String wireName;
    private final @Nullable Channel channel;

    EventType(String wireName, @Nullable Channel channel) {
        this.wireName = wireName;
        this.channel = channel;
    }

    /** The type that {@code value}, a string, names. */
    static EventType of(JsonReader value) {
        for (EventType type : ALL) {
            if (type != OTHER && value.textEquals(type.wireName)) {
                return type;
            }
        }
        return OTHER;
    }

    /** What the text in it is; null when there is none. */
    @Nullable
    Channel channel() {
        return channel;
    }

    /** Whether it has a piece of a text, as opposed to all of it. */
    boolean isDelta() {
        return switch (this) {
            case TEXT_DELTA, ARGUMENTS_DELTA, REASONING_DELTA, SUMMARY_DELTA, INPUT_DELTA, REFUSAL_DELTA -> true;
            case TEXT_DONE,
                    ARGUMENTS_DONE,
                    REASONING_DONE,
                    SUMMARY_DONE,
                    INPUT_DONE,
                    REFUSAL_DONE,
                    ITEM_ADDED,
                    ITEM_DONE,
                    ANNOTATION_ADDED,
                    PART_ADDED,
                    PART_DONE,
                    SUMMARY_PART_ADDED,
                    SUMMARY_PART_DONE,
                    CREATED,
                    COMPLETED,
                    INCOMPLETE,
                    FAILED,
                    ERROR,
                    OTHER -> false;
        };
    }

    /** Whether it is about a part of a summary, whose parts are counted apart. */
    boolean isSummary() {
        return this == SUMMARY_DELTA || this == SUMMARY_DONE || this == SUMMARY_PART_ADDED || this == SUMMARY_PART_DONE;
    }

    /** Whether the answer has ended with it on its own terms; a failure is an error instead. */
    boolean isTerminal() {
        return this == COMPLETED || this == INCOMPLETE;
    }
}
