package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Ends a provider's own stream before its time. The last event of this dialect repeats all there is, and client libraries
 * hand out what it says: so all there is has to be kept, as long as that is no more than {@value #MAX_KEPT_BYTES} bytes.
 * Of a longer answer the last event has no items.
 *
 * <p>Kept are the response and the items as their own events had them, and the texts of items that are open. A payload
 * counts when it is complete and legal. Thread: event loop.
 */
final class KeptResponse {
    static final int MAX_KEPT_BYTES = 8 << 20;

    private static final int MAX_ITEMS = 1024;
    private static final int USUAL_BYTES = 4 << 10;

    private boolean keeping;
    /** The current payload. */
    private byte[] payload = {};

    private int length;

    /** Payload of the last event that had the response in it. */
    private byte @Nullable [] response;
    /** By output index. */
    private final List<@Nullable KeptItem> items = new ArrayList<>();

    private long sequence = -1;
    /** As the current payload says. */
    private long named = -1;

    private long keptBytes;
    private boolean tooMuch;

    /** Somebody may want to end the answer: from here on everything is kept. */
    void begin() {
        keeping = true;
    }

    /** Borrows {@code buffer}. */
    void onPayload(ByteBuf buffer, int index, int size) {
        if (!keeping || tooMuch) {
            return;
        }
        if (size > MAX_KEPT_BYTES - length) {
            giveUp();
            return;
        }
        if (size > payload.length - length) {
            payload = Arrays.copyOf(payload, Math.max(2 * payload.length, length + size));
        }
        buffer.getBytes(index, payload, length, size);
        length += size;
    }

    void onSequenceNumber(long number) {
        named = number;
    }

    /**
     * The payload was legal.
     *
     * @param hasResponse whether the response is in it
     * @param outputIndex of the item it is about; negative when it does not say
     * @param part as {@link HeldItem} counts parts
     */
    void onEvent(EventType event, boolean hasResponse, long outputIndex, int part, HeldTexts texts) {
        sequence = Math.max(sequence + 1, named);
        if (!keeping || tooMuch || outputIndex >= MAX_ITEMS) {
            return;
        }
        if (hasResponse) {
            response = copy();
        }
        Channel channel = event.channel();
        int place = outputIndex < 0 ? Math.max(0, items.size() - 1) : (int) outputIndex;
        if (event == EventType.ITEM_ADDED) {
            set(place, new KeptItem(copy()));
            return;
        }
        KeptItem item = place < items.size() ? items.get(place) : null;
        if (event == EventType.ITEM_DONE) {
            onDone(place, item);
        } else if (item != null && !item.isDone()) {
            if (channel != null) {
                onText(item, part, event, channel, texts);
            } else {
                onPart(item, part, event);
            }
        }
    }

    /** The current payload is over. */
    void endPayload() {
        length = 0;
        named = -1;
        if (payload.length > USUAL_BYTES) {
            payload = new byte[USUAL_BYTES];
        }
        if (keptBytes > MAX_KEPT_BYTES) {
            giveUp();
        }
    }

    /** The events; gives them. Null when no response has begun. */
    @Nullable
    ByteBuf write(StreamCut cut) {
        byte[] begun = response;
        if (begun == null) {
            return null;
        }
        EventWriter events = new EventWriter(UnpooledByteBufAllocator.DEFAULT, sequence + 1);
        for (int place = 0; place < items.size(); place++) {
            KeptItem item = items.get(place);
            if (item != null && !item.isDone()) {
                endItem(events, item, place);
            }
        }
        JsonWriter json = events.begin("response.incomplete").name("response").beginObject();
        JsonSlice known = JsonSlice.of(Unpooled.wrappedBuffer(begun)).member("response");
        if (known != null && known.isObject()) {
            for (JsonSlice.Member member : known.members()) {
                if (!isReplaced(member.name())) {
                    json.name(member.name()).slice(member.value());
                }
            }
        }
        json.name("status").string(ItemWriter.INCOMPLETE);
        json.name("incomplete_details").raw("{\"reason\":\"max_output_tokens\"}");
        json.name("output").beginArray();
        for (KeptItem item : items) {
            if (item != null) {
                item.write(json);
            }
        }
        json.endArray().name("usage");
        ItemWriter.usage(json, cut.usage());
        cut.write(json);
        json.endObject();
        events.end();
        return Objects.requireNonNull(events.take());
    }

    private static boolean isReplaced(String name) {
        return switch (name) {
            case "status", "incomplete_details", "output", "usage" -> true;
            default -> false;
        };
    }

    private static void endItem(EventWriter events, KeptItem item, int place) {
        String id = item.id();
        for (KeptPart part : item.parts()) {
            if (!part.textEnded) {
                JsonWriter json = beginAbout(events, part.doneType(), id, place, part);
                part.writeText(json);
                events.end();
            }
            if (part.announced && !part.ended) {
                String type = part.isSummary() ? "response.reasoning_summary_part.done" : "response.content_part.done";
                part.write(beginAbout(events, type, id, place, part).name("part"));
                events.end();
            }
        }
        JsonWriter json =
                events.begin("response.output_item.done").name("output_index").number(place);
        item.write(json.name("item"));
        events.end();
    }

    private static JsonWriter beginAbout(
            EventWriter events, String type, @Nullable String id, int place, KeptPart part) {
        JsonWriter json = events.begin(type);
        if (id != null) {
            json.name("item_id").string(id);
        }
        json.name("output_index").number(place);
        if (!part.kind.isOfCall()) {
            json.name(part.isSummary() ? "summary_index" : "content_index").number(part.index());
        }
        return json;
    }

    private void onDone(int place, @Nullable KeptItem item) {
        KeptItem ended = item;
        if (ended == null) {
            ended = new KeptItem(new byte[0]);
            set(place, ended);
        }
        keptBytes -= ended.sizeBytes();
        ended.end(copy());
    }

    private void onText(KeptItem item, int number, EventType event, Channel channel, HeldTexts texts) {
        KeptPart part = item.part(number);
        if (part == null) {
            part = item.add(new KeptPart(number, KeptPart.Kind.of(event, channel)));
        }
        if (event.isDelta() || part.isEmpty()) {
            for (int i = 0; i < texts.count(); i++) {
                if ((texts.place(i) == ResponsesShapes.DELTA) == event.isDelta()) {
                    keptBytes += part.append(texts.bytes(), texts.from(i), texts.to(i));
                }
            }
        }
        part.textEnded |= !event.isDelta();
    }

    private void onPart(KeptItem item, int number, EventType event) {
        KeptPart part = item.part(number);
        if (event == EventType.PART_ADDED || event == EventType.SUMMARY_PART_ADDED) {
            if (part == null) {
                JsonSlice said =
                        JsonSlice.of(Unpooled.wrappedBuffer(payload, 0, length)).member("part");
                JsonSlice type = said == null || !said.isObject() ? null : said.member("type");
                part = item.add(new KeptPart(number, KeptPart.Kind.of(type)));
            }
            part.announced = true;
        } else if (part != null && event == EventType.ANNOTATION_ADDED) {
            part.annotate(copy());
        } else if (part != null && (event == EventType.PART_DONE || event == EventType.SUMMARY_PART_DONE)) {
            part.textEnded = true;
            part.ended = true;
        }
    }

    private void set(int place, KeptItem item) {
        while (items.size() <= place) {
            items.add(null);
        }
        items.set(place, item);
    }

    /** The current payload, in one line as events want it: line ends stand between its values alone. */
    private byte[] copy() {
        byte[] copy = Arrays.copyOf(payload, length);
        for (int i = 0; i < length; i++) {
            if (copy[i] == '\n' || copy[i] == '\r') {
                copy[i] = ' ';
            }
        }
        keptBytes += length;
        return copy;
    }

    private void giveUp() {
        tooMuch = true;
        items.clear();
        length = 0;
    }
}
