package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.gateway.Gateway;
import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import io.netty.channel.uring.IoUring;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One gateway after the other takes over the address while new connections come in all the time, {@code
 * -Dsluice.handover.rounds=10} for more of them. Nobody may be refused or reset.
 */
final class HandoverIT {
    private static final int ROUNDS = Integer.getInteger("sluice.handover.rounds", 3);
    private static final int PER_SECOND = 500;

    @TempDir
    Path dir;

    private int gateways;

    private Gateway start(String transport, int port) throws IOException, ConfigException {
        gateways++;
        Path home = Files.createDirectory(dir.resolve("gateway-" + gateways));
        Path file = Files.writeString(home.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:%d", transport: %s, reuse_port: true, drain: 20s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                auth: { mode: none }
                database: { url: "postgres://nobody:nothing@127.0.0.1:1/none" }
                """.formatted(port, transport));
        return Gateway.start(ConfigLoader.load(file, Map.of(), home).config());
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring"})
    void noConnectionIsLostWhenTheAddressIsHandedOver(String transport) throws Exception {
        // Containers often have no io_uring.
        assumeTrue(transport.equals("epoll") || IoUring.isAvailable());
        Gateway serving = start(transport, 0);
        InetSocketAddress address = serving.dataAddress();
        try (Visitors visitors = new Visitors(address)) {
            for (int round = 0; round < ROUNDS; round++) {
                Gateway next = start(transport, address.getPort());
                serving.close();
                serving = next;
            }
            visitors.awaitLast();
            System.out.println(transport + ", " + ROUNDS + " rounds: " + visitors);
            assertThat(visitors.failures).isEmpty();
            assertThat(visitors.served.get()).isGreaterThan(100 * ROUNDS);
        } finally {
            serving.close();
        }
    }

    @Test
    void withoutTheOptionTheAddressIsTaken() throws Exception {
        try (Gateway first = start("epoll", 0)) {
            Path file = Files.writeString(
                    dir.resolve("alone.yaml"), """
                    server: { listen: "127.0.0.1:%d" }
                    admin: { listen: "127.0.0.1:0" }
                    auth: { mode: none }
                    database: { url: "postgres://nobody:nothing@127.0.0.1:1/none" }
                    """.formatted(first.dataAddress().getPort()));

            assertThatThrownBy(() ->
                            Gateway.start(ConfigLoader.load(file, Map.of(), dir).config()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1");
        }
    }

    /** Callers who each come with a connection of their own, at a steady rate, whatever becomes of the others. */
    private static final class Visitors implements AutoCloseable {
        private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
        private final AtomicInteger served = new AtomicInteger();
        private final AtomicInteger cameAgain = new AtomicInteger();
        private final Queue<String> failures = new ConcurrentLinkedQueue<>();
        private final InetSocketAddress address;

        Visitors(InetSocketAddress address) {
            this.address = address;
            clock.scheduleAtFixedRate(
                    () -> callers.execute(this::visit), 0, 1_000_000 / PER_SECOND, TimeUnit.MICROSECONDS);
        }

        private void visit() {
            long began = System.nanoTime();
            try {
                int status = RawClient.call(address, Call.get("/healthz")).status();
                if (status == 200) {
                    served.incrementAndGet();
                } else {
                    failures.add("status " + status);
                }
            } catch (IOException e) {
                failures.add(e + " after " + (System.nanoTime() - began) / 1_000 + " us");
            }
            if (System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(950)) {
                cameAgain.incrementAndGet();
            }
        }

        /** No more of them; waits for those who are there. */
        void awaitLast() {
            clock.close();
            callers.close();
        }

        @Override
        public void close() {
            awaitLast();
        }

        @Override
        public String toString() {
            return served + " served, " + cameAgain + " of them after a second, " + failures.size() + " lost "
                    + List.copyOf(failures);
        }
    }
}
