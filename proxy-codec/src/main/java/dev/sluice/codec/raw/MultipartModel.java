package dev.sluice.codec.raw;

import dev.sluice.codec.json.JsonSplice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the field {@code model} in a body of {@code multipart/form-data} (RFC 7578) while it arrives, in pieces cut
 * anywhere; nothing is kept but the headers of one part and the field itself.
 *
 * <pre>
 *   CONTENT ──"\r\n--boundary"──▶ DELIMITER ──"\r\n"──▶ HEADERS ──"\r\n\r\n"──▶ CONTENT
 *                                     └──"--"──▶ EPILOGUE
 * </pre>
 *
 * The delimiter begins with a carriage return, which stands nowhere else in it: a mismatch can only begin again at the
 * byte that did not match. So a search needs no table and looks at each byte once. It goes on behind the first field,
 * for a body with a second one would be checked by one and served by the other.
 *
 * <p>Thread: event loop.
 */
public final class MultipartModel {
    private static final String BOUNDARY = "boundary=";
    private static final int MAX_BOUNDARY_CHARS = 70;
    private static final int MAX_HEADER_BYTES = 4 * 1024;
    private static final int MAX_MODEL_BYTES = 256;

    private enum State {
        CONTENT,
        DELIMITER,
        HEADERS,
        EPILOGUE
    }

    private final byte[] delimiter;
    private State state = State.CONTENT;
    /** Bytes of the delimiter, or of the end of the headers, that have been matched. */
    private int matched;

    private long offset;
    private final byte[] line = new byte[MAX_HEADER_BYTES];
    private int lineLength;

    private boolean inModel;
    private boolean broken;
    private int fields;
    private @Nullable String model;
    private long modelStart;
    private long modelEnd;

    private MultipartModel(String boundary) {
        delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
        // The first delimiter may stand at the very beginning, without a line end before it.
        matched = 2;
    }

    /** For a body of {@code contentType}; null when that is no multipart form with a boundary. */
    public static @Nullable MultipartModel of(@Nullable String contentType) {
        if (contentType == null || !contentType.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
            return null;
        }
        int at = contentType.toLowerCase(Locale.ROOT).indexOf(BOUNDARY);
        if (at < 0) {
            return null;
        }
        String boundary = parameter(contentType, at + BOUNDARY.length());
        return boundary.isEmpty() || boundary.length() > MAX_BOUNDARY_CHARS || boundary.indexOf('\r') >= 0
                ? null
                : new MultipartModel(boundary);
    }

    /** Looks at the next piece of the body; borrows it. */
    public void feed(ByteBuf piece) {
        int end = piece.writerIndex();
        int i = piece.readerIndex();
        while (i < end) {
            if (state == State.EPILOGUE) {
                offset += end - i;
                return;
            }
            if (state == State.CONTENT && matched == 0 && !inModel) {
                int found = piece.indexOf(i, end, (byte) '\r');
                int skipped = (found < 0 ? end : found) - i;
                offset += skipped;
                i += skipped;
                if (i == end) {
                    return;
                }
            }
            next(piece.getByte(i++));
            offset++;
        }
    }

    /** Whether nothing more needs to be waited for: the field is complete, or there is none. */
    public boolean isDecided() {
        return model != null || state == State.EPILOGUE;
    }

    /** The field, null as long as none was found. */
    public @Nullable String model() {
        return model;
    }

    /** Whether the body names more than one model, or in a way that others could read differently. */
    public boolean isAmbiguous() {
        return fields > 1 || broken;
    }

    /**
     * The form with {@code upstreamModel} in the place of {@link #model}, which has been found.
     *
     * @param beginning of the body, the field within it; takes it
     * @return gives it
     */
    public ByteBuf rewrite(ByteBuf beginning, String upstreamModel, ByteBufAllocator allocator) {
        if (upstreamModel.equals(model)) {
            return beginning;
        }
        return new JsonSplice()
                .replace(
                        Math.toIntExact(modelStart),
                        Math.toIntExact(modelEnd),
                        upstreamModel.getBytes(StandardCharsets.UTF_8))
                .apply(beginning, allocator);
    }

    private void next(byte b) {
        switch (state) {
            case CONTENT -> inContent(b);
            case DELIMITER -> behindDelimiter(b);
            case HEADERS -> inHeaders(b);
            case EPILOGUE -> {}
        }
    }

    private void inContent(byte b) {
        if (inModel) {
            keep(b);
        }
        if (b != delimiter[matched]) {
            matched = b == delimiter[0] ? 1 : 0;
            return;
        }
        matched++;
        if (matched == delimiter.length) {
            if (inModel) {
                endModel();
            }
            begin(State.DELIMITER);
        }
    }

    private void endModel() {
        inModel = false;
        int length = lineLength - delimiter.length;
        if (model != null) {
            return;
        }
        modelEnd = offset + 1 - delimiter.length;
        if (length <= 0 || length > MAX_MODEL_BYTES) {
            broken = true;
            return;
        }
        for (int i = 0; i < length; i++) {
            if (line[i] <= ' ' || line[i] == 0x7F) {
                broken = true;
                return;
            }
        }
        model = new String(line, 0, length, StandardCharsets.US_ASCII);
    }

    private void behindDelimiter(byte b) {
        keep(b);
        if (b == '\n') {
            begin(State.HEADERS);
            // The line end of the delimiter is also the first half of an empty block of headers.
            matched = 2;
        } else if (lineLength == 2 && line[0] == '-' && line[1] == '-') {
            begin(State.EPILOGUE);
        }
    }

    private void inHeaders(byte b) {
        keep(b);
        boolean expected = b == (matched % 2 == 0 ? '\r' : '\n');
        matched = expected ? matched + 1 : b == '\r' ? 1 : 0;
        if (matched == 4) {
            String headers = new String(line, 0, lineLength, StandardCharsets.ISO_8859_1);
            begin(State.CONTENT);
            inModel = isModel(headers);
            if (inModel) {
                fields++;
                modelStart = model == null ? offset + 1 : modelStart;
            }
        }
    }

    private void begin(State next) {
        state = next;
        matched = 0;
        lineLength = 0;
    }

    private void keep(byte b) {
        if (lineLength == line.length) {
            broken = true;
            return;
        }
        line[lineLength++] = b;
    }

    /** Whether the headers of a part call it {@code model}; servers read names without regard to case. */
    private static boolean isModel(String headers) {
        String unfolded = headers.replace("\r\n ", " ").replace("\r\n\t", " ");
        for (String header : unfolded.split("\r\n", -1)) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-disposition:")) {
                int at = nameParameter(lower);
                return at >= 0 && parameter(lower, at).equals("model");
            }
        }
        return false;
    }

    /** Behind {@code name=}, which is not the end of {@code filename=}. */
    private static int nameParameter(String header) {
        for (int at = header.indexOf("name="); at > 0; at = header.indexOf("name=", at + 1)) {
            char before = header.charAt(at - 1);
            if (before == ';' || before == ' ' || before == '\t') {
                return at + "name=".length();
            }
        }
        return -1;
    }

    /** The value that begins at {@code from}: quoted, or up to the next semicolon. */
    private static String parameter(String header, int from) {
        if (from < header.length() && header.charAt(from) == '"') {
            int close = header.indexOf('"', from + 1);
            return close < 0 ? "" : header.substring(from + 1, close);
        }
        int end = header.indexOf(';', from);
        return header.substring(from, end < 0 ? header.length() : end).trim();
    }
}
