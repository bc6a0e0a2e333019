package dev.sluice.codec;

import static dev.sluice.codec.StreamEvents.has;
import static dev.sluice.codec.StreamEvents.member;
import static dev.sluice.codec.StreamEvents.number;
import static dev.sluice.codec.StreamEvents.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.StreamEvents.Event;
import dev.sluice.codec.json.JsonSlice;
import java.util.List;
import java.util.TreeMap;

/**
 * What clients hold a stream of chat chunks to: one id and one model, a role for each choice and nothing before it, calls
 * that count from 0 and have one head, one finish for each choice and nothing behind it, then one usage report and one
 * end.
 */
final class ChatGrammar {
    private final TreeMap<Integer, Integer> calls = new TreeMap<>();
    private final TreeMap<Integer, String> finishes = new TreeMap<>();
    private String head = "";
    private boolean usageSeen;

    private ChatGrammar() {}

    static void check(String stream, boolean complete) {
        List<Event> events = StreamEvents.of(stream, "\n");
        if (complete) {
            assertThat(events.removeLast().data()).isEqualTo("[DONE]");
        }
        ChatGrammar grammar = new ChatGrammar();
        for (Event event : events) {
            assertThat(event.name()).isNull();
            grammar.onChunk(event.json());
        }
        if (complete) {
            assertThat(grammar.finishes.keySet()).as("choices that finished").isEqualTo(grammar.calls.keySet());
            assertThat(grammar.calls).as("choices").containsKey(0);
        } else {
            assertThat(grammar.finishes)
                    .as("finishes of an answer that was cut off")
                    .isEmpty();
        }
    }

    private void onChunk(JsonSlice chunk) {
        String named = text(chunk, "id")
                + ' '
                + text(chunk, "object")
                + ' '
                + text(chunk, "model")
                + ' '
                + number(chunk, "created");
        assertThat(named).startsWith("chatcmpl-").contains(" chat.completion.chunk ");
        assertThat(head.isEmpty() ? named : head).isEqualTo(named);
        head = named;
        assertThat(usageSeen).as("a chunk behind the usage report").isFalse();
        List<JsonSlice> choices = member(chunk, "choices").elements();
        if (choices.isEmpty()) {
            usageSeen = true;
            JsonSlice usage = member(chunk, "usage");
            assertThat(number(usage, "total_tokens"))
                    .isEqualTo(number(usage, "prompt_tokens") + number(usage, "completion_tokens"));
            assertThat(finishes.keySet()).isEqualTo(calls.keySet());
        } else {
            assertThat(choices).hasSize(1);
            assertThat(has(chunk, "usage")).isFalse();
            onChoice(choices.getFirst());
        }
    }

    private void onChoice(JsonSlice choice) {
        int index = number(choice, "index");
        JsonSlice delta = member(choice, "delta");
        assertThat(finishes).as("something behind the finish").doesNotContainKey(index);
        assertThat(delta.member("role") != null)
                .as("a role, at the beginning alone: %s", choice.json())
                .isEqualTo(!calls.containsKey(index));
        calls.putIfAbsent(index, 0);
        if (has(choice, "finish_reason")) {
            assertThat(delta.members()).isEmpty();
            finishes.put(index, text(choice, "finish_reason"));
        }
        if (delta.member("tool_calls") != null) {
            for (JsonSlice call : member(delta, "tool_calls").elements()) {
                onCall(index, call);
            }
        }
    }

    private void onCall(int choice, JsonSlice call) {
        int begun = calls.getOrDefault(choice, 0);
        int index = number(call, "index");
        if (call.member("id") == null) {
            assertThat(index).as("a fragment of a call that has begun").isBetween(0, begun - 1);
            assertThat(call.member("type")).isNull();
        } else {
            assertThat(index).as("the next call").isEqualTo(begun);
            assertThat(text(call, "id")).isNotEmpty();
            assertThat(text(call, "type")).isEqualTo("function");
            assertThat(text(member(call, "function"), "name")).isNotEmpty();
            assertThat(text(member(call, "function"), "arguments")).isEmpty();
            calls.put(choice, begun + 1);
        }
    }
}
