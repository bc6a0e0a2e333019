package dev.sluice.gateway.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists teams, which are the tenants. */
@Command(name = "list", description = "List teams.", footer = AdminOptions.FOOTER)
final class TeamsListCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Option(names = "--name", paramLabel = "TEXT", description = "With this in their name.")
    private @Nullable String name;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    TeamsListCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        AdminObject.TEAM.printList(
                AdminObject.TEAM.list(admin.client(surroundings), AdminOptions.parameter("name", name)),
                json,
                surroundings.out());
        return ExitCode.OK;
    }
}
