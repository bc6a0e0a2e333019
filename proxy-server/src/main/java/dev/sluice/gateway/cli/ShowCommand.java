package dev.sluice.gateway.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one key, user or team. */
@Command(name = "show", description = "Show all that is known of one.", footer = AdminOptions.FOOTER)
final class ShowCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;
    private final AdminObject object;

    @Parameters(index = "0", paramLabel = "ID", description = "Its id; of a user the address will do.")
    private String id = "";

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print the answer of the admin API.")
    private boolean json;

    ShowCommand(Main.Surroundings surroundings, AdminObject object) {
        this.surroundings = surroundings;
        this.object = object;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        AdminClient client = admin.client(surroundings);
        AdminObject.print(client.get(object.path(object.id(client, id))), json, surroundings.out());
        return ExitCode.OK;
    }
}
