package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The gateway as operators run it: a process of its own, with a small heap, that can be killed. Where it listens is read
 * from its log. It does not outlive the tests' own process.
 */
final class GatewayProcess implements AutoCloseable {
    private static final int SIGKILLED = 128 + 9;
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final String STARTED = "gateway started";

    private final Path log;
    private final Process process;
    private final Thread reaper;

    private GatewayProcess(Path log, Process process) {
        this.log = log;
        this.process = process;
        this.reaper = new Thread(process::destroyForcibly, "gateway-reaper");
        Runtime.getRuntime().addShutdownHook(reaper);
    }

    /** Starts it and does not wait: {@link #awaitStarted} does. Its output goes to {@code log}. */
    static GatewayProcess spawn(Path config, Path log, int heapMegabytes) throws IOException {
        return spawn(config, log, heapMegabytes, Map.of("SLUICE_ACCESS_LOG", "off"));
    }

    /** The same with further variables in its environment. */
    static GatewayProcess spawn(Path config, Path log, int heapMegabytes, Map<String, String> environment)
            throws IOException {
        List<String> flags = new ArrayList<>(List.of(
                "-XX:+UseSerialGC",
                "-Xmx" + heapMegabytes + "m",
                "-XX:MaxDirectMemorySize=64m",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Dio.netty.leakDetection.level=disabled",
                "-Dio.netty.allocator.maxOrder=3",
                "--enable-native-access=ALL-UNNAMED"));
        if (Runtime.version().feature() >= 24) {
            flags.add("--sun-misc-unsafe-memory-access=allow");
        }
        return spawn(config, log, flags, environment);
    }

    /** The same with other flags for its JVM. */
    static GatewayProcess spawn(Path config, Path log, List<String> flags, Map<String, String> environment)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sluice.gateway.cli.Main",
                "serve",
                "--config",
                config.toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.redirectInput(new File("/dev/null"));
        builder.environment().putAll(environment);
        return new GatewayProcess(log, builder.start());
    }

    /** Waits until it accepts requests. */
    GatewayProcess awaitStarted() {
        await("the gateway has started: " + log)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .failFast("it lives", this::assertAlive)
                .until(() -> text().contains(STARTED));
        return this;
    }

    InetSocketAddress address() {
        return logged("data");
    }

    InetSocketAddress adminAddress() {
        return logged("admin");
    }

    private InetSocketAddress logged(String name) {
        String line =
                text().lines().filter(any -> any.contains(STARTED)).findFirst().orElseThrow();
        Matcher port = Pattern.compile("\"" + name + "\":\"[^\"]*:(\\d+)\"").matcher(line);
        assertThat(port.find()).as("a port of '%s' in %s", name, line).isTrue();
        return new InetSocketAddress("127.0.0.1", Integer.parseInt(port.group(1)));
    }

    /**
     * {@code kill -9}.
     *
     * @return the {@link System#nanoTime} just before
     */
    long kill() throws InterruptedException {
        long moment = System.nanoTime();
        process.toHandle().destroyForcibly();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("it is gone").isTrue();
        assertThat(process.exitValue()).as("ended by SIGKILL").isEqualTo(SIGKILLED);
        return moment;
    }

    /** An orderly stop, as a service manager asks for it. */
    void stop() throws InterruptedException {
        terminate();
        assertThat(awaitExit(Duration.ofSeconds(30))).as("exit code").isZero();
    }

    /** SIGTERM; does not wait. */
    void terminate() {
        process.destroy();
    }

    /** Sends a signal by its name without {@code SIG}. */
    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor()).as("exit code of kill").isZero();
    }

    /** Files and sockets that it has open; for Linux. */
    long openFiles() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            return open.count();
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until it has ended by itself; returns its exit code. */
    int awaitExit(Duration atMost) throws InterruptedException {
        assertThat(process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS))
                .as("it is gone; its log ends with\n%s", tail())
                .isTrue();
        return process.exitValue();
    }

    private void assertAlive() {
        if (!process.isAlive()) {
            throw new AssertionError("the gateway ended with " + process.exitValue() + ":\n" + tail());
        }
    }

    /** A figure of {@code /metrics}, by the name and labels it is printed with. */
    double metric(String name) throws IOException {
        return Scrape.figure(adminAddress(), name);
    }

    /** Bytes of the heap that are in use right after a full collection. */
    long liveHeapBytes() throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        String.valueOf(process.pid()),
                        "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(jcmd.waitFor()).as("exit code of jcmd GC.run").isZero();
        return (long) metric("jvm_memory_bytes_used{area=\"heap\",}");
    }

    /** All it has said so far. */
    String text() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String tail() {
        String text = text();
        return text.substring(Math.max(0, text.length() - 4_000));
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
        Runtime.getRuntime().removeShutdownHook(reaper);
    }
}
