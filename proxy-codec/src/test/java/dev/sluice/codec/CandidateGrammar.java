package dev.sluice.codec;

import static dev.sluice.codec.StreamEvents.has;
import static dev.sluice.codec.StreamEvents.member;
import static dev.sluice.codec.StreamEvents.number;
import static dev.sluice.codec.StreamEvents.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.StreamEvents.Event;
import dev.sluice.codec.json.JsonSlice;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What clients hold a stream of Gemini's to: lines that end in CR LF, answers of which each is whole, calls with their
 * arguments as an object, and a last event, alone, that has the reasons and the usage of all candidates.
 */
final class CandidateGrammar {
    private CandidateGrammar() {}

    static void check(String stream, boolean complete) {
        assertThat(stream.replace("\r\n", "")).doesNotContain("\r", "\n");
        List<Event> events = StreamEvents.of(stream, "\r\n");
        Set<Integer> seen = new TreeSet<>();
        Set<Integer> finished = new TreeSet<>();
        String head = "";
        for (int i = 0; i < events.size(); i++) {
            JsonSlice event = events.get(i).json();
            boolean last = complete && i == events.size() - 1;
            assertThat(events.get(i).name()).isNull();
            String named = text(event, "responseId") + ' ' + text(event, "modelVersion");
            assertThat(head.isEmpty() ? named : head).isEqualTo(named);
            head = named;
            assertThat(member(event, "candidates").elements()).isNotEmpty();
            assertThat(!last && event.member("usageMetadata") != null)
                    .as("usage before the end")
                    .isFalse();
            for (JsonSlice candidate : member(event, "candidates").elements()) {
                seen.add(number(candidate, "index"));
                assertThat(has(candidate, "finishReason")).isEqualTo(last);
                if (last) {
                    assertThat(finished.add(number(candidate, "index"))).isTrue();
                }
                onCandidate(candidate);
            }
        }
        assertThat(finished).isEqualTo(complete ? seen : Set.of());
    }

    private static void onCandidate(JsonSlice candidate) {
        if (candidate.member("content") == null) {
            return;
        }
        JsonSlice content = member(candidate, "content");
        assertThat(text(content, "role")).isEqualTo("model");
        assertThat(member(content, "parts").elements()).isNotEmpty();
        for (JsonSlice part : member(content, "parts").elements()) {
            if (part.member("functionCall") == null) {
                assertThat(member(part, "text").isString()).isTrue();
            } else {
                JsonSlice call = member(part, "functionCall");
                assertThat(text(call, "name")).isNotEmpty();
                assertThat(member(call, "args").isObject()).isTrue();
            }
        }
    }
}
