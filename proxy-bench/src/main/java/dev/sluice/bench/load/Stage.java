package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The provider and the load client, each a process of its own on the JVM of the harness, and what one measurement with
 * them is. Thread: one.
 */
final class Stage implements AutoCloseable {
    private static final int HEAP_MEGABYTES = 256;

    private final Child provider;
    private final Child client;
    private final int providerPort;
    private final BufferedReader heard;
    private final PrintStream orders;

    Stage(Path directory) throws IOException {
        provider = Child.talking("provider", directory, java(ProviderServer.class));
        try {
            String port =
                    new BufferedReader(new InputStreamReader(provider.process().getInputStream(), UTF_8)).readLine();
            if (port == null) {
                throw new IOException("the provider does not start; it said last:\n" + provider.tail());
            }
            providerPort = Integer.parseInt(port.substring(port.indexOf(' ') + 1));
            client = Child.talking("client", directory, java(LoadClient.class));
        } catch (IOException | RuntimeException e) {
            provider.close();
            throw e;
        }
        heard = new BufferedReader(new InputStreamReader(client.process().getInputStream(), UTF_8));
        orders = new PrintStream(client.process().getOutputStream(), /* autoFlush= */ true, UTF_8);
    }

    private static List<String> java(Class<?> main) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // All of the heap is young and touched ahead: what they allocate must not show as a pause.
                "-XX:+UseSerialGC",
                "-Xms" + HEAP_MEGABYTES + "m",
                "-Xmx" + HEAP_MEGABYTES + "m",
                "-Xmn" + HEAP_MEGABYTES * 3 / 4 + "m",
                "-XX:+AlwaysPreTouch",
                "-Dio.netty.leakDetection.level=disabled",
                "-Dio.netty.allocator.type=pooled",
                "--enable-native-access=ALL-UNNAMED"));
        if (Runtime.version().feature() >= 24) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return command;
    }

    int providerPort() {
        return providerPort;
    }

    /** Something more to be read when counting begins and when it ends. */
    interface Probe {
        Probe NONE = (measured, before) -> {};

        /** @param before whether counting begins; it ends otherwise */
        void read(Measured measured, boolean before) throws IOException;
    }

    /** Carries out an order and measures what the target used while it was counted. */
    Measured measure(Target target, LoadOrder order, Probe probe) throws IOException {
        Measured probed = Measured.parse("", null);
        orders.println(order.against(target).line());
        awaitWindow();
        Sample before = Sample.now(target, provider, client);
        probe.read(probed, /* before= */ true);
        awaitWindow();
        Sample after = Sample.now(target, provider, client);
        probe.read(probed, /* before= */ false);
        String line = heard();
        String flaw = null;
        if (line.startsWith("flaw ")) {
            flaw = line.substring("flaw ".length());
            line = heard();
        }
        Measured measured = Measured.parse(line, flaw);
        after.since(before, measured);
        measured.figures().putAll(probed.figures());
        return measured;
    }

    private void awaitWindow() throws IOException {
        String line = heard();
        if (!line.equals("window")) {
            throw new IOException("the load client says '" + line + "' where 'window' was due");
        }
    }

    private String heard() throws IOException {
        String line = heard.readLine();
        if (line == null) {
            throw new IOException("the load client has ended; it said last:\n" + client.tail());
        }
        return line;
    }

    @Override
    public void close() {
        orders.close();
        client.close();
        provider.close();
    }

    private record Sample(
            long nanos,
            MachineTime machine,
            @Nullable ProcessTree target,
            ProcessTree database,
            ProcessTree provider,
            ProcessTree client) {
        static Sample now(Target target, Child provider, Child client) throws IOException {
            Child process = target.process();
            if (process != null) {
                process.assertAlive();
            }
            return new Sample(
                    System.nanoTime(),
                    MachineTime.now(),
                    process == null ? null : ProcessTree.of(process.process().toHandle()),
                    target.database() == null ? ProcessTree.NOTHING : ProcessTree.of(target.database()),
                    ProcessTree.of(provider.process().toHandle()),
                    ProcessTree.of(client.process().toHandle()));
        }

        void since(Sample before, Measured measured) {
            double elapsed = nanos - before.nanos;
            long ours = provider.cpuNanos() - before.provider.cpuNanos() + client.cpuNanos() - before.client.cpuNanos();
            measured.put("provider_share", (provider.cpuNanos() - before.provider.cpuNanos()) / elapsed);
            measured.put("client_share", (client.cpuNanos() - before.client.cpuNanos()) / elapsed);
            if (target != null && before.target != null) {
                long cpu = target.cpuNanos() - before.target.cpuNanos();
                long stored = database.databaseNanos() - before.database.databaseNanos();
                ours += cpu + stored;
                measured.put("cpu_ns", cpu);
                measured.put("database_ns", stored);
                measured.put("cpu_share", cpu / elapsed);
                measured.put("rss_kib", target.rssKib());
                measured.put("pss_kib", target.pssKib());
            }
            measured.put(
                    "others_share", Math.max(0, machine.busyNanos() - before.machine.busyNanos() - ours) / elapsed);
            measured.put("steal_share", (machine.stolenNanos() - before.machine.stolenNanos()) / elapsed);
        }
    }
}
