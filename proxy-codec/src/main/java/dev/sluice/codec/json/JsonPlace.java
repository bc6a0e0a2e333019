package dev.sluice.codec.json;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where in a document {@link JsonReader} is: which containers are open, and which places of the shape they are. Only
 * the outermost containers can have a shape; below the first without one everything is foreign. Thread: event loop.
 */
final class JsonPlace {
    /** Deeper than any real document; beyond it a document counts as malformed. */
    static final int MAX_DEPTH = 512;

    private static final int FIRST_SHAPED_DEPTH = 16;

    private JsonShape root;
    /** One bit a level: set for an object. */
    private final long[] objects = new long[MAX_DEPTH / Long.SIZE];

    private int depth;
    /** The shapes of the outermost {@link #shapedDepth} containers, from index 1. */
    private JsonShape[] shapes = new JsonShape[FIRST_SHAPED_DEPTH + 1];

    private int shapedDepth;
    private @Nullable JsonShape next;

    JsonPlace(JsonShape root) {
        this.root = root;
        this.next = root;
        Arrays.fill(shapes, root);
    }

    void reset() {
        depth = 0;
        shapedDepth = 0;
        next = root;
    }

    /** Another kind of document is read from here on. */
    void begin(JsonShape shape) {
        root = shape;
        reset();
    }

    /** Gives up what trees have made it grow to. */
    void rest() {
        if (shapes.length > FIRST_SHAPED_DEPTH + 1) {
            shapes = new JsonShape[FIRST_SHAPED_DEPTH + 1];
            Arrays.fill(shapes, root);
        }
    }

    int depth() {
        return depth;
    }

    boolean isInObject() {
        return (objects[(depth - 1) / Long.SIZE] & 1L << (depth - 1)) != 0;
    }

    /** The shape of the value that comes next or is being read. */
    @Nullable
    JsonShape next() {
        return next;
    }

    /** Whether the shape has anything to say about the container being read. */
    boolean isShaped() {
        return shapedDepth == depth;
    }

    /** The next value begins with a bracket; at {@link #MAX_DEPTH} it must not. */
    void open(boolean object) {
        long bit = 1L << depth;
        int word = depth / Long.SIZE;
        objects[word] = object ? objects[word] | bit : objects[word] & ~bit;
        if (next != null && shapedDepth == depth) {
            push(next);
        }
        depth++;
        next = null;
        if (!object) {
            nextElement();
        }
    }

    /** Whether the container being read belongs to a tree. */
    boolean isInTree() {
        return shapedDepth == depth && shapes[shapedDepth].isTree();
    }

    /** The id of that tree. */
    int treeId() {
        return shapes[shapedDepth].id();
    }

    /** A container ends; gives its shape, if it has one. */
    @Nullable
    JsonShape close() {
        JsonShape shape = shapedDepth == depth ? shapes[shapedDepth--] : null;
        depth--;
        return shape;
    }

    /** Only trees reach deeper than the first array. */
    private void push(JsonShape shape) {
        shapedDepth++;
        if (shapedDepth == shapes.length) {
            shapes = Arrays.copyOf(shapes, 2 * shapedDepth);
            Arrays.fill(shapes, shapedDepth, shapes.length, root);
        }
        shapes[shapedDepth] = shape;
    }

    void nextElement() {
        next = shapedDepth == depth ? shapes[depth].element() : null;
    }

    /** The name of the next value is {@code bytes[from, to)}. */
    void nextMember(byte[] bytes, int from, int to) {
        next = shapes[shapedDepth].member(bytes, from, to);
    }

    /** The next value has a name, but nobody knows it. */
    void nextForeign() {
        next = null;
    }
}
