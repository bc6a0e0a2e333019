package dev.sluice.codec.raw;

import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestScan;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonSplice;
import dev.sluice.codec.json.JsonSyntaxException;
import dev.sluice.codec.json.JsonText;
import dev.sluice.codec.json.JsonValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads of a JSON body of whatever operation who is to serve it: the model, or the file it works upon. A name that
 * could be read in two ways is refused, lest a caller be checked for one model and served by another.
 *
 * <p>Thread: event loop.
 */
public final class RequestModel implements AutoCloseable {
    private static final int MAX_NAME_CHARS = 256;

    private final Members members = new Members();
    private final RequestScan scan;

    public RequestModel(int maxDepth) {
        scan = new RequestScan(maxDepth, members);
    }

    /** The next piece of the body; borrows it. */
    public void feed(ByteBuf piece) throws MalformedRequestException {
        scan.feed(piece);
    }

    /** The body is complete. */
    public void end() throws MalformedRequestException {
        scan.end();
    }

    /** The top-level {@code model}, unescaped; null where the body names none. */
    public @Nullable String model() {
        return members.model;
    }

    /** The top-level {@code input_file_id}; null where the body names none. */
    public @Nullable String fileId() {
        return members.fileId;
    }

    public boolean stream() {
        return members.stream;
    }

    /** The top-level {@code user}. */
    public @Nullable String endUser() {
        return members.user;
    }

    /** The body with {@code upstreamModel} in the place of {@link #model}; takes {@code body}, gives what it returns. */
    public ByteBuf rewrite(ByteBuf body, String upstreamModel, ByteBufAllocator allocator) {
        JsonSplice splice = new JsonSplice();
        if (members.model != null && !members.model.equals(upstreamModel)) {
            splice.replace(members.modelStart, members.modelEnd, JsonText.quoted(upstreamModel));
        }
        return splice.apply(body, allocator);
    }

    @Override
    public void close() {
        scan.close();
    }

    private static final class Members implements JsonMembers {
        private String current = "";
        private boolean modelSeen;
        private @Nullable String model;
        private int modelStart;
        private int modelEnd;
        private @Nullable String fileId;
        private @Nullable String user;
        private boolean stream;

        @Override
        public void onName(int depth, String name) throws JsonSyntaxException {
            if (depth != 1) {
                return;
            }
            current = name;
            if (name.equalsIgnoreCase("model")) {
                if (modelSeen || !name.equals("model")) {
                    throw new JsonSyntaxException(
                            "'model' must be given once, in small letters; the body has '" + name + "'"
                                    + (modelSeen ? " as well" : ""),
                            "model");
                }
                modelSeen = true;
            }
        }

        @Override
        public void onValue(int depth, JsonKind kind, JsonValue value) throws JsonSyntaxException {
            if (depth != 1) {
                return;
            }
            switch (current) {
                case "model" -> {
                    if (kind == JsonKind.NULL) {
                        return;
                    }
                    model = name(kind, value);
                    modelStart = value.start();
                    modelEnd = value.end();
                }
                case "input_file_id" -> fileId = kind == JsonKind.STRING ? name(kind, value) : null;
                case "user" -> user = kind == JsonKind.STRING ? name(kind, value) : null;
                case "stream" -> stream = value.isTrue();
                default -> {}
            }
        }

        @Override
        public void onObjectEnd(int depth, int insertAt, boolean empty) {}

        /** A string for routes and rows: short, and without what a database or a log file refuses. */
        private String name(JsonKind kind, JsonValue value) throws JsonSyntaxException {
            if (kind != JsonKind.STRING) {
                throw new JsonSyntaxException("'" + current + "' must be a string, not " + kind, current);
            }
            String text = value.hasWholeText() ? value.text() : "";
            if (text.isEmpty() || text.length() > MAX_NAME_CHARS) {
                throw new JsonSyntaxException(
                        "'" + current + "' must have 1 to " + MAX_NAME_CHARS + " characters; it has "
                                + value.textBytes() + " bytes",
                        current);
            }
            for (int i = 0; i < text.length(); i++) {
                if (Character.isISOControl(text.charAt(i)) || JsonText.isLoneSurrogate(text, i)) {
                    throw new JsonSyntaxException(
                            "'" + current + "' must have neither control characters nor lone surrogates", current);
                }
            }
            return text;
        }
    }
}
