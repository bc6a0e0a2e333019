package dev.sluice.gateway.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists people. */
@Command(name = "list", description = "List users.", footer = AdminOptions.FOOTER)
final class UsersListCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Option(names = "--team", paramLabel = "ID", description = "Of this team alone.")
    private @Nullable String team;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = "With this role: owner, admin, auditor, member, service.")
    private @Nullable String role;

    @Option(
            names = "--enabled",
            paramLabel = "true|false",
            arity = "1",
            description = "Only those, or only the others.")
    private @Nullable Boolean enabled;

    @Option(names = "--find", paramLabel = "TEXT", description = "With this in their address or name.")
    private @Nullable String find;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    UsersListCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        String filters = AdminOptions.parameter("team", team)
                + AdminOptions.parameter("role", role)
                + AdminOptions.parameter("enabled", enabled == null ? null : enabled.toString())
                + AdminOptions.parameter("q", find);
        AdminObject.USER.printList(
                AdminObject.USER.list(admin.client(surroundings), filters), json, surroundings.out());
        return ExitCode.OK;
    }
}
