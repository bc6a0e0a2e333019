package dev.sluice.gateway.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the keys of the database; those of the configuration are in the configuration. */
@Command(
        name = "list",
        description = "List the keys that the admin API knows; those of the configuration are not among them.",
        footer = AdminOptions.FOOTER)
final class KeysListCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Option(names = "--team", paramLabel = "ID", description = "Of this team alone.")
    private @Nullable String team;

    @Option(names = "--owner", paramLabel = "ID", description = "Of this user alone.")
    private @Nullable String owner;

    @Option(names = "--name", paramLabel = "TEXT", description = "With this in their name.")
    private @Nullable String name;

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            description = "active, not_yet_valid, expired, disabled or revoked.")
    private @Nullable String status;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    KeysListCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        String filters = AdminOptions.parameter("team", team)
                + AdminOptions.parameter("owner", owner)
                + AdminOptions.parameter("name", name)
                + AdminOptions.parameter("status", status);
        AdminObject.KEY.printList(AdminObject.KEY.list(admin.client(surroundings), filters), json, surroundings.out());
        return ExitCode.OK;
    }
}
