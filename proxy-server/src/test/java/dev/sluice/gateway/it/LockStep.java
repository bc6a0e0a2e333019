package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A caller and a provider on one thread, with the gateway between them: nothing is said before what was said last has
 * arrived, so the gateway does the same work for each call and each chunk, read by read, however fast the machine is.
 */
final class LockStep implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Selector selector = Selector.open();
    private final ServerSocketChannel listening = ServerSocketChannel.open();
    private final byte[] buffer = new byte[64 * 1024];
    private @Nullable Socket caller;
    /** On which the last request came. The gateway may have connections in reserve. */
    private @Nullable SocketChannel provider;

    LockStep() throws IOException {
        listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        listening.configureBlocking(false);
        listening.register(selector, SelectionKey.OP_ACCEPT);
    }

    String providerUrl() {
        return "http://127.0.0.1:" + listening.socket().getLocalPort() + "/v1";
    }

    /** The caller's connection, a new one. */
    void connect(InetSocketAddress gateway) throws IOException {
        if (caller != null) {
            caller.close();
        }
        Socket made = new Socket(gateway.getAddress(), gateway.getPort());
        made.setTcpNoDelay(true);
        made.setSoTimeout(PATIENCE_MILLIS);
        caller = made;
    }

    /** A request with a body of JSON. */
    static byte[] request(String path, String key, String body) {
        return ("POST " + path + " HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer " + key
                        + "\r\ncontent-type: application/json\r\naccept: */*\r\nuser-agent: lock-step/1\r\ncontent-length: "
                        + body.getBytes(UTF_8).length + "\r\n\r\n" + body)
                .getBytes(UTF_8);
    }

    /** A provider's answer in one piece. */
    static byte[] answer(String body) {
        return ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_1\r\ncontent-length: "
                        + body.getBytes(UTF_8).length + "\r\n\r\n" + body)
                .getBytes(UTF_8);
    }

    /** The head of a provider's stream, whose chunks follow. */
    static byte[] streamHead() {
        return ("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_1\r\n"
                        + "transfer-encoding: chunked\r\n\r\n")
                .getBytes(UTF_8);
    }

    /** Events as one chunk. */
    static byte[] chunk(String events) {
        byte[] payload = events.getBytes(UTF_8);
        return (Integer.toHexString(payload.length) + "\r\n" + events + "\r\n").getBytes(UTF_8);
    }

    static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** The caller asks; returns when the provider has the whole request. */
    void ask(byte[] request) throws IOException {
        caller().getOutputStream().write(request);
        readMessage(this::readAsProvider);
    }

    /** The provider answers in one piece; returns when the caller has all of it. */
    void answerWhole(byte[] answer) throws IOException {
        writeAsProvider(answer);
        InputStream in = caller().getInputStream();
        String head = readMessage(from -> in.read(buffer, from, buffer.length - from));
        if (!head.startsWith("HTTP/1.1 200")) {
            throw new IOException("the gateway answered " + head);
        }
    }

    /** The provider says something of a stream; returns when the caller has something that ends so. */
    void say(byte[] bytes, byte[] until) throws IOException {
        writeAsProvider(bytes);
        InputStream in = caller().getInputStream();
        int length = 0;
        do {
            length += some(in.read(buffer, length, buffer.length - length), length);
        } while (!endsWith(length, until));
    }

    private boolean endsWith(int length, byte[] words) {
        return length >= words.length && Arrays.equals(buffer, length - words.length, length, words, 0, words.length);
    }

    private interface Source {
        int read(int from) throws IOException;
    }

    /** Reads a message with a length; returns its head. */
    private String readMessage(Source source) throws IOException {
        int length = 0;
        int end = -1;
        while (end < 0) {
            length += some(source.read(length), length);
            end = new String(buffer, 0, length, ISO_8859_1).indexOf("\r\n\r\n");
        }
        String head = new String(buffer, 0, end, ISO_8859_1);
        int whole = end + 4 + contentLength(head);
        while (length < whole) {
            length += some(source.read(length), length);
        }
        return head;
    }

    private static int contentLength(String head) throws IOException {
        for (String line : head.toLowerCase(Locale.ROOT).split("\r\n", -1)) {
            if (line.startsWith("content-length:")) {
                return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        throw new IOException("a message without a length: " + head);
    }

    private int some(int read, int before) throws IOException {
        if (read <= 0) {
            throw new IOException("nothing follows " + new String(buffer, 0, before, UTF_8));
        }
        return read;
    }

    private int readAsProvider(int from) throws IOException {
        while (selector.select(PATIENCE_MILLIS) > 0) {
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isAcceptable()) {
                    SocketChannel accepted = listening.accept();
                    accepted.socket().setTcpNoDelay(true);
                    accepted.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                    continue;
                }
                SocketChannel channel = (SocketChannel) key.channel();
                int read = channel.read(ByteBuffer.wrap(buffer, from, buffer.length - from));
                if (read > 0) {
                    provider = channel;
                    selector.selectedKeys().clear();
                    return read;
                }
                channel.close();
            }
            selector.selectedKeys().clear();
        }
        throw new SocketTimeoutException("no request after " + PATIENCE_MILLIS + " ms");
    }

    private void writeAsProvider(byte[] bytes) throws IOException {
        if (provider == null) {
            throw new IOException("nobody has asked yet");
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            provider.write(rest);
        }
    }

    private Socket caller() throws IOException {
        if (caller == null) {
            throw new IOException("not connected yet");
        }
        return caller;
    }

    @Override
    public void close() throws IOException {
        if (caller != null) {
            caller.close();
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
