package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What strict clients hold a stream of this dialect to: events are numbered without gaps, an item is opened before
 * anything is said of it and closed before the next one, what ends a text repeats its pieces, and the last event repeats
 * all items.
 */
public final class ResponseGrammar {
    private final List<String> doneItems = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    private int events;
    private String openItem = "";
    private String openId = "";
    private long openPart = -1;
    private long nextPart;
    private boolean textEnded;
    private boolean ended;

    private ResponseGrammar() {}

    /** Complains unless {@code stream} is one. */
    static void check(String stream) {
        check(stream, /* complete= */ true);
    }

    /** Complains unless {@code stream} is one, or without being {@code complete} the beginning of one. */
    public static void check(String stream, boolean complete) {
        assertThat(stream).endsWith("\n\n");
        ResponseGrammar grammar = new ResponseGrammar();
        for (String event : stream.split("\n\n")) {
            assertThat(event).startsWith("event: ");
            int data = event.indexOf("\ndata: ");
            JsonSlice json = JsonSlice.checked(Unpooled.wrappedBuffer(
                    event.substring(data + "\ndata: ".length()).getBytes(UTF_8)));
            assertThat(json).as(event).isNotNull();
            grammar.onEvent(event.substring("event: ".length(), data), Objects.requireNonNull(json));
        }
        assertThat(grammar.ended).as("a terminal event").isEqualTo(complete);
    }

    private void onEvent(String name, JsonSlice event) {
        assertThat(text(event, "type")).isEqualTo(name);
        assertThat(number(event, "sequence_number")).as(name).isEqualTo(events);
        assertThat(ended).as("%s behind the end", name).isFalse();
        if (events < 2) {
            assertThat(name).isEqualTo(events == 0 ? "response.created" : "response.in_progress");
        }
        switch (name) {
            case "response.created", "response.in_progress" -> {
                assertThat(events).isLessThan(2);
                JsonSlice response = member(event, "response");
                assertThat(text(response, "status")).isEqualTo("in_progress");
                assertThat(member(response, "output").elements()).isEmpty();
            }
            case "response.output_item.added" -> {
                assertThat(openItem).as("the item before").isEmpty();
                assertThat(number(event, "output_index")).isEqualTo(doneItems.size());
                JsonSlice item = member(event, "item");
                assertThat(text(item, "status")).isEqualTo("in_progress");
                openItem = text(item, "type");
                openId = text(item, "id");
                nextPart = 0;
                textEnded = false;
            }
            case "response.output_item.done" -> {
                JsonSlice item = member(event, "item");
                assertThat(number(event, "output_index")).isEqualTo(doneItems.size());
                assertThat(text(item, "type")).isEqualTo(openItem);
                assertThat(text(item, "id")).isEqualTo(openId);
                assertThat(openPart).as("a part left open").isEqualTo(-1);
                assertThat(text).as("arguments without an end").isEmpty();
                doneItems.add(item.json());
                openItem = "";
            }
            case "response.completed", "response.incomplete" -> onEnd(name, member(event, "response"));
            default -> onPartEvent(name, event);
        }
        events++;
    }

    private void onPartEvent(String name, JsonSlice event) {
        assertThat(openItem).as("%s without an item", name).isNotEmpty();
        assertThat(number(event, "output_index")).isEqualTo(doneItems.size());
        assertThat(text(event, "item_id")).isEqualTo(openId);
        boolean call = openItem.equals("function_call");
        String index = openItem.equals("reasoning") ? "summary_index" : "content_index";
        if (name.endsWith("part.added")) {
            assertThat(openPart).isEqualTo(-1);
            openPart = number(event, index);
            assertThat(openPart).isEqualTo(nextPart++);
            textEnded = false;
            return;
        }
        if (!call) {
            assertThat(number(event, index)).as(name).isEqualTo(openPart);
        }
        if (name.endsWith(".delta")) {
            assertThat(textEnded).as("%s behind its end", name).isFalse();
            text.append(text(event, "delta"));
            assertThat(text(event, "delta")).isNotEmpty();
        } else if (name.endsWith("part.done")) {
            assertThat(textEnded).isTrue();
            openPart = -1;
        } else if (name.endsWith(".done")) {
            String said =
                    call ? "arguments" : openItem.equals("message") && name.contains("refusal") ? "refusal" : "text";
            assertThat(text(event, said)).isEqualTo(text.toString());
            text.setLength(0);
            textEnded = true;
        } else {
            assertThat(name).isEqualTo("response.output_text.annotation.added");
        }
        if (name.startsWith("response.output_text.d")) {
            assertThat(member(event, "logprobs").isArray()).isTrue();
        }
    }

    private void onEnd(String name, JsonSlice response) {
        ended = true;
        assertThat(openItem).as("an item left open").isEmpty();
        assertThat("response." + text(response, "status")).isEqualTo(name);
        assertThat(member(response, "output").elements().stream().map(JsonSlice::json))
                .containsExactlyElementsOf(doneItems);
        JsonSlice usage = response.member("usage");
        if (usage != null) {
            assertThat(number(usage, "total_tokens"))
                    .isEqualTo(number(usage, "input_tokens") + number(usage, "output_tokens"));
        }
    }

    private static JsonSlice member(JsonSlice object, String name) {
        return Objects.requireNonNull(object.member(name), () -> name + " in " + object.json());
    }

    private static String text(JsonSlice object, String name) {
        return member(object, name).text();
    }

    private static long number(JsonSlice object, String name) {
        return member(object, name).longValue(Long.MIN_VALUE);
    }
}
