package dev.sluice.codec.raw;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the results of a batch while they pass: lines of JSON, each with the answer to one request of the batch.
 *
 * <pre>
 *   OpenAI     {"custom_id":…,"response":{"status_code":200,"body":{"model":…,"usage":{…}}}}
 *   Anthropic  {"custom_id":…,"result":{"type":"succeeded","message":{"model":…,"usage":{…}}}}
 * </pre>
 *
 * A file whose first line is something else is something else, and is not looked at any further. Memory is fixed,
 * whatever the size of file and lines. Thread: event loop.
 */
public final class BatchResults {

    /** Hears what each answered request of the batch consumed. */
    @FunctionalInterface
    public interface Listener {
        void onAnswer(String model, Usage usage);
    }

    private static final int CUSTOM_ID = 1;
    private static final int ANSWER = 2;
    private static final int MODEL = 3;

    /** One way to report, of the line being read. */
    private static final class Line implements JsonReader.Listener {
        private final UsageShape shape;
        private final JsonReader reader;
        private UsageFigures figures;
        private @Nullable String model;
        private boolean named;
        private boolean answered;

        Line(UsageShape shape) {
            this.shape = shape;
            this.figures = new UsageFigures(shape);
            this.reader = new JsonReader(root(shape), this);
        }

        private static JsonShape root(UsageShape shape) {
            Map<String, JsonShape> answer = new HashMap<>(shape.members());
            answer.put("model", JsonShape.text(MODEL));
            JsonShape body = JsonShape.path().members(answer);
            return JsonShape.path()
                    .members(Map.of(
                            "custom_id", JsonShape.value(CUSTOM_ID),
                            "response", JsonShape.value(ANSWER).members(Map.of("body", body)),
                            "result", JsonShape.value(ANSWER).members(Map.of("message", body))));
        }

        @Override
        public void onValue(int id, JsonReader value) {
            switch (id) {
                case CUSTOM_ID -> named = value.kind() == Kind.STRING;
                case ANSWER -> answered = true;
                case MODEL -> model = value.kind() == Kind.STRING ? value.text() : null;
                default -> figures.onFigure(id, value);
            }
        }

        /** @return whether the line was a result; of a whole one {@code listener} is told what it consumed */
        boolean end() {
            boolean whole = reader.end();
            figures.endPayload();
            return whole && named && answered;
        }

        boolean tell(Listener listener) {
            Usage usage = figures.reported();
            if (model == null || !usage.isReported()) {
                return false;
            }
            listener.onAnswer(model, usage);
            return true;
        }

        void begin() {
            reader.reset();
            figures = new UsageFigures(shape);
            model = null;
            named = false;
            answered = false;
        }
    }

    private final Listener listener;
    private final List<Line> ways = new ArrayList<>();
    private boolean first = true;
    private boolean other;
    private boolean begun;

    /** @param shape of the provider's answers */
    public BatchResults(RawShape shape, Listener listener) {
        this.listener = listener;
        for (UsageShape way : shape.shapes()) {
            ways.add(new Line(way));
        }
    }

    /** The next bytes of the file; borrows them. */
    public void feed(ByteBuf bytes) {
        int from = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (from < end && !other) {
            int feed = bytes.indexOf(from, end, (byte) '\n');
            int to = feed < 0 ? end : feed;
            if (to > from) {
                begun = true;
                for (int i = 0; i < ways.size(); i++) {
                    ways.get(i).reader.feed(bytes, from, to - from);
                }
            }
            if (feed >= 0) {
                endLine();
            }
            from = to + 1;
        }
    }

    /** The file is complete. */
    public void end() {
        if (!other) {
            endLine();
        }
    }

    private void endLine() {
        if (!begun) {
            return;
        }
        begun = false;
        boolean result = true;
        for (int i = 0; i < ways.size(); i++) {
            result &= ways.get(i).end();
        }
        other = first && !result;
        first = false;
        boolean told = !result;
        for (int i = 0; i < ways.size(); i++) {
            told = told || ways.get(i).tell(listener);
            ways.get(i).begin();
        }
    }
}
