package dev.sluice.gateway.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a team. */
@Command(name = "create", description = "Make a team.", footer = AdminOptions.FOOTER)
final class TeamsCreateCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "What to call it.")
    private String name = "";

    @Option(names = "--id", paramLabel = "ID", description = "How keys and users refer to it; made up when absent.")
    private @Nullable String id;

    @Option(names = "--tier", paramLabel = "TIER", description = "Of keys that have none of their own.")
    private @Nullable String tier;

    @Mixin
    private CreationOptions creation = new CreationOptions();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print the answer of the admin API.")
    private boolean json;

    TeamsCreateCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        Map<String, Object> team = new LinkedHashMap<>();
        team.put("name", name);
        CreationOptions.put(team, "id", id);
        CreationOptions.put(team, "tier", tier);
        AdminObject.print(
                creation.create(admin.client(surroundings), AdminObject.TEAM, team), json, surroundings.out());
        return ExitCode.OK;
    }
}
