package dev.sluice.gateway.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Revokes keys for good. */
@Command(
        name = "revoke",
        description = "Revoke keys, for good; 'keys disable' can be taken back.",
        footer = AdminOptions.FOOTER)
final class KeysRevokeCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Ids of keys.")
    private List<String> ids = List.of();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    KeysRevokeCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        AdminClient client = admin.client(surroundings);
        for (String id : ids) {
            client.delete(AdminObject.KEY.path(id));
            surroundings.out().println("key " + UsageText.printable(id) + " is revoked");
        }
        return ExitCode.OK;
    }
}
