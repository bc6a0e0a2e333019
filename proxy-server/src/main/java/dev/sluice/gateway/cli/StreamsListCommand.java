package dev.sluice.gateway.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists what callers have open at the gateway that is asked. */
@Command(
        name = "list",
        description = "List open calls of the gateway that is asked, with what they have come to so far.",
        footer = AdminOptions.FOOTER)
final class StreamsListCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Option(names = "--team", paramLabel = "ID", description = "Of this team alone.")
    private @Nullable String team;

    @Option(names = "--key", paramLabel = "ID", description = "With this key alone.")
    private @Nullable String key;

    @Option(names = "--model", paramLabel = "NAME", description = "That asked for this model.")
    private @Nullable String model;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    StreamsListCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        String filters = AdminOptions.parameter("team", team)
                + AdminOptions.parameter("key", key)
                + AdminOptions.parameter("model", model);
        AdminObject.STREAM.printList(
                AdminObject.STREAM.list(admin.client(surroundings), filters), json, surroundings.out());
        return ExitCode.OK;
    }
}
