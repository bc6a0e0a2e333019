package dev.sluice.gateway.cli;

import dev.sluice.gateway.Gateway;
import dev.sluice.gateway.auth.InitialKey;
import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.ConfigSource;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.GatewayConfig.Address;
import dev.sluice.gateway.config.Loaded;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/** Starts the gateway and stays until it is told to stop. */
@Command(
        name = "serve",
        description = "Start the gateway.",
        footer = "Without --config: SLUICE_CONFIG, else ./sluice.yaml, else the environment alone.")
final class ServeCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration file.")
    private @Nullable Path file;

    ServeCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** The command as its arguments make it, when they need nobody to be understood; null: the library has to read them. */
    static @Nullable ServeCommand plain(List<String> arguments, Main.Surroundings surroundings) {
        if (arguments.size() == 1 && arguments.get(0).equals("serve")) {
            return new ServeCommand(surroundings);
        }
        if (arguments.size() == 3
                && arguments.get(0).equals("serve")
                && arguments.get(1).equals("--config")
                && !arguments.get(2).startsWith("-")) {
            ServeCommand command = new ServeCommand(surroundings);
            command.file = Path.of(arguments.get(2));
            return command;
        }
        return null;
    }

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException {
        ConfigSource source = () -> ConfigLoader.load(file, surroundings.environment(), surroundings.workingDir());
        Loaded loaded = source.load();
        CheckCommand.printNotices(loaded, surroundings.err());
        AtomicReference<@Nullable Gateway> running = new AtomicReference<>();
        reloadOnHangUp(running);
        try (Gateway gateway = Gateway.start(loaded, source)) {
            running.set(gateway);
            CountDownLatch told = new CountDownLatch(1);
            stopOnSignals(gateway, told);
            greet(loaded, surroundings.out());
            told.await();
        }
        Gateway.flushLog();
        return ExitCode.OK;
    }

    /**
     * From before the start on, since the JVM would end by this signal. While there is no gateway yet there is nothing to
     * reload; that the file has changed meanwhile is seen by whoever watches it.
     */
    private static void reloadOnHangUp(AtomicReference<@Nullable Gateway> running) {
        Signals.on("HUP", () -> {
            Gateway gateway = running.get();
            if (gateway != null) {
                gateway.reload("SIGHUP");
            }
        });
    }

    /**
     * The first SIGTERM or SIGINT begins the end, the second one does not let it wait. The gateway is closed by the main
     * thread, not by a hook of the JVM's: hooks run beside each other, and each would take away what others still need.
     */
    static void stopOnSignals(Gateway gateway, CountDownLatch told) {
        AtomicBoolean again = new AtomicBoolean();
        for (String signal : List.of("TERM", "INT")) {
            Signals.on(signal, () -> {
                if (again.getAndSet(true)) {
                    gateway.hurry();
                }
                told.countDown();
            });
        }
        // For a JVM that ends for another reason; after the usual end there is nothing left to be closed.
        Runtime.getRuntime().addShutdownHook(new Thread(gateway::close, "sluice-shutdown"));
    }

    /** Where the gateway listens, and a first call to paste. */
    static void greet(Loaded loaded, PrintWriter out) {
        GatewayConfig config = loaded.config();
        out.println("sluice " + Main.version() + ", configuration: " + loaded.origin());
        out.println("listening on " + dataUrl(config) + ", admin on http://"
                + reachable(config.admin().listen()).text());
        String credentials = credentials(config);
        if (credentials != null) {
            out.println();
            out.println("Try it:");
            out.println("  curl -N " + dataUrl(config) + "/v1/chat/completions \\");
            out.println("    " + credentials + "-H 'content-type: application/json' \\");
            out.println("    -d '{\"model\":\"" + FirstModel.of(config)
                    + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'");
            out.println();
        }
        out.flush();
    }

    /**
     * How the first call shows its key; null when no key is at hand. The key is read from its file by the shell of the
     * person who pastes, so that it stands in no log.
     */
    private static @Nullable String credentials(GatewayConfig config) {
        if (config.auth().accepts(GatewayConfig.Auth.Mode.NONE)) {
            return "";
        }
        Path key = InitialKey.textFile(config.dataDir());
        return Files.exists(key)
                ? "-H \"authorization: Bearer $(cat '" + key.toString().replace("'", "'\\''") + "')\" "
                : null;
    }

    private static String dataUrl(GatewayConfig config) {
        String scheme = config.server().tls() == null ? "http://" : "https://";
        return scheme + reachable(config.server().listen()).text();
    }

    /** An address to connect to, in place of one that means all of them. */
    private static Address reachable(Address listen) {
        return switch (listen.host()) {
            case "0.0.0.0" -> new Address("127.0.0.1", listen.port());
            case "::" -> new Address("::1", listen.port());
            default -> listen;
        };
    }
}
