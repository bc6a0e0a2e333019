package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The JDK's own WebSocket client, which keeps what it hears. */
final class SocketClient implements WebSocket.Listener, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final StringBuilder parts = new StringBuilder();
    private final boolean reads;
    private volatile int closeCode = -1;
    private volatile @Nullable Throwable error;
    private final WebSocket socket;

    /** @param reads whether messages are asked for as they come; else by {@link #request} */
    SocketClient(InetSocketAddress address, String path, boolean reads, String... headers) throws Exception {
        this.reads = reads;
        WebSocket.Builder builder = http.newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        socket = builder.buildAsync(URI.create("ws://localhost:" + address.getPort() + path), this)
                .get(20, TimeUnit.SECONDS);
    }

    static SocketClient open(Rig rig, String path, String requestId) throws Exception {
        return new SocketClient(
                rig.address(), path, true, "authorization", "Bearer " + rig.key(), "x-request-id", requestId);
    }

    SocketClient send(String text) throws Exception {
        socket.sendText(text, true).get(20, TimeUnit.SECONDS);
        return this;
    }

    SocketClient sendBytes(String latin1) throws Exception {
        socket.sendBinary(ByteBuffer.wrap(latin1.getBytes(ISO_8859_1)), true).get(20, TimeUnit.SECONDS);
        return this;
    }

    void request(long count) {
        socket.request(count);
    }

    List<String> messages() {
        return messages;
    }

    /** Waits for a message. */
    String awaitMessage(Predicate<String> wanted) {
        return Awaitility.await("a message")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> messages.stream().filter(wanted).findFirst().orElse(""), found -> !found.isEmpty());
    }

    String awaitContaining(String part) {
        return awaitMessage(message -> message.contains(part));
    }

    /** The code that the connection was closed with; 1006 when it broke off. */
    int awaitClosed() {
        Awaitility.await("the end")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> closeCode >= 0);
        return closeCode;
    }

    void close(int code) throws Exception {
        socket.sendClose(code, "").get(20, TimeUnit.SECONDS);
    }

    /** Breaks off. */
    void abort() {
        socket.abort();
    }

    @Override
    public void onOpen(WebSocket opened) {
        if (reads) {
            opened.request(Long.MAX_VALUE);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        parts.append(data);
        if (last) {
            messages.add(parts.toString());
            parts.setLength(0);
        }
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        messages.add(ISO_8859_1.decode(data).toString());
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closeCode = code;
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable cause) {
        error = cause;
        closeCode = 1006;
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
    }

    @Override
    public String toString() {
        return messages.size() + " messages, closed with " + closeCode + ", " + error;
    }
}
