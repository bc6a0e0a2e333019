package dev.sluice.gateway.it;

import java.io.IOException;
import java.io.InputStream;

/** Takes the chunk framing off and knows whether the last chunk was there. Strict; refuses what is no chunk. */
final class ChunkedInput extends InputStream {
    private final InputStream in;
    private long left;
    private boolean inChunk;
    private boolean complete;

    ChunkedInput(InputStream in) {
        this.in = in;
    }

    /** Whether the body was ended by its last chunk, as opposed to the end of the connection. */
    boolean complete() {
        return complete;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (complete || (left == 0 && !nextChunk())) {
            return -1;
        }
        int read = in.read(target, offset, (int) Math.min(length, left));
        if (read > 0) {
            left -= read;
        }
        return read;
    }

    private boolean nextChunk() throws IOException {
        if (inChunk) {
            String end = line();
            if (end == null) {
                return false;
            }
            if (!end.isEmpty()) {
                throw new IOException("no line end after a chunk, but: " + end);
            }
        }
        String size = line();
        if (size == null) {
            return false;
        }
        int extension = size.indexOf(';');
        left = Long.parseLong(extension < 0 ? size : size.substring(0, extension), 16);
        inChunk = true;
        if (left > 0) {
            return true;
        }
        String trailer = line();
        while (trailer != null && !trailer.isEmpty()) {
            trailer = line();
        }
        complete = trailer != null;
        return false;
    }

    private @org.jspecify.annotations.Nullable String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int read = in.read(); read >= 0; read = in.read()) {
            if (read == '\n' && !line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
                line.setLength(line.length() - 1);
                return line.toString();
            }
            line.append((char) read);
        }
        return null;
    }
}
