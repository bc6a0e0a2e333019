package dev.sluice.gateway.cli;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Loaded;
import dev.sluice.gateway.config.Problem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

/** Validates a configuration and says, in a form that editors understand, where it is wrong. */
@Command(
        name = "check",
        description = "Validate a configuration; every problem with its line and column.",
        footer = "Without FILE: SLUICE_CONFIG, else ./sluice.yaml, else the environment alone.")
final class CheckCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Parameters(index = "0", arity = "0..1", paramLabel = "FILE", description = "The configuration file.")
    private @Nullable Path file;

    CheckCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        PrintWriter out = surroundings.out();
        Loaded loaded;
        try {
            loaded = ConfigLoader.load(file, surroundings.environment(), surroundings.workingDir());
        } catch (ConfigException e) {
            String origin = e.file() == null ? "environment" : e.file().toString();
            for (Problem problem : e.problems()) {
                out.println(problem.text(origin));
            }
            return ExitCode.SOFTWARE;
        }
        printNotices(loaded, out);
        GatewayConfig config = loaded.config();
        out.println("ok: " + loaded.origin() + ": "
                + count(config.providers().size(), "provider") + ", "
                + count(config.models().size(), "model") + ", "
                + count(config.keys().size(), "key"));
        return ExitCode.OK;
    }

    /** What the operator wrote and this version does not act on. */
    static void printNotices(Loaded loaded, PrintWriter out) {
        for (Problem notice : loaded.notices()) {
            String place =
                    notice.line() == 0 ? "" : loaded.origin() + ":" + notice.line() + ":" + notice.column() + ": ";
            out.println(place + "warning: " + notice.text());
        }
    }

    static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
