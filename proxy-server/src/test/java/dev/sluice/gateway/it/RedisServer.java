package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/** A Redis of a test's own: a process on a free port that keeps nothing, and can be killed, frozen and started again. */
public final class RedisServer implements AutoCloseable {
    private static final byte[] PING = "PING\r\n".getBytes(US_ASCII);

    private final int port;
    private final Path directory;
    private final List<String> options;
    private Process process;

    public RedisServer(String... options) throws IOException {
        this.options = List.of(options);
        directory = Files.createTempDirectory("sluice-it-redis");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        process = begin();
    }

    public int port() {
        return port;
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** As {@code kill -9} does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    /** On the same port, and with nothing in it. Returns when it answers. */
    public void restart() throws IOException {
        process = begin();
    }

    /** It stands still: connections stay, new ones are accepted by the system, nothing is answered. */
    public void freeze() throws IOException, InterruptedException {
        signal("-STOP");
    }

    public void thaw() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, String.valueOf(process.pid()))
                .start()
                .waitFor(10, TimeUnit.SECONDS);
    }

    private Process begin() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Program.FILE.getPath(),
                "--port",
                String.valueOf(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                directory.toString()));
        command.addAll(options);
        Process begun = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        await("Redis answers")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .until(this::answers);
        return begun;
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write(PING);
            // "+PONG", or "-NOAUTH": it is there.
            return socket.getInputStream().read() > 0;
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            thaw();
            kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        @Nullable File[] left = directory.toFile().listFiles();
        for (File file : left == null ? new File[0] : left) {
            Files.deleteIfExists(file.toPath());
        }
        Files.deleteIfExists(directory);
    }

    /** Unpacked once for a run. */
    private static final class Program {
        private static final File FILE = unpack();

        private static File unpack() {
            try {
                Path directory = Files.createTempDirectory("sluice-it-redis-program");
                directory.toFile().deleteOnExit();
                File file = ExecutableProvider.newJarResourceProvider(directory.toFile())
                        .get();
                file.deleteOnExit();
                return file;
            } catch (IOException e) {
                throw new IllegalStateException("Redis cannot be unpacked", e);
            }
        }
    }
}
