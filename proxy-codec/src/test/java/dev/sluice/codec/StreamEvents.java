package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Events as they stand in a stream of ours, and what is in them. For grammars. */
final class StreamEvents {
    private StreamEvents() {}

    /**
     * An event.
     *
     * @param name null when it has none
     * @param data in one line
     */
    record Event(@Nullable String name, String data) {
        JsonSlice json() {
            JsonSlice json = JsonSlice.checked(Unpooled.copiedBuffer(data, UTF_8));
            return Objects.requireNonNull(json, () -> "no JSON: " + data);
        }
    }

    /** All events of a stream, which consists of whole ones. */
    static List<Event> of(String stream, String lineEnd) {
        List<Event> events = new ArrayList<>();
        assertThat(stream).endsWith(lineEnd + lineEnd);
        for (String event : stream.split(lineEnd + lineEnd)) {
            String name = null;
            String data = event;
            if (event.startsWith("event: ")) {
                int end = event.indexOf(lineEnd);
                name = event.substring("event: ".length(), end);
                data = event.substring(end + lineEnd.length());
            }
            assertThat(data).startsWith("data: ").doesNotContain("\n", "\r");
            events.add(new Event(name, data.substring("data: ".length())));
        }
        return events;
    }

    static JsonSlice member(JsonSlice object, String name) {
        return Objects.requireNonNull(object.member(name), () -> name + " in " + object.json());
    }

    static String text(JsonSlice object, String name) {
        return member(object, name).text();
    }

    static int number(JsonSlice object, String name) {
        return (int) member(object, name).longValue(Integer.MIN_VALUE);
    }

    /** Whether the object has the member, and that is not null. */
    static boolean has(JsonSlice object, String name) {
        JsonSlice value = object.member(name);
        return value != null && !value.isNull();
    }
}
