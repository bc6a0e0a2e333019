package dev.sluice.gateway.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.gateway.config.GatewayConfig;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The traffic of a rehearsal: what most clients ask for, often enough for the JVM to know which methods matter. Speaks
 * HTTP over plain sockets, since each class of a client would be in the cache too. Thread: main, and some of its own.
 */
final class Rehearsal {
    private static final int CLIENTS = 32;
    private static final int ROUNDS = 3;
    private static final int ANSWERS_A_ROUND = 40;
    private static final int READ_TIMEOUT_MILLIS = 20_000;

    private static final String QUESTION =
            "\"messages\":[{\"role\":\"system\",\"content\":\"You are helpful.\"},{\"role\":\"user\",\"content\":\"Hello, who are you?\"}]";

    private final InetSocketAddress data;
    private final InetSocketAddress admin;
    private final String key;

    Rehearsal(InetSocketAddress data, InetSocketAddress admin, String key) {
        this.data = data;
        this.admin = admin;
        this.key = key;
    }

    /** @throws IOException when a request is not answered as it should be */
    void run() throws IOException, InterruptedException {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                running.add(clients.submit(() -> {
                    client();
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IOException("the rehearsal failed: " + cause.getMessage(), cause);
        }
        try (Socket socket = connect(admin)) {
            exchange(socket, request("GET", "/metrics", null, ""), 200);
            exchange(socket, request("GET", "/healthz", null, ""), 200);
        }
    }

    private void client() throws IOException {
        String model = "{\"model\":\"" + GatewayConfig.DEMO_PROVIDER + "\",";
        String whole = chat(model + QUESTION + "}");
        String streamed = chat(model + "\"stream\":true,\"max_tokens\":12," + QUESTION + "}");
        String counted = chat(model + "\"stream\":true,\"stream_options\":{\"include_usage\":true},\"max_tokens\":12,"
                + QUESTION + "}");
        String messages =
                request("POST", "/v1/messages", key, model + "\"stream\":true,\"max_tokens\":12," + QUESTION + "}");
        for (int round = 0; round < ROUNDS; round++) {
            // A connection of its own for each round: accepting and closing are part of the play.
            try (Socket socket = connect(data)) {
                for (int i = 0; i < ANSWERS_A_ROUND; i++) {
                    exchange(socket, whole, 200);
                }
                exchange(socket, streamed, 200);
                exchange(socket, round % 2 == 0 ? counted : messages, 200);
                exchange(socket, request("GET", "/v1/models", key, ""), 200);
                exchange(socket, request("POST", "/v1/chat/completions", "sk-nobody", model + QUESTION + "}"), 401);
            }
        }
    }

    private String chat(String body) {
        return request("POST", "/v1/chat/completions", key, body);
    }

    private static String request(String method, String path, @Nullable String key, String body) {
        return method + " " + path + " HTTP/1.1\r\nhost: localhost\r\nuser-agent: rehearsal\r\naccept: */*\r\n"
                + (key == null ? "" : "authorization: Bearer " + key + "\r\n")
                + "content-type: application/json\r\ncontent-length: " + body.length() + "\r\n\r\n" + body;
    }

    private static Socket connect(InetSocketAddress to) throws IOException {
        Socket socket = new Socket(to.getAddress(), to.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(READ_TIMEOUT_MILLIS);
        return socket;
    }

    private static void exchange(Socket socket, String request, int expected) throws IOException {
        socket.getOutputStream().write(request.getBytes(ISO_8859_1));
        InputStream in = socket.getInputStream();
        String head = until(in, "\r\n\r\n");
        int status = Integer.parseInt(head.substring(9, 12));
        if (status != expected) {
            throw new IOException(request.lines().findFirst().orElseThrow() + " was answered with " + status
                    + ", not with " + expected);
        }
        String length = header(head, "content-length: ");
        if (length == null) {
            for (int chunk = -1; chunk != 0; ) {
                chunk = Integer.parseInt(until(in, "\r\n").strip(), 16);
                in.skipNBytes(chunk + 2L);
            }
        } else {
            in.skipNBytes(Long.parseLong(length));
        }
    }

    private static @Nullable String header(String head, String name) {
        for (String line : head.split("\r\n", -1)) {
            if (line.regionMatches(/* ignoreCase= */ true, 0, name, 0, name.length())) {
                return line.substring(name.length()).strip();
            }
        }
        return null;
    }

    /** Reads up to and with {@code end}. */
    private static String until(InputStream in, String end) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < end.length()) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the connection was closed within an answer");
            }
            read.write(next);
            matched = next == end.charAt(matched) ? matched + 1 : next == end.charAt(0) ? 1 : 0;
        }
        return read.toString(ISO_8859_1);
    }
}
