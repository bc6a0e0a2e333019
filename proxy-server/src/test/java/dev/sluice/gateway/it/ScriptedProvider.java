package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * A provider on a loopback port that does what scripts say and keeps every request. A script is chosen by the model that
 * the request names, so tests do not get into each other's way. HTTP/1.1 by hand on sockets, with a virtual thread for
 * each connection; {@link Http2Provider} is its HTTP/2 twin.
 */
final class ScriptedProvider implements AutoCloseable {
    private final ServerSocket server;
    private final boolean tls;
    private final Scripts scripts = new Scripts();
    private final Answering answering;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();

    /** Decides what is played to a request, as soon as it has been read. */
    @FunctionalInterface
    interface Answering {
        Script scriptFor(ReceivedRequest request);
    }

    /** @param answering null: what {@link #scripts} say */
    private ScriptedProvider(ServerSocket server, boolean tls, @Nullable Answering answering) {
        this.server = server;
        this.tls = tls;
        this.answering = answering == null ? scripts::scriptFor : answering;
        Thread.ofVirtual().name("scripted-provider").start(this::accept);
    }

    static ScriptedProvider start() throws IOException {
        return new ScriptedProvider(plain(), false, null);
    }

    /** One that asks {@code answering} instead of its scripts and keeps no request. */
    static ScriptedProvider start(Answering answering) throws IOException {
        return new ScriptedProvider(plain(), false, answering);
    }

    private static ServerSocket plain() throws IOException {
        return new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    }

    /** Behind TLS, offering {@code protocols} through ALPN; none offered: no ALPN at all. */
    static ScriptedProvider startTls(SSLContext context, String... protocols) throws IOException {
        SSLServerSocket server = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        SSLParameters parameters = server.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        server.setSSLParameters(parameters);
        return new ScriptedProvider(server, true, null);
    }

    Scripts scripts() {
        return scripts;
    }

    int port() {
        return server.getLocalPort();
    }

    URI baseUrl() {
        return URI.create((tls ? "https" : "http") + "://localhost:" + port() + "/v1");
    }

    int acceptedConnections() {
        return accepted.get();
    }

    int openConnections() {
        return open.size();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                accepted.incrementAndGet();
                open.add(socket);
                Thread.ofVirtual().name("scripted-connection").start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 65536);
            Http1Wire wire;
            do {
                ReceivedRequest request = read(in);
                if (request == null) {
                    return;
                }
                wire = new Http1Wire(socket, in, request);
                answering.scriptFor(request).play(wire);
            } while (wire.reusable() && !socket.isClosed());
        } catch (IOException gone) {
            // The gateway went away in the middle of a script: what many tests are about.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(socket);
        }
    }

    private static @Nullable ReceivedRequest read(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int read = in.read();
            if (read < 0) {
                return null;
            }
            head.append((char) read);
        }
        Fields fields = Fields.parse(head.toString());
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String length = fields.first("content-length");
        if (length != null) {
            body.write(in.readNBytes(Integer.parseInt(length)));
        } else if (fields.has("transfer-encoding", "chunked")) {
            ChunkedInput chunks = new ChunkedInput(in);
            chunks.transferTo(body);
            if (!chunks.complete()) {
                return null;
            }
        }
        return new ReceivedRequest(head.toString(), body.toByteArray(), "HTTP/1.1");
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    /** Which model is answered by which script, and what has been asked. Thread: any. */
    static final class Scripts {
        private final ConcurrentHashMap<String, Script> byModel = new ConcurrentHashMap<>();
        private final List<ReceivedRequest> requests = new java.util.concurrent.CopyOnWriteArrayList<>();
        private final AtomicInteger names = new AtomicInteger();

        /** Answers a model of its own with {@code script}; returns that model's name at this provider. */
        String add(Script script) {
            return addAs("", script);
        }

        /** The same under a name that begins with {@code prefix}. */
        String addAs(String prefix, Script script) {
            String model = prefix + "model-" + names.incrementAndGet();
            byModel.put(model, script);
            return model;
        }

        void put(String model, Script script) {
            byModel.put(model, script);
        }

        Script scriptFor(ReceivedRequest request) {
            requests.add(request);
            return byModel.getOrDefault(
                    request.model(),
                    Script.json(
                            404,
                            "{\"error\":{\"message\":\"no script\",\"type\":\"x\",\"param\":null,\"code\":null}}"));
        }

        List<ReceivedRequest> requests() {
            return List.copyOf(requests);
        }

        List<ReceivedRequest> requests(String model) {
            return requests.stream()
                    .filter(request -> request.model().equals(model))
                    .toList();
        }

        /** The only request for {@code model}, when it has come. */
        ReceivedRequest only(String model) {
            return requireNonNull(await().atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> requests(model), found -> found.size() == 1)
                    .getFirst());
        }

        /** All that any request carried, one char a byte: to look for what must not be there. */
        String everything() {
            StringBuilder all = new StringBuilder();
            for (ReceivedRequest request : requests) {
                all.append(request.head()).append(new String(request.body(), ISO_8859_1));
            }
            return all.toString();
        }

        void forget() {
            requests.clear();
        }
    }
}
