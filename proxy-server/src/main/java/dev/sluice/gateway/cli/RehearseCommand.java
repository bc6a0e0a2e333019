package dev.sluice.gateway.cli;

import dev.sluice.gateway.Gateway;
import dev.sluice.gateway.auth.InitialKey;
import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.ConfigSource;
import dev.sluice.gateway.config.Loaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;

/**
 * Serves for a few seconds, to itself, and ends: {@code sluice rehearse DIRECTORY}. The scripts run it while the JVM
 * records which classes and profiles a gateway needs, for the cache with which all later starts are faster. It stands in
 * no help, for nobody else has a use for it.
 *
 * <p>With {@code --prepare} it only makes what the directory has to hold, so that a start that follows is one as they
 * usually are: with programs that are unpacked and tables that are there. Thread: main.
 */
final class RehearseCommand implements Callable<Integer> {
    private static final Duration DATABASE_PATIENCE = Duration.ofSeconds(40);
    private static final Duration LOOK = Duration.ofMillis(20);

    /** As usual as can be: keys, limits of each kind, the provider that comes with the gateway, ports of the system's choice. */
    private static final String CONFIGURATION = """
            server: { listen: 127.0.0.1:0, threads: 1 }
            admin: { listen: 127.0.0.1:0 }
            data_dir: ./data
            limits:
              rules:
                - { name: rehearsal, per: key, requests: [10m/minute, 100m/day], tokens: 1000m/minute, cost: 1000/month, concurrent: 1000 }
            """;

    private final Path directory;
    private final boolean onlyPrepare;
    private final Main.Surroundings surroundings;

    private RehearseCommand(Path directory, boolean onlyPrepare, Main.Surroundings surroundings) {
        this.directory = directory;
        this.onlyPrepare = onlyPrepare;
        this.surroundings = surroundings;
    }

    /** The command as its arguments make it; null when they are not its own. */
    static @Nullable RehearseCommand plain(List<String> arguments, Main.Surroundings surroundings) {
        boolean prepare = arguments.size() == 3 && arguments.get(2).equals("--prepare");
        return (arguments.size() == 2 || prepare) && arguments.get(0).equals("rehearse")
                ? new RehearseCommand(
                        surroundings.workingDir().resolve(arguments.get(1)).normalize(), prepare, surroundings)
                : null;
    }

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException {
        Files.createDirectories(directory);
        Path file = directory.resolve("sluice.yaml");
        Files.writeString(file, CONFIGURATION);
        // Nothing of this environment belongs to a rehearsal: no keys of providers, no database.
        ConfigSource source = () -> ConfigLoader.load(file, Map.of(), directory);
        Loaded loaded = source.load();
        try (Gateway gateway = Gateway.start(loaded, source)) {
            ServeCommand.stopOnSignals(gateway, new CountDownLatch(1));
            ServeCommand.greet(loaded, surroundings.out());
            if (!awaitDatabase(gateway)) {
                surroundings.err().println("sluice: rehearsing without a database; it did not start");
            }
            if (!onlyPrepare) {
                String key = Files.readString(
                                InitialKey.textFile(loaded.config().dataDir()))
                        .strip();
                new Rehearsal(gateway.dataAddress(), gateway.adminAddress(), key).run();
            }
        }
        Gateway.flushLog();
        return ExitCode.OK;
    }

    private static boolean awaitDatabase(Gateway gateway) throws InterruptedException {
        for (long left = DATABASE_PATIENCE.toMillis(); left > 0; left -= LOOK.toMillis()) {
            if (gateway.hasDatabase()) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
        }
        return gateway.hasDatabase();
    }
}
