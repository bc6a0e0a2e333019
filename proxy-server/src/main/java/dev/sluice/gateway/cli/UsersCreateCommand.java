package dev.sluice.gateway.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a user. A password never stands on the line, where every process of the machine and the shell's history see it. */
@Command(
        name = "create",
        description = "Make a user; without a password, who then cannot log in with one.",
        footer = AdminOptions.FOOTER)
final class UsersCreateCommand implements Callable<Integer> {
    private static final int LONGEST_PASSWORD_BYTES = 4_096;

    private final Main.Surroundings surroundings;

    @Option(names = "--email", required = true, paramLabel = "ADDRESS", description = "To log in with.")
    private String email = "";

    @Option(names = "--name", paramLabel = "NAME", description = "What to call them.")
    private @Nullable String name;

    @Option(names = "--password-stdin", description = "Read the password from the first line of standard input.")
    private boolean passwordStdin;

    @Option(names = "--team", paramLabel = "ID", description = "Their tenant; the team called default when absent.")
    private @Nullable String team;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = "owner, admin, auditor, member or service; member when absent.")
    private @Nullable String role;

    @Option(names = "--tier", paramLabel = "TIER", description = "One of auth.tiers; auth.users.tier when absent.")
    private @Nullable String tier;

    @Mixin
    private CreationOptions creation = new CreationOptions();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print the answer of the admin API.")
    private boolean json;

    UsersCreateCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException, IOException {
        AdminClient client = admin.client(surroundings);
        Map<String, Object> user = new LinkedHashMap<>();
        user.put("email", email);
        CreationOptions.put(user, "name", name);
        CreationOptions.put(user, "team", team);
        CreationOptions.put(user, "role", role);
        CreationOptions.put(user, "tier", tier);
        if (passwordStdin) {
            user.put("password", password());
        }
        AdminObject.print(creation.create(client, AdminObject.USER, user), json, surroundings.out());
        return ExitCode.OK;
    }

    /** To the end of the line and no further: at a terminal nothing else comes. */
    private String password() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = surroundings.in().read();
                b >= 0 && b != '\n';
                b = surroundings.in().read()) {
            line.write(b);
            if (line.size() > LONGEST_PASSWORD_BYTES) {
                break;
            }
        }
        String password = line.toString(StandardCharsets.UTF_8);
        if (password.endsWith("\r")) {
            password = password.substring(0, password.length() - 1);
        }
        if (password.isEmpty() || line.size() > LONGEST_PASSWORD_BYTES) {
            throw admin.wrong("--password-stdin needs a password of up to " + LONGEST_PASSWORD_BYTES
                    + " bytes in the first line of standard input");
        }
        return password;
    }
}
