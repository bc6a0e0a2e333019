package dev.sluice.gateway.cli;

import dev.sluice.gateway.Replay;
import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.usage.JournalReplay;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stores what a gateway that will not come back has left in its journal. */
@Command(
        name = "replay",
        description = "Store what a gateway that is gone has left in its journal; may be done again at any time.",
        footer = "The database, the prices and the retention are those of the configuration.")
final class JournalReplayCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Parameters(paramLabel = "DIR", description = "The folder with the segments: data_dir/journal.")
    private @Nullable Path directory;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration file.")
    private @Nullable Path config;

    JournalReplayCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, CommandFailedException, IOException {
        GatewayConfig loaded = ConfigLoader.load(config, surroundings.environment(), surroundings.workingDir())
                .config();
        Path chosen = JournalInspectCommand.folder(surroundings, directory);
        JournalReplay.Report report;
        try {
            report = Replay.run(loaded, chosen);
        } catch (SQLException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()));
        }
        surroundings
                .out()
                .println("stored: " + report.recovered() + " ended, " + report.interrupted() + " interrupted, from "
                        + CheckCommand.count(report.segments(), "segment"));
        if (report.deadLetters() > 0 || report.damagedSegments() > 0) {
            surroundings
                    .out()
                    .println("set aside: " + report.deadLetters() + " dead letters (" + report.undecodable()
                            + " unreadable records), "
                            + CheckCommand.count(report.damagedSegments(), "damaged segment"));
        }
        return ExitCode.OK;
    }
}
