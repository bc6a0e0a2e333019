package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.StableIds;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer as a response: whole, or as the events that build it up.
 *
 * <pre>
 *   created, in_progress ─▶ item 0: added, parts and deltas, done ─▶ item 1: … ─▶ completed | incomplete
 * </pre>
 *
 * <p>Items go out one behind the other, for many a client knows only one at a time: what is said of a later one while
 * an earlier one is not over (calls whose arguments come in turns) waits. An event that ends a thing repeats all of it,
 * and the last one all there is. So this is the one dialect in which an answer has to be kept: up to {@value
 * #MAX_KEPT_BYTES} bytes of it. What goes beyond that is not said any more, and the response ends as one that was cut
 * short.
 *
 * <p>A signature closes its piece of reasoning. That of a call has no place in a call, and stands in an item of
 * reasoning of its own behind it. A response has one choice: others are not heard. Thread: event loop.
 */
final class ResponsesEncoder implements AnswerEncoder {
    static final int MAX_KEPT_BYTES = 8 << 20;

    private static final int MAX_KEY_CHARS = 40;
    private static final byte[] NO_ARGUMENTS = {'{', '}'};

    private final AnswerPlan plan;
    private final ByteBufAllocator allocator;
    private final EventWriter events;
    private final String key;

    private final List<SaidItem> items = new ArrayList<>();
    /** Calls by their number. */
    private final List<SaidItem> calls = new ArrayList<>();
    /** Sources of a text that has not begun. */
    private final List<SaidPart.Citation> earlyCitations = new ArrayList<>();

    private String model;
    private boolean begun;
    /** The item that is going out; those before it have. */
    private int current;

    private int keptBytes;
    private boolean cut;
    private @Nullable FinishReason finish;
    /** The whole answer, once it is complete. Given by {@link #take}, released by {@link #close}. */
    private @Nullable ByteBuf whole;

    ResponsesEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        this.plan = plan;
        this.allocator = allocator;
        this.events = new EventWriter(allocator);
        this.key = key(plan.requestId());
        this.model = plan.model();
    }

    @Override
    public String contentType() {
        return plan.stream() ? "text/event-stream; charset=utf-8" : "application/json";
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String named) {
        if (named != null && !begun) {
            model = named;
        }
        begin();
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        if (choice != 0 || from == to) {
            return;
        }
        SaidPart.Kind kind = switch (channel) {
            case CONTENT -> SaidPart.Kind.TEXT;
            case REFUSAL -> SaidPart.Kind.REFUSAL;
            case REASONING -> SaidPart.Kind.SUMMARY;
            case TOOL_CALL -> throw new IllegalArgumentException("a call is no text");
        };
        SaidPart part = openPart(kind);
        part.append(utf8, from, from + keep(to - from));
        tell();
    }

    /** What follows gets a part of its own. */
    @Override
    public void onBoundary(int choice, Channel channel) {
        SaidItem last = lastItem();
        if (choice != 0 || last == null || last.isOver() || last.lastPart() == null) {
            return;
        }
        boolean concerned = switch (last.lastPart().kind()) {
            case TEXT -> channel == Channel.CONTENT;
            case REFUSAL -> channel == Channel.REFUSAL;
            case SUMMARY -> channel == Channel.REASONING;
            case ARGUMENTS -> false;
        };
        if (concerned) {
            last.lastPart().split();
        }
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        if (choice != 0) {
            return;
        }
        String callId = id == null ? "call_" + key + "_" + call : id;
        SaidItem item = SaidItem.call(items.size(), key, callId, name);
        add(item);
        calls.add(item);
        tell();
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        boolean heard = choice == 0 && call < calls.size() && calls.get(call).index() >= current;
        if (heard && from < to) {
            calls.get(call).appendArguments(utf8, from, from + keep(to - from));
            tell();
        }
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        if (choice != 0 || keep(to - from) < to - from) {
            return;
        }
        SaidItem item = lastItem();
        boolean follows = call == NO_CALL && !redacted && item != null && !item.isOver();
        if (item == null || !follows || item.type() != SaidItem.Type.REASONING) {
            item = SaidItem.text(SaidItem.Type.REASONING, items.size(), key);
            add(item);
            if (call == NO_CALL && !redacted) {
                // There was a text, which is not shown.
                item.addPart(SaidPart.Kind.SUMMARY);
            }
        }
        item.sign(origin, utf8, from, to);
        item.end();
        tell();
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        SaidItem last = lastItem();
        SaidPart part = last == null || last.isOver() ? null : last.lastPart();
        if (choice != 0) {
            return;
        }
        if (part == null || part.kind() != SaidPart.Kind.TEXT) {
            earlyCitations.add(new SaidPart.Citation(url, title, 0));
        } else {
            part.addCitation(url, title);
            tell();
        }
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        if (choice == 0 && finish == null) {
            finish = reason;
        }
    }

    @Override
    public void onEnd(Usage usage) {
        begin();
        String reason = incompleteReason();
        endItems(reason == null);
        if (plan.stream()) {
            tell();
            JsonWriter json = beginLast(reason, usage);
            json.endObject();
            events.end();
        } else {
            ByteBuf body = allocator.buffer();
            whole = body;
            ItemWriter.response(new JsonWriter(body), plan, "resp_" + key, model, reason, items, usage);
        }
        forget();
    }

    @Override
    public void onCut(StreamCut why) {
        begin();
        finish = finish == null ? FinishReason.LENGTH : finish;
        String reason = incompleteReason();
        endItems(reason == null);
        tell();
        JsonWriter json = beginLast(reason, why.usage());
        why.write(json);
        json.endObject();
        events.end();
        forget();
    }

    /** Nothing more will be said of any item; of the last one, and of calls, something may be missing. */
    private void endItems(boolean complete) {
        for (SaidItem item : items) {
            boolean call = item.type() == SaidItem.Type.CALL;
            if (complete && call && item.arguments().isEmpty()) {
                item.appendArguments(NO_ARGUMENTS, 0, NO_ARGUMENTS.length);
            }
            boolean half = item == lastItem()
                    || (call && !item.isClosed() && !item.arguments().isEmpty());
            if (!complete && half) {
                item.cut();
            } else {
                item.end();
            }
        }
    }

    /** The last event, up to the end of the response in it. */
    private JsonWriter beginLast(@Nullable String reason, Usage usage) {
        JsonWriter json = events.begin(reason == null ? "response.completed" : "response.incomplete");
        ItemWriter.beginResponse(json.name("response"), plan, "resp_" + key, model, reason, items, usage);
        return json;
    }

    @Override
    public @Nullable ByteBuf take() {
        if (plan.stream()) {
            return events.take();
        }
        ByteBuf body = whole;
        whole = null;
        return body;
    }

    @Override
    public void close() {
        events.close();
        if (whole != null) {
            whole.release();
            whole = null;
        }
        forget();
    }

    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        if (plan.stream()) {
            begin("response.created");
            begin("response.in_progress");
        }
    }

    private void begin(String type) {
        JsonWriter json = events.begin(type);
        ItemWriter.response(json.name("response"), plan, "resp_" + key, model, null, null, null);
        events.end();
    }

    /** The part that a text of this kind goes on with. */
    private SaidPart openPart(SaidPart.Kind kind) {
        SaidItem.Type type = kind == SaidPart.Kind.SUMMARY ? SaidItem.Type.REASONING : SaidItem.Type.MESSAGE;
        SaidItem item = lastItem();
        if (item == null || item.isOver() || item.type() != type) {
            item = SaidItem.text(type, items.size(), key);
            add(item);
        }
        SaidPart part = item.lastPart();
        if (part == null || part.kind() != kind || part.isSplit()) {
            part = item.addPart(kind);
        }
        if (kind == SaidPart.Kind.TEXT && !earlyCitations.isEmpty()) {
            for (SaidPart.Citation citation : earlyCitations) {
                part.addCitation(citation.url(), citation.title());
            }
            earlyCitations.clear();
        }
        return part;
    }

    /** Another item begins: a text before it has ended, a call perhaps not. */
    private void add(SaidItem item) {
        SaidItem last = lastItem();
        if (last != null && last.type() != SaidItem.Type.CALL) {
            last.end();
        }
        items.add(item);
    }

    private @Nullable SaidItem lastItem() {
        return items.isEmpty() ? null : items.get(items.size() - 1);
    }

    /** How many of so many bytes may still be kept. */
    private int keep(int bytes) {
        int kept = Math.min(bytes, MAX_KEPT_BYTES - keptBytes);
        keptBytes += kept;
        cut |= kept < bytes;
        return kept;
    }

    /** Lets out what may go. */
    private void tell() {
        if (!plan.stream()) {
            return;
        }
        begin();
        while (current < items.size()) {
            SaidItem item = items.get(current);
            if (!item.isOpened()) {
                item.open();
                events.itemAdded(item);
            }
            boolean last = current == items.size() - 1;
            boolean over = last ? item.isOver() : item.isClosed();
            tellParts(item, over);
            if (!over) {
                return;
            }
            events.itemDone(item);
            current++;
        }
    }

    private void tellParts(SaidItem item, boolean over) {
        while (item.firstOpen() < item.parts().size()) {
            int number = item.firstOpen();
            SaidPart part = item.parts().get(number);
            boolean partOver = over || number < item.parts().size() - 1;
            if (!part.isOpened()) {
                part.open();
                events.partAdded(item, number);
            }
            int end = part.end();
            if (end > part.told()) {
                events.delta(item, number, end);
            }
            tellCitations(item, part, number);
            if (!partOver) {
                return;
            }
            events.partDone(item, number);
            item.nextPart();
        }
    }

    private void tellCitations(SaidItem item, SaidPart part, int number) {
        for (SaidPart.Citation next = part.nextCitation(); next != null; next = part.nextCitation()) {
            events.annotationAdded(item, number, part.citationsTold() - 1, next);
        }
    }

    /** Why the response is incomplete; null when it is not. */
    private @Nullable String incompleteReason() {
        if (cut || finish == FinishReason.LENGTH) {
            return "max_output_tokens";
        }
        return finish == FinishReason.CONTENT_FILTER ? "content_filter" : null;
    }

    /** Lets go of the answer: the last event has all of it. */
    private void forget() {
        items.clear();
        calls.clear();
        earlyCitations.clear();
    }

    /** What of {@code requestId} may stand in an id. */
    private static String key(String requestId) {
        StringBuilder key = new StringBuilder(MAX_KEY_CHARS);
        for (int i = 0; i < requestId.length() && key.length() < MAX_KEY_CHARS; i++) {
            char next = requestId.charAt(i);
            if (StableIds.isAlphanumeric(next)) {
                key.append(next);
            }
        }
        return key.toString();
    }
}
