package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** Writes down what a scanner tells, with the bytes of the body that stand at the offsets it tells. */
final class Recorder implements JsonMembers {
    private final byte[] body;
    private final List<String> events = new ArrayList<>();

    Recorder(byte[] body) {
        this.body = body;
    }

    List<String> events() {
        return events;
    }

    @Override
    public void onName(int depth, String name) {
        events.add(depth + " " + name);
    }

    @Override
    public void onValue(int depth, JsonKind kind, JsonValue value) {
        String shown = switch (kind) {
            case STRING -> value.hasWholeText() ? slice(value.start(), value.end()) : "(" + value.textBytes() + ")";
            case BOOLEAN, NULL -> slice(value.start(), value.end());
            case OBJECT, ARRAY, INTEGER, DECIMAL -> slice(value.start(), value.start() + 1);
        };
        events.add(depth + " " + kind + " " + shown);
    }

    @Override
    public void onObjectEnd(int depth, int insertAt, boolean empty) {
        int brace = insertAt;
        while (body[brace] != '}') {
            brace++;
        }
        String place = slice(insertAt - 1, insertAt) + "|" + slice(insertAt, brace + 1);
        events.add(depth + (empty ? " end of none " : " end ") + place);
    }

    private String slice(int start, int end) {
        return new String(body, start, end - start, UTF_8);
    }
}
