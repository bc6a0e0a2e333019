package dev.sluice.gateway.cli;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.InvalidPricesException;
import dev.sluice.gateway.price.PriceChange;
import dev.sluice.gateway.price.PriceUpdate;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Replaces the operator's price file by a checked one, whole or not at all. Prices that are far from the shipped ones
 * wait for a person: a slipped decimal point is billed for weeks before anyone sees it.
 */
@Command(
        name = "import",
        description =
                "Check a price file and put it where 'usage.prices' says; in force when the gateway starts again.",
        footer = "Without --config: SLUICE_CONFIG, else ./sluice.yaml, else the environment alone.")
final class PricesImportCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;
    private final InstantSource clock;

    @Parameters(index = "0", paramLabel = "FILE", description = "The price file.")
    private Path file = Path.of("");

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration that names 'usage.prices'.")
    private @Nullable Path config;

    @Option(
            names = "--accept-changes",
            description = "Take prices that are more than five times, or less than a fifth of, the shipped ones.")
    private boolean acceptChanges;

    PricesImportCommand(Main.Surroundings surroundings, InstantSource clock) {
        this.surroundings = surroundings;
        this.clock = clock;
    }

    @Override
    public Integer call() throws ConfigException, CommandFailedException, IOException {
        GatewayConfig loaded = ConfigLoader.load(config, surroundings.environment(), surroundings.workingDir())
                .config();
        Path target = loaded.usage().prices();
        if (target == null) {
            throw new CommandFailedException(
                    "the configuration names no price file to replace; set usage.prices, such as ./prices.yaml");
        }
        Path source = surroundings.workingDir().resolve(file).normalize();
        if (Files.isSameFile(source, target)) {
            throw new CommandFailedException(source + " is the price file of the configuration already");
        }
        PrintWriter out = surroundings.out();
        PriceUpdate update;
        try {
            update = PriceUpdate.read(source, loaded.providers());
        } catch (InvalidPricesException e) {
            out.println(e.getMessage());
            return ExitCode.SOFTWARE;
        }
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        printChanges(update, target, now, out);
        List<PriceChange> leaps = update.leaps(now);
        leaps.forEach(leap -> out.println("warning: " + UsageText.printable(leap.toString())));
        if (!leaps.isEmpty() && !acceptChanges) {
            throw new CommandFailedException(CheckCommand.count(leaps.size(), "price")
                    + " more than five times away from the shipped one, nothing is changed;"
                    + " --accept-changes takes them");
        }
        WholeFile.replace(target, update.bytes());
        out.println("ok: " + target + ": " + CheckCommand.count(update.models(), "model")
                + "; in force when the gateway starts again");
        return ExitCode.OK;
    }

    private static void printChanges(PriceUpdate update, Path target, long now, PrintWriter out) {
        List<PriceChange> changes;
        try {
            changes = update.changes(target, now);
        } catch (InvalidPricesException e) {
            // A file that cannot be used is all the more reason to replace it.
            out.println("warning: the file in place: " + e.getMessage());
            changes = update.changes(null, now);
        }
        for (PriceChange change : changes) {
            out.println(UsageText.printable(change.toString()));
        }
        if (changes.isEmpty()) {
            out.println("no price changes");
        }
    }
}
