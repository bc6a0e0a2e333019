package dev.sluice.gateway.cli;

import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
        System.exit(run(args, new Surroundings(System.getenv(), Path.of("").toAbsolutePath(), System.in, out, err)));
    }

    /** Runs one command and gives its exit code. */
    static int run(String[] args, Surroundings surroundings) {
        Callable<Integer> plain = plain(List.of(args), surroundings);
        int code = plain == null ? parsed(args, surroundings) : call(plain, surroundings);
        surroundings.out().flush();
        surroundings.err().flush();
        return code;
    }

    /**
     * What is to start soon does without the library that reads command lines: its classes are of a format too old for the
     * JVM's caches, and reading and verifying them takes a third of what the main thread does until the gateway serves.
     */
    private static @Nullable Callable<Integer> plain(List<String> arguments, Surroundings surroundings) {
        ServeCommand serve = ServeCommand.plain(arguments, surroundings);
        return serve == null ? RehearseCommand.plain(arguments, surroundings) : serve;
    }

    private static int call(Callable<Integer> command, Surroundings surroundings) {
        try {
            return command.call();
        } catch (Exception e) {
            return surroundings.report(e);
        }
    }

    private static int parsed(String[] args, Surroundings surroundings) {
        InstantSource clock = InstantSource.system();
        CommandLine line = group(
                new Main(),
                new ServeCommand(surroundings),
                new CheckCommand(surroundings),
                keys(surroundings),
                users(surroundings),
                teams(surroundings),
                group(
                        new JournalCommand(),
                        new JournalInspectCommand(surroundings),
                        new JournalReplayCommand(surroundings)),
                group(
                        new PricesCommand(),
                        new PricesListCommand(surroundings, clock),
                        new PricesCheckCommand(surroundings, clock),
                        new PricesImportCommand(surroundings, clock)),
                new UsageCommand(surroundings),
                group(new StreamsCommand(), new StreamsListCommand(surroundings), new StreamsStopCommand(surroundings)),
                group(new ImportCommand(), new ImportLitellmCommand(surroundings)),
                new VersionCommand(surroundings));
        line.getCommandSpec().addOption(help());
        line.setOut(surroundings.out());
        line.setErr(surroundings.err());
        line.setExecutionExceptionHandler((exception, command, parsed) -> surroundings.report(exception));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line.execute(args);
    }

    private static CommandLine keys(Surroundings surroundings) {
        return group(
                new KeysCommand(),
                new KeysCreateCommand(surroundings),
                new KeysListCommand(surroundings),
                new ShowCommand(surroundings, AdminObject.KEY),
                new KeysRotateCommand(surroundings),
                SwitchCommand.disable(surroundings, AdminObject.KEY),
                SwitchCommand.enable(surroundings, AdminObject.KEY),
                new KeysRevokeCommand(surroundings));
    }

    private static CommandLine users(Surroundings surroundings) {
        return group(
                new UsersCommand(),
                new UsersCreateCommand(surroundings),
                new UsersListCommand(surroundings),
                new ShowCommand(surroundings, AdminObject.USER),
                SwitchCommand.disable(surroundings, AdminObject.USER),
                SwitchCommand.enable(surroundings, AdminObject.USER));
    }

    private static CommandLine teams(Surroundings surroundings) {
        return group(
                new TeamsCommand(),
                new TeamsCreateCommand(surroundings),
                new TeamsListCommand(surroundings),
                new ShowCommand(surroundings, AdminObject.TEAM),
                SwitchCommand.disable(surroundings, AdminObject.TEAM),
                SwitchCommand.enable(surroundings, AdminObject.TEAM));
    }

    /** A command that consists of others. */
    private static CommandLine group(Object command, Object... subcommands) {
        CommandLine group = new CommandLine(command);
        for (Object subcommand : subcommands) {
            group.addSubcommand(subcommand);
        }
        return group;
    }

    /** The version of the jar; {@code dev} when it does not run from one. */
    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    /** What a command sees of the world. */
    record Surroundings(
            Map<String, String> environment, Path workingDir, InputStream in, PrintWriter out, PrintWriter err) {

        /** Nobody types anything. */
        Surroundings(Map<String, String> environment, Path workingDir, PrintWriter out, PrintWriter err) {
            this(environment, workingDir, InputStream.nullInputStream(), out, err);
        }

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
