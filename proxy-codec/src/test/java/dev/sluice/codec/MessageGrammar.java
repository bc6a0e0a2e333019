package dev.sluice.codec;

import static dev.sluice.codec.StreamEvents.has;
import static dev.sluice.codec.StreamEvents.member;
import static dev.sluice.codec.StreamEvents.number;
import static dev.sluice.codec.StreamEvents.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.StreamEvents.Event;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonText;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What clients hold a stream of Anthropic's to: one beginning, blocks that are numbered without gaps of which one is open
 * at a time, deltas of the open block's kind, then one {@code message_delta} and one {@code message_stop}.
 */
final class MessageGrammar {
    private static final String ARGUMENTS = "\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":";

    private int block;
    private @Nullable String open;
    private int signatures;
    private boolean begun;
    private boolean told;
    private boolean ended;

    private MessageGrammar() {}

    static void check(String stream, boolean complete) {
        MessageGrammar grammar = new MessageGrammar();
        for (Event event : StreamEvents.of(stream, "\n")) {
            JsonSlice json = event.json();
            assertThat(text(json, "type")).isEqualTo(event.name());
            assertThat(grammar.ended).as("an event behind the end").isFalse();
            grammar.onEvent(text(json, "type"), json);
        }
        assertThat(grammar.told).isEqualTo(complete);
        assertThat(grammar.ended).isEqualTo(complete);
    }

    /** The stream, in which pieces of the arguments of one call that follow one another are one piece. */
    static String withWholeArguments(String stream) {
        StringBuilder whole = new StringBuilder();
        StringBuilder arguments = new StringBuilder();
        String open = "";
        for (String event : stream.split("(?<=\n\n)")) {
            int at = event.indexOf(ARGUMENTS);
            String head = at < 0 ? "" : event.substring(0, at + ARGUMENTS.length());
            if (!head.equals(open)) {
                end(whole, open, arguments);
                open = head;
            }
            if (at < 0) {
                whole.append(event);
            } else {
                Event parsed = StreamEvents.of(event, "\n").getFirst();
                arguments.append(text(member(parsed.json(), "delta"), "partial_json"));
            }
        }
        end(whole, open, arguments);
        return whole.toString();
    }

    private static void end(StringBuilder whole, String head, StringBuilder arguments) {
        if (!head.isEmpty()) {
            whole.append(head)
                    .append(new String(JsonText.quoted(arguments.toString()), StandardCharsets.UTF_8))
                    .append("}}\n\n");
            arguments.setLength(0);
        }
    }

    private void onEvent(String type, JsonSlice event) {
        assertThat(type.equals("message_start")).as(type).isEqualTo(!begun);
        assertThat(told && !type.equals("message_stop"))
                .as("%s behind the message's delta", type)
                .isFalse();
        switch (type) {
            case "message_start" -> onStart(member(event, "message"));
            case "ping" -> {}
            case "content_block_start" -> {
                assertThat(open).as("the block before").isNull();
                assertThat(number(event, "index")).isEqualTo(block);
                open = text(member(event, "content_block"), "type");
                signatures = 0;
                onBlock(member(event, "content_block"));
            }
            case "content_block_delta" -> {
                assertThat(number(event, "index")).isEqualTo(block);
                onDelta(member(event, "delta"));
            }
            case "content_block_stop" -> {
                assertThat(open).isNotNull();
                assertThat(number(event, "index")).isEqualTo(block);
                open = null;
                block++;
            }
            case "message_delta" -> {
                assertThat(open).as("a block left open").isNull();
                assertThat(text(member(event, "delta"), "stop_reason")).isNotEmpty();
                assertThat(number(member(event, "usage"), "output_tokens")).isNotNegative();
                told = true;
            }
            case "message_stop" -> {
                assertThat(told).isTrue();
                ended = true;
            }
            default -> throw new AssertionError("an event of another kind: " + type);
        }
    }

    private void onStart(JsonSlice message) {
        begun = true;
        assertThat(text(message, "id")).startsWith("msg_");
        assertThat(text(message, "role")).isEqualTo("assistant");
        assertThat(text(message, "model")).isNotEmpty();
        assertThat(member(message, "content").elements()).isEmpty();
        assertThat(has(message, "stop_reason")).isFalse();
    }

    private void onBlock(JsonSlice content) {
        switch (text(content, "type")) {
            case "text" -> assertThat(text(content, "text")).isEmpty();
            case "thinking" ->
                assertThat(text(content, "thinking") + text(content, "signature"))
                        .isEmpty();
            case "redacted_thinking" -> assertThat(text(content, "data")).isNotEmpty();
            case "tool_use" -> {
                assertThat(text(content, "id")).matches("[a-zA-Z0-9_-]+");
                assertThat(text(content, "name")).isNotEmpty();
                assertThat(member(content, "input").members()).isEmpty();
            }
            default -> throw new AssertionError("a block of another kind: " + content.json());
        }
    }

    private void onDelta(JsonSlice delta) {
        switch (text(delta, "type")) {
            case "text_delta" -> {
                assertThat(open).isEqualTo("text");
                assertThat(text(delta, "text")).isNotEmpty();
            }
            case "citations_delta" -> assertThat(open).isEqualTo("text");
            case "thinking_delta" -> {
                assertThat(open).isEqualTo("thinking");
                assertThat(text(delta, "thinking")).isNotEmpty();
                assertThat(signatures).as("signatures of what goes on").isZero();
            }
            case "signature_delta" -> {
                assertThat(open).isEqualTo("thinking");
                assertThat(++signatures).isEqualTo(1);
            }
            case "input_json_delta" -> {
                assertThat(open).isEqualTo("tool_use");
                assertThat(text(delta, "partial_json")).isNotEmpty();
            }
            default -> throw new AssertionError("a delta of another kind: " + delta.json());
        }
    }
}
