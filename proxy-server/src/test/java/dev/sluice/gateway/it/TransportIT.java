package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.gateway.Gateway;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gateway listens and reads with. */
final class TransportIT {
    private static final int CLIENTS = 24;
    private static final int EVENTS = 600;

    @TempDir
    Path dir;

    private static String stream() {
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < EVENTS; i++) {
            events.append("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                            + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"")
                    .append("word".repeat(40))
                    .append(i)
                    .append("\"},\"finish_reason\":null}]}\n\n");
        }
        return events + "data: [DONE]\n\n";
    }

    /** More than the buffers that a loop has given to the kernel hold: each has to come back to be used again. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void relaysEachByteOfManyStreamsAtOnce(String transport) throws Exception {
        assumeTrue(!transport.equals("epoll") || Epoll.isAvailable());
        // Containers often have no io_uring.
        assumeTrue(!transport.equals("io_uring") || IoUring.isAvailable());
        String events = stream();
        try (Rig rig = Rig.start(
                        Rig.STANDARD.replace("threads: 2,", "threads: 2, transport: " + transport + ","), Map.of());
                ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            String model = rig.model(Script.sse(events));
            List<Future<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < CLIENTS * 2; i++) {
                answers.add(clients.submit(() -> rig.answer(rig.keyed(Call.chat("{\"model\":\"" + model
                        + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}")))));
            }
            for (Future<Answer> answer : answers) {
                assertThat(answer.get().text()).isEqualTo(events);
            }
        }
    }

    private GatewayConfig config(int port, int threads) throws Exception {
        Path home = Files.createTempDirectory(dir, "gateway");
        Path file = Files.writeString(home.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:%d", threads: %d, drain: 1s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                auth: { mode: none }
                database: { url: "postgres://nobody:nothing@127.0.0.1:1/none" }
                """.formatted(port, threads));
        return ConfigLoader.load(file, Map.of(), home).config();
    }

    @Test
    void eachEventLoopAcceptsForItself() throws Exception {
        assumeTrue(Epoll.isAvailable());
        try (Gateway gateway = Gateway.start(config(0, 3))) {
            int port = gateway.dataAddress().getPort();

            assertThat(listening(port)).isEqualTo(3);
            // Whichever socket the system picks: all of them answer.
            for (int i = 0; i < 40; i++) {
                assertThat(RawClient.call(gateway.dataAddress(), Call.get("/healthz"))
                                .status())
                        .isEqualTo(200);
            }
        }
    }

    /** Sockets that share an address would let it in, and give it half of the connections. */
    @Test
    void aSecondGatewayIsToldThatTheAddressIsTaken() throws Exception {
        try (Gateway gateway = Gateway.start(config(0, 2))) {
            int port = gateway.dataAddress().getPort();

            assertThatThrownBy(() -> Gateway.start(config(port, 2)))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("cannot listen on 127.0.0.1:" + port + ": ");
            assertThat(RawClient.call(gateway.dataAddress(), Call.get("/healthz"))
                            .status())
                    .isEqualTo(200);
        }
    }

    /** Sockets that listen on a port of 127.0.0.1, by the kernel's tables: 0A is the state of listening. */
    private static long listening(int port) throws IOException {
        Pattern socket = Pattern.compile(String.format(Locale.ROOT, ".*0100007F:%04X [0-9A-F]+:0000 0A .*", port));
        long count = 0;
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            count += Files.readAllLines(Path.of(table)).stream()
                    .filter(line -> socket.matcher(line).matches())
                    .count();
        }
        return count;
    }
}
