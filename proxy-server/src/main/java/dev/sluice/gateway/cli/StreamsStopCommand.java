package dev.sluice.gateway.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stops calls by hand. */
@Command(
        name = "stop",
        description = "Stop open calls; their answers end as if they had been allowed no more tokens.",
        footer = AdminOptions.FOOTER)
final class StreamsStopCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Ids, as 'streams list' shows them.")
    private List<String> ids = List.of();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    StreamsStopCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        AdminClient client = admin.client(surroundings);
        for (String id : ids) {
            client.delete(AdminObject.STREAM.path(id));
            if (!json) {
                surroundings.out().println("stream " + UsageText.printable(id) + " is being stopped");
            }
        }
        if (json) {
            surroundings.out().println(JsonTree.write(Map.of("stopped", ids)));
        }
        return ExitCode.OK;
    }
}
