package dev.sluice.gateway.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Gives a key another secret, while the old one goes on for a time. */
@Command(
        name = "rotate",
        description = "Give a key another secret; prints it once. The old one is good as well for a time.",
        footer = AdminOptions.FOOTER)
final class KeysRotateCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Parameters(index = "0", paramLabel = "ID", description = "The key's id.")
    private String id = "";

    @Option(
            names = "--overlap",
            paramLabel = "DURATION",
            description = "How long the old secret is good, such as 24h, which it is when absent; 0s: not at all.")
    private @Nullable String overlap;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print the answer of the admin API.")
    private boolean json;

    KeysRotateCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        AdminClient.Answer answer = admin.client(surroundings)
                .post(AdminObject.KEY.path(id) + "/rotate", overlap == null ? Map.of() : Map.of("overlap", overlap));
        AdminObject.printIssued(answer, json, surroundings.out());
        return ExitCode.OK;
    }
}
