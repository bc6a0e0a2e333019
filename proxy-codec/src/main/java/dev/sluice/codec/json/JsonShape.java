package dev.sluice.codec.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The places of a JSON document that somebody wants to know about, as a tree that {@link JsonReader} lays over the
 * document. What the tree does not name is skipped, so a member is never mistaken for one of the same name elsewhere.
 *
 * <p>A place with an id other than {@link #UNREPORTED} is reported; one that may be a string in one answer and an
 * object in the next simply has both, text and members. Immutable. Thread: any.
 */
public final class JsonShape {

    /** The id of a place that only leads to others. */
    public static final int UNREPORTED = 0;

    /** What becomes of a string. */
    private enum Text {
        SKIPPED,
        KEPT,
        STREAMED
    }

    /** What is told of objects and arrays before their end. */
    private enum Extent {
        NOTHING,
        BEGINNING,
        TREE,
        RAW
    }

    private static final byte[][] NO_NAMES = {};
    private static final JsonShape[] NO_SHAPES = {};

    private final int id;
    private final Text text;
    private final Extent extent;
    /** Open addressing, at most half full; a power of two long, or empty. */
    private final byte[] @Nullable [] names;

    private final @Nullable JsonShape[] shapes;
    private final @Nullable JsonShape element;

    private JsonShape(
            int id,
            Text text,
            Extent extent,
            byte[] @Nullable [] names,
            @Nullable JsonShape[] shapes,
            @Nullable JsonShape element) {
        this.id = id;
        this.text = text;
        this.extent = extent;
        this.names = names;
        this.shapes = shapes;
        this.element = element;
    }

    /** A place of which only the kind, the number and the emptiness matter. */
    public static JsonShape value(int id) {
        return new JsonShape(id, Text.SKIPPED, Extent.NOTHING, NO_NAMES, NO_SHAPES, null);
    }

    /** A place whose text matters when it is a string, and whose decimals when it is a number. */
    public static JsonShape text(int id) {
        return new JsonShape(id, Text.KEPT, Extent.NOTHING, NO_NAMES, NO_SHAPES, null);
    }

    /**
     * A place whose text, when it is a string, is handed on while it arrives and however long it is, by {@link
     * JsonReader.Listener#onText}. The value is reported behind it.
     */
    public static JsonShape streamed(int id) {
        return new JsonShape(id, Text.STREAMED, Extent.NOTHING, NO_NAMES, NO_SHAPES, null);
    }

    /**
     * A place of which everything is told, however deep: where objects and arrays begin and end, the names in them, the
     * strings as at a {@link #streamed} place, and all other values. All under the same id.
     */
    public static JsonShape tree(int id) {
        return new JsonShape(id, Text.STREAMED, Extent.TREE, NO_NAMES, NO_SHAPES, null);
    }

    /**
     * A place whose object or array is handed on by {@link JsonReader.Listener#onText} as it stands, byte for byte, while
     * it arrives; a string there is handed on unescaped, as at a {@link #streamed} place. The value is reported behind it.
     */
    public static JsonShape raw(int id) {
        return new JsonShape(id, Text.STREAMED, Extent.RAW, NO_NAMES, NO_SHAPES, null);
    }

    /** A place that is not reported itself. */
    public static JsonShape path() {
        return value(UNREPORTED);
    }

    /** This place, which as an object has these members of interest. */
    public JsonShape members(Map<String, JsonShape> members) {
        int size = Integer.highestOneBit(Math.max(1, members.size())) << 2;
        byte[] @Nullable [] slots = new byte[size][];
        @Nullable JsonShape[] slotShapes = new JsonShape[size];
        members.forEach((name, shape) -> {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            int slot = slot(bytes, 0, bytes.length, size);
            while (slots[slot] != null) {
                slot = (slot + 1) & (size - 1);
            }
            slots[slot] = bytes;
            slotShapes[slot] = shape;
        });
        return new JsonShape(id, text, extent, slots, slotShapes, element);
    }

    /** This place, which as an array has elements of interest. */
    public JsonShape elements(JsonShape shape) {
        return new JsonShape(id, text, extent, names, shapes, shape);
    }

    /** This place, of which it is also told when it begins as an object or an array. */
    public JsonShape announced() {
        return new JsonShape(id, text, Extent.BEGINNING, names, shapes, element);
    }

    int id() {
        return id;
    }

    boolean keepsText() {
        return text == Text.KEPT;
    }

    boolean streamsText() {
        return text == Text.STREAMED;
    }

    boolean announces() {
        return extent == Extent.BEGINNING || extent == Extent.TREE;
    }

    boolean isRaw() {
        return extent == Extent.RAW;
    }

    boolean isTree() {
        return extent == Extent.TREE;
    }

    @Nullable
    JsonShape element() {
        return isTree() ? this : element;
    }

    /** The shape of the member whose name is {@code bytes[from, to)}. */
    @Nullable
    JsonShape member(byte[] bytes, int from, int to) {
        int size = names.length;
        if (size == 0) {
            return isTree() ? this : null;
        }
        for (int slot = slot(bytes, from, to, size); ; slot = (slot + 1) & (size - 1)) {
            byte[] name = names[slot];
            if (name == null) {
                return null;
            }
            if (Arrays.equals(name, 0, name.length, bytes, from, to)) {
                return shapes[slot];
            }
        }
    }

    /** Length and both ends tell the names of a dialect apart well enough; reading all of a name would cost more. */
    private static int slot(byte[] bytes, int from, int to, int size) {
        int length = to - from;
        int ends = length == 0 ? 0 : bytes[from] + 7 * bytes[to - 1];
        return (ends + 13 * length) & (size - 1);
    }
}
