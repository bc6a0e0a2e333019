package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 client on a bare socket: sends exactly what it is given, sees exactly what comes. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;

    private final Socket socket;
    private final InputStream in;

    RawClient(InetSocketAddress gateway) throws IOException {
        this(gateway, 0);
    }

    /** @param receiveBufferBytes as small as a slow client's should be; 0 leaves it to the system */
    RawClient(InetSocketAddress gateway, int receiveBufferBytes) throws IOException {
        socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(gateway, PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream(), 16384);
    }

    /** One call on a connection of its own. */
    static Answer call(InetSocketAddress gateway, Call call) throws IOException {
        try (RawClient client = new RawClient(gateway)) {
            return client.send(call).answer();
        }
    }

    RawClient send(String text) throws IOException {
        return send(text.getBytes(ISO_8859_1));
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    RawClient send(Call call) throws IOException {
        return send(bytesOf(call));
    }

    static byte[] bytesOf(Call call) throws IOException {
        StringBuilder head = new StringBuilder(call.method() + " " + call.path() + " HTTP/1.1\r\nhost: gateway\r\n");
        for (Map.Entry<String, String> field : call.fields()) {
            head.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n");
        }
        byte[] body = call.body();
        if (body.length > 0) {
            head.append("content-length: ").append(body.length).append("\r\n");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(head.append("\r\n").toString().getBytes(ISO_8859_1));
        bytes.write(body);
        return bytes.toByteArray();
    }

    /** Ends our direction only. */
    void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    /** Goes away without a goodbye. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** The next answer, whole. */
    Answer answer() throws IOException {
        return begin().rest();
    }

    /** The next answer's head; the body is read as the caller wishes. */
    Incoming begin() throws IOException {
        String head = head();
        if (head == null) {
            throw new IOException("the gateway closed without an answer");
        }
        return new Incoming(head);
    }

    /** Whether the gateway has ended the connection and sent nothing more. */
    boolean endOfConnection() {
        try {
            return in.read() < 0;
        } catch (IOException reset) {
            return !(reset instanceof java.net.SocketTimeoutException);
        }
    }

    /** The same, whatever is sent before. */
    boolean endOfConnectionAfterAnything() {
        try {
            in.transferTo(OutputStream.nullOutputStream());
            return true;
        } catch (IOException reset) {
            return !(reset instanceof java.net.SocketTimeoutException);
        }
    }

    private @Nullable String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int read = in.read();
            if (read < 0) {
                return null;
            }
            head.append((char) read);
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** An answer whose head has come. */
    final class Incoming {
        private final int status;
        private final Fields fields;
        private final InputStream body;
        private long expected = -1;

        private Incoming(String head) {
            if (!head.startsWith("HTTP/1.1 ")) {
                throw new AssertionError("no HTTP/1.1 answer: " + head);
            }
            status = Integer.parseInt(head.substring(9, 12));
            fields = Fields.parse(head);
            String length = fields.first("content-length");
            if (fields.has("transfer-encoding", "chunked")) {
                if (length != null) {
                    throw new AssertionError("both framings: " + head);
                }
                body = new ChunkedInput(in);
            } else {
                expected = length != null ? Long.parseLong(length) : status < 200 || status == 204 ? 0 : -1;
                body = in;
            }
        }

        int status() {
            return status;
        }

        Fields fields() {
            return fields;
        }

        boolean chunked() {
            return body instanceof ChunkedInput;
        }

        /** At least one byte of the body, at most {@code most}; an empty array at its end. */
        byte[] read(int most) throws IOException {
            byte[] bytes = new byte[most];
            int read = body.read(bytes, 0, most);
            return read < 0 ? new byte[0] : Arrays.copyOf(bytes, read);
        }

        /** Whether the body, read to its end, was ended by its framing. */
        boolean complete() {
            return !(body instanceof ChunkedInput chunks) || chunks.complete();
        }

        /** The head only, for requests whose answer has no body. */
        Answer withoutBody() {
            return new Answer(status, fields, new byte[0], /* complete= */ true);
        }

        Answer rest() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            boolean complete;
            try {
                if (expected >= 0) {
                    bytes.write(body.readNBytes((int) expected));
                    complete = bytes.size() == expected;
                } else {
                    copy(bytes);
                    complete = !(body instanceof ChunkedInput chunks) || chunks.complete();
                }
            } catch (java.net.SocketTimeoutException patienceOver) {
                throw patienceOver;
            } catch (IOException reset) {
                complete = false;
            }
            return new Answer(status, fields, bytes.toByteArray(), complete);
        }

        private void copy(ByteArrayOutputStream bytes) throws IOException {
            byte[] buffer = new byte[16384];
            for (int read = body.read(buffer, 0, buffer.length);
                    read >= 0;
                    read = body.read(buffer, 0, buffer.length)) {
                bytes.write(buffer, 0, read);
            }
        }
    }
}
