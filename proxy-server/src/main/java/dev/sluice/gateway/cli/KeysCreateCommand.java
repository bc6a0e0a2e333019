package dev.sluice.gateway.cli;

import dev.sluice.gateway.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Makes a key: by the admin API of a running gateway, which knows it at once, or without any gateway, as a line for the
 * configuration. Which of the two is never a question of whether a gateway happens to run: it follows from the options and
 * from what the environment names.
 */
@Command(
        name = "create",
        description = "Make a key; prints it once.",
        footer = {
            "",
            "With --admin, SLUICE_ADMIN or SLUICE_ADMIN_TOKEN a running gateway makes the key, and knows it at once.",
            "Otherwise, and always with --offline, --data-dir or --config, no gateway is asked: the line for 'keys:' in the"
                    + " configuration is printed, too. Such a key is worth something only to a gateway with the same"
                    + " data directory or SLUICE_PEPPER.",
            AdminOptions.FOOTER
        })
final class KeysCreateCommand implements Callable<Integer> {
    private static final int LONGEST_NAME = 64;
    private static final Pattern DURATION = Pattern.compile("\\d{1,9}[smhd]");

    private final Main.Surroundings surroundings;

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "What to call it.")
    private String name = "";

    @Option(
            names = "--models",
            split = ",",
            paramLabel = "MODEL",
            description = "Models it may use, comma separated, '*' at the end allowed; all when absent.")
    private List<String> models = List.of();

    @Option(names = "--team", paramLabel = "ID", description = "The team it belongs to.")
    private @Nullable String team;

    @ArgGroup(validate = false, heading = "Made by a running gateway%n")
    private Online online = new Online();

    /** What only the database can keep. */
    private static final class Online {
        @Option(names = "--owner", paramLabel = "ID", description = "The user it belongs to, of the same team.")
        private @Nullable String owner;

        @Option(
                names = "--endpoints",
                split = ",",
                paramLabel = "LABEL",
                description = "Endpoints it may call, such as chat.completions; all when absent.")
        private @Nullable List<String> endpoints;

        @Option(names = "--tag", paramLabel = "NAME=VALUE", description = "Put on each of its calls; may be repeated.")
        private @Nullable Map<String, String> tags;

        @Option(names = "--tier", paramLabel = "TIER", description = "One of auth.tiers.")
        private @Nullable String tier;

        @Option(
                names = "--ip-ranges",
                split = ",",
                paramLabel = "CIDR",
                description = "Networks it may be used from; everywhere when absent.")
        private @Nullable List<String> ipRanges;

        @Option(
                names = "--expires",
                paramLabel = "TIME",
                description = "A duration such as 90d, or a time such as 2026-12-31T00:00:00Z; never when absent.")
        private @Nullable String expires;

        @Option(names = "--not-before", paramLabel = "TIME", description = "When it begins to be good.")
        private @Nullable String notBefore;

        /** The members that were given, by their names in the API. */
        Map<String, Object> given() {
            Map<String, Object> members = new LinkedHashMap<>();
            CreationOptions.put(members, "owner", owner);
            CreationOptions.put(members, "endpoints", endpoints);
            CreationOptions.put(members, "tags", tags);
            CreationOptions.put(members, "tier", tier);
            CreationOptions.put(members, "ip_ranges", ipRanges);
            boolean isDuration = expires != null && DURATION.matcher(expires).matches();
            CreationOptions.put(members, isDuration ? "expires_in" : "expires_at", expires);
            CreationOptions.put(members, "not_before", notBefore);
            return members;
        }
    }

    @ArgGroup(validate = false, heading = "Made without a gateway%n")
    private Offline offline = new Offline();

    private static final class Offline {
        @Option(names = "--offline", description = "Ask no gateway, whatever the environment names.")
        private boolean asked;

        @Option(names = "--data-dir", paramLabel = "DIR", description = "The gateway's data directory.")
        private @Nullable Path dataDir;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "The configuration that names the data directory.")
        private @Nullable Path config;

        boolean isWanted() {
            return asked || dataDir != null || config != null;
        }
    }

    @Mixin
    private CreationOptions creation = new CreationOptions();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    KeysCreateCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, CommandFailedException, IOException, InterruptedException {
        if (admin.isNamed() && offline.isWanted()) {
            throw admin.wrong("--admin stands beside --offline, --data-dir or --config; allowed: one of the two ways");
        }
        refuseWrongNames();
        boolean asksGateway =
                !offline.isWanted() && (admin.isNamed() || AdminOptions.isNamedIn(surroundings.environment()));
        if (asksGateway) {
            byGateway();
        } else {
            withoutGateway();
        }
        return ExitCode.OK;
    }

    private void byGateway() throws CommandFailedException, InterruptedException {
        Map<String, Object> key = new LinkedHashMap<>();
        key.put("name", name);
        CreationOptions.put(key, "team", team);
        if (!models.isEmpty()) {
            key.put("models", models);
        }
        key.putAll(online.given());
        AdminClient.Answer answer = creation.create(admin.client(surroundings), AdminObject.KEY, key);
        AdminObject.printIssued(answer, json, surroundings.out());
    }

    private void withoutGateway() throws ConfigException, IOException {
        if (!online.given().isEmpty() || creation.isGiven()) {
            throw admin.wrong("the configuration can say a key's name, models and team only; for the rest a running"
                    + " gateway is needed (--admin, SLUICE_ADMIN)");
        }
        ConfiguredKey key = new ConfiguredKey(name, models, team);
        key.make(surroundings, offline.dataDir, offline.config).print(json, surroundings.out());
    }

    /** What the configuration, or the API, would refuse is refused before a key is made for it. */
    private void refuseWrongNames() {
        if (name.isBlank() || name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw admin.wrong("--name must have 1 to " + LONGEST_NAME + " characters in one line");
        }
        if (team != null && (team.isBlank() || team.chars().anyMatch(Character::isISOControl))) {
            throw admin.wrong("--team must be the id of a team");
        }
        for (String model : models) {
            int star = model.indexOf('*');
            if (model.isBlank()
                    || (star >= 0 && star != model.length() - 1)
                    || model.chars().anyMatch(Character::isISOControl)) {
                throw admin.wrong("--models must be names, with a '*' only as the last character");
            }
        }
    }
}
