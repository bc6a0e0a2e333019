package dev.sluice.gateway.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Switches a key, a user or a team on or off; everything else about it stays. */
@Command(footer = AdminOptions.FOOTER)
final class SwitchCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;
    private final AdminObject object;
    private final boolean on;

    @Parameters(index = "0", paramLabel = "ID", description = "Its id; of a user the address will do.")
    private String id = "";

    @Mixin
    private AdminOptions admin = new AdminOptions();

    private SwitchCommand(Main.Surroundings surroundings, AdminObject object, boolean on) {
        this.surroundings = surroundings;
        this.object = object;
        this.on = on;
    }

    static CommandLine enable(Main.Surroundings surroundings, AdminObject object) {
        CommandLine line = new CommandLine(new SwitchCommand(surroundings, object, /* on= */ true));
        line.getCommandSpec().name("enable").usageMessage().description("Switch it on again.");
        return line;
    }

    static CommandLine disable(Main.Surroundings surroundings, AdminObject object) {
        CommandLine line = new CommandLine(new SwitchCommand(surroundings, object, /* on= */ false));
        line.getCommandSpec().name("disable").usageMessage().description("Switch it off; it can be switched on again.");
        return line;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        AdminClient client = admin.client(surroundings);
        String path = object.path(object.id(client, id));
        String seen = client.get(path).etag();
        client.change(path, Map.of("enabled", on), seen);
        surroundings
                .out()
                .println(object.noun() + " " + UsageText.printable(id) + " is " + (on ? "enabled" : "disabled"));
        return ExitCode.OK;
    }
}
