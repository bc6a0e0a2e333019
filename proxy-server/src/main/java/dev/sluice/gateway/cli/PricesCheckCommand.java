package dev.sluice.gateway.cli;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.InvalidPricesException;
import dev.sluice.gateway.price.PriceChange;
import dev.sluice.gateway.price.PriceUpdate;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Validates a price file without putting it into force. */
@Command(
        name = "check",
        description = "Validate a price file; what is wrong with its line, what is doubtful as a warning.",
        footer = "Without FILE: the one that 'usage.prices' of the configuration names.")
final class PricesCheckCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;
    private final InstantSource clock;

    @Parameters(index = "0", arity = "0..1", paramLabel = "FILE", description = "The price file.")
    private @Nullable Path file;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration that names 'usage.prices'.")
    private @Nullable Path config;

    PricesCheckCommand(Main.Surroundings surroundings, InstantSource clock) {
        this.surroundings = surroundings;
        this.clock = clock;
    }

    @Override
    public Integer call() throws ConfigException, CommandFailedException, IOException {
        GatewayConfig loaded = ConfigLoader.load(config, surroundings.environment(), surroundings.workingDir())
                .config();
        Path chosen = file == null
                ? loaded.usage().prices()
                : surroundings.workingDir().resolve(file).normalize();
        if (chosen == null) {
            throw new CommandFailedException("there is no price file to check; name one, or set usage.prices");
        }
        PrintWriter out = surroundings.out();
        PriceUpdate update;
        try {
            update = PriceUpdate.read(chosen, loaded.providers());
        } catch (InvalidPricesException e) {
            out.println(e.getMessage());
            return ExitCode.SOFTWARE;
        }
        for (PriceChange leap : update.leaps(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()))) {
            out.println("warning: " + UsageText.printable(leap.toString()));
        }
        out.println("ok: " + chosen + ": " + CheckCommand.count(update.providers(), "provider") + ", "
                + CheckCommand.count(update.models(), "model"));
        return ExitCode.OK;
    }
}
