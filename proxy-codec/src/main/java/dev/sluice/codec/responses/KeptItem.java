package dev.sluice.codec.responses;

import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An item as the provider has said it so far: its first event, and the parts behind it; or its last one. */
final class KeptItem {
    private static final String ITEM = "item";
    private static final String STATUS = "status";

    private byte[] payload;
    private boolean done;
    private final List<KeptPart> parts = new ArrayList<>(1);

    /** @param payload of the event in which it begins */
    KeptItem(byte[] payload) {
        this.payload = payload;
    }

    /** @param all payload of the event that repeats the whole item */
    void end(byte[] all) {
        payload = all;
        done = true;
        parts.clear();
    }

    /** Of what {@link #end} lets go. */
    long sizeBytes() {
        long size = payload.length;
        for (KeptPart part : parts) {
            size += part.sizeBytes();
        }
        return size;
    }

    boolean isDone() {
        return done;
    }

    List<KeptPart> parts() {
        return parts;
    }

    /** The part of this number; null when there is none yet. */
    @Nullable
    KeptPart part(int number) {
        for (int i = parts.size() - 1; i >= 0; i--) {
            if (parts.get(i).number == number) {
                return parts.get(i);
            }
        }
        return null;
    }

    KeptPart add(KeptPart part) {
        int at = parts.size();
        while (at > 0 && parts.get(at - 1).number > part.number) {
            at--;
        }
        parts.add(at, part);
        return part;
    }

    /** By which the events about it name it. */
    @Nullable
    String id() {
        JsonSlice id = item().member("id");
        return id == null || !id.isString() ? null : id.text();
    }

    /** Writes it with all that is known of it; as incomplete unless it is done. */
    void write(JsonWriter json) {
        JsonSlice item = item();
        if (done) {
            json.slice(item);
            return;
        }
        json.beginObject();
        for (JsonSlice.Member member : item.members()) {
            if (!isReplaced(member.name())) {
                json.name(member.name()).slice(member.value());
            }
        }
        JsonSlice type = item.member("type");
        boolean hasStatus = item.member(STATUS) != null;
        if (hasStatus || isOurs(type)) {
            json.name(STATUS).string(isOurs(type) || !failsOnly(type) ? ItemWriter.INCOMPLETE : "failed");
        }
        writeParts(json);
        json.endObject();
    }

    private JsonSlice item() {
        JsonSlice item = JsonSlice.of(Unpooled.wrappedBuffer(payload)).member(ITEM);
        return item == null || !item.isObject() ? JsonSlice.raw("{}") : item;
    }

    private boolean isReplaced(String name) {
        return switch (name) {
            case STATUS -> true;
            case "content" -> hasParts(/* summary= */ false);
            case "summary" -> hasParts(/* summary= */ true);
            case "arguments", "input" ->
                !parts.isEmpty() && parts.getFirst().kind.isOfCall();
            default -> false;
        };
    }

    private boolean hasParts(boolean summary) {
        for (KeptPart part : parts) {
            if (part.isSummary() == summary && !part.kind.isOfCall()) {
                return true;
            }
        }
        return false;
    }

    private void writeParts(JsonWriter json) {
        for (boolean summary : new boolean[] {false, true}) {
            if (hasParts(summary)) {
                json.name(summary ? "summary" : "content").beginArray();
                for (KeptPart part : parts) {
                    if (part.isSummary() == summary) {
                        part.write(json);
                    }
                }
                json.endArray();
            }
        }
        if (!parts.isEmpty() && parts.getFirst().kind.isOfCall()) {
            parts.getFirst().writeText(json);
        }
    }

    /** Whether it is of the model itself: those have a status in any case. */
    private static boolean isOurs(@Nullable JsonSlice type) {
        return type != null
                && (type.textEquals("message") || type.textEquals("reasoning") || type.textEquals("function_call"));
    }

    /** Whether it has no word for being incomplete. */
    private static boolean failsOnly(@Nullable JsonSlice type) {
        return type != null && (type.textEquals("web_search_call") || type.textEquals("image_generation_call"));
    }
}
