package dev.sluice.gateway.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;

/**
 * The front door: {@code sluice <command>}. Exit codes: 0 done, 1 failed, 2 not understood. People see messages; stack
 * traces only with {@code SLUICE_DEBUG=1}.
 *
 * <p>Thread: main.
 */
@Command(
        name = "sluice",
        description = "An AI gateway: a streaming proxy in front of LLM providers.",
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .scopeType(ScopeType.INHERIT)
                .description("Show this help.")
                .build();
    }

    private Main() {}

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        System.exit(run(args, new Surroundings(System.getenv(), Path.of("").toAbsolutePath(), out, err)));
    }

    /** Runs one command and gives its exit code. */
    static int run(String[] args, Surroundings surroundings) {
        CommandLine keys = new CommandLine(new KeysCommand());
        keys.addSubcommand(new KeysCreateCommand(surroundings));
        InstantSource clock = InstantSource.system();
        CommandLine prices = new CommandLine(new PricesCommand());
        prices.addSubcommand(new PricesListCommand(surroundings, clock))
                .addSubcommand(new PricesCheckCommand(surroundings, clock))
                .addSubcommand(new PricesImportCommand(surroundings, clock));
        CommandLine journal = new CommandLine(new JournalCommand());
        journal.addSubcommand(new JournalInspectCommand(surroundings))
                .addSubcommand(new JournalReplayCommand(surroundings));
        CommandLine line = new CommandLine(new Main());
        line.getCommandSpec().addOption(help());
        line.addSubcommand(new ServeCommand(surroundings))
                .addSubcommand(new CheckCommand(surroundings))
                .addSubcommand(keys)
                .addSubcommand(journal)
                .addSubcommand(prices)
                .addSubcommand(new UsageCommand(surroundings))
                .addSubcommand(new VersionCommand(surroundings));
        line.setOut(surroundings.out());
        line.setErr(surroundings.err());
        line.setExecutionExceptionHandler((exception, command, parsed) -> surroundings.report(exception));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        int code = line.execute(args);
        surroundings.out().flush();
        surroundings.err().flush();
        return code;
    }

    /** The version of the jar; {@code dev} when it does not run from one. */
    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    /** What a command sees of the world. */
    record Surroundings(Map<String, String> environment, Path workingDir, PrintWriter out, PrintWriter err) {

        int report(Exception exception) {
            if ("1".equals(environment.get("SLUICE_DEBUG"))) {
                exception.printStackTrace(err);
            } else {
                FailureText.of(exception).forEach(err::println);
            }
            return CommandLine.ExitCode.SOFTWARE;
        }
    }
}
