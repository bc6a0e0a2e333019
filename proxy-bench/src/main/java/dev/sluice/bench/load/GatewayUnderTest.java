package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Sluice as operators start it, by {@code scripts/sluice serve}, with everything on: keys, a route, five limits, metering
 * into its embedded PostgreSQL, the access log, metrics. Thread: one.
 */
final class GatewayUnderTest implements AutoCloseable {
    private static final String WHAT =
            "`server.threads: 1`, flags of `scripts/lib/jvm.sh`; authenticates the key, routes, holds five limits, counts"
                    + " tokens, writes a row for each request into its embedded PostgreSQL, keeps metrics and the access"
                    + " log";
    private static final String LOG = "sluice.log";
    private static final int START_SECONDS = 240;
    private static final int METRICS_MILLIS = 10_000;
    private static final Pattern ADDRESS = Pattern.compile("\"(data|admin)\":\"[^\"]*:(\\d+)\"");

    private final Child child;
    private final Target target;
    private final URI metrics;

    private GatewayUnderTest(Child child, Target target, URI metrics) {
        this.child = child;
        this.target = target;
        this.metrics = metrics;
    }

    /**
     * @param home emptied first; keeps the configuration, the data and the log
     * @param root of the repository
     * @param javaOptions for its JVM, besides those of {@code scripts/lib/jvm.sh}
     */
    static GatewayUnderTest start(Path home, Path root, int providerPort, String javaOptions)
            throws IOException, InterruptedException {
        deleteTree(home);
        Files.createDirectories(home);
        Path configuration = Files.writeString(home.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:0", threads: 1, drain: 2s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                data_dir: "%s/data"
                providers:
                  bench: { dialect: openai, base_url: "http://127.0.0.1:%d/v1", api_key: sk-bench, allow_private: true }
                models:
                  "bench-*": "bench/*"
                limits:
                  rules:
                    - { name: standard, per: key, requests: [100m/minute, 100000m/day], tokens: 100000m/minute,
                        cost: 1000000/month, concurrent: 100000 }
                """.formatted(home, providerPort));
        // The first start unpacks the database and ends: that is not what is measured.
        try (Child first = launch(home, root, configuration, "")) {
            await(first, home);
        }
        Files.delete(home.resolve(LOG));
        Child child = launch(home, root, configuration, javaOptions);
        try {
            return await(child, home);
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.close();
            throw e;
        }
    }

    private static Child launch(Path home, Path root, Path configuration, String javaOptions) throws IOException {
        return Child.start(
                "sluice",
                home,
                javaOptions.isEmpty() ? Map.of() : Map.of("JDK_JAVA_OPTIONS", javaOptions),
                List.of(root.resolve("scripts/sluice").toString(), "serve", "--config", configuration.toString()));
    }

    private static GatewayUnderTest await(Child child, Path home) throws IOException, InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        Path log = home.resolve(LOG);
        Path key = home.resolve("data/initial-key");
        int data = 0;
        int admin = 0;
        while (data == 0 || admin == 0 || !Files.exists(key)) {
            child.assertAlive();
            assertInTime(until, "not started", child);
            TimeUnit.MILLISECONDS.sleep(50);
            for (String line : Files.readAllLines(log, UTF_8)) {
                Matcher address = ADDRESS.matcher(line.contains("gateway started") ? line : "");
                while (address.find()) {
                    int port = Integer.parseInt(address.group(2));
                    data = address.group(1).equals("data") ? port : data;
                    admin = address.group(1).equals("admin") ? port : admin;
                }
            }
        }
        List<String> headers =
                List.of("authorization: Bearer " + Files.readString(key, UTF_8).strip());
        URI chat = URI.create("http://127.0.0.1:" + data + "/v1/chat/completions");
        Target target = new Target("Sluice", chat, headers, child, WHAT);
        Answering.await(target, child, START_SECONDS);
        URI metrics = URI.create("http://127.0.0.1:" + admin + "/metrics");
        // The database comes up after the gateway: the calls above are stored only then.
        while (metric(metrics, "sluice_usage_rows_written_total") < 1) {
            child.assertAlive();
            assertInTime(until, "no row stored", child);
            TimeUnit.MILLISECONDS.sleep(200);
        }
        List<String> postmaster = Files.readAllLines(home.resolve("data/postgres/postmaster.pid"), UTF_8);
        ProcessHandle database = ProcessHandle.of(
                        Long.parseLong(postmaster.getFirst().strip()))
                .orElseThrow(() -> new IOException("the database has ended"));
        return new GatewayUnderTest(child, new Target("Sluice", chat, headers, child, WHAT, "", database), metrics);
    }

    private static void assertInTime(long untilNanos, String complaint, Child child) throws IOException {
        if (System.nanoTime() - untilNanos > 0) {
            throw new IOException(complaint + " after " + START_SECONDS + " s; it said last:\n" + child.tail());
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    Target target() {
        return target;
    }

    long pid() {
        return child.pid();
    }

    /** The sum of a metric over its labels; 0 when there is none. */
    double metric(String name) throws IOException {
        return metric(metrics, name);
    }

    private static double metric(URI metrics, String name) throws IOException {
        URLConnection connection = metrics.toURL().openConnection();
        connection.setReadTimeout(METRICS_MILLIS);
        try (InputStream answer = connection.getInputStream()) {
            return new String(answer.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        }
    }

    /** Waits until all that was used is in the database; returns how long that took. */
    Duration awaitStored(Duration atMost) throws IOException, InterruptedException {
        long began = System.nanoTime();
        while (metric("sluice_usage_queued") > 0 && System.nanoTime() - began < atMost.toNanos()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @Override
    public void close() {
        child.close();
        ProcessHandle database = target.database();
        if (database != null) {
            // Ended by the gateway, unless that was killed.
            database.destroy();
        }
    }
}
