package dev.sluice.gateway.cli;

import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Asks a running gateway what was used and what it cost. */
@Command(name = "usage", description = "Show what was used and what it cost.", footer = AdminOptions.FOOTER)
final class UsageCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    /** The names are those of the API. */
    enum Grouping {
        DAY,
        HOUR,
        MODEL,
        KEY,
        TEAM,
        USER,
        PROVIDER,
        TAG,
        ENDPOINT,
        STATUS,
        UPSTREAM_MODEL,
        SOURCE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--by",
            paramLabel = "GROUP",
            split = ",",
            defaultValue = "model",
            description = "One or more of ${COMPLETION-CANDIDATES}, with commas between them; ${DEFAULT-VALUE} when"
                    + " absent.")
    private List<Grouping> by = List.of(Grouping.MODEL);

    @Option(
            names = "--tag",
            paramLabel = "NAME",
            description = "With --by tag: group by the value of this tag, not by each name=value.")
    private @Nullable String tag;

    @ArgGroup(validate = false, heading = "Only calls%n")
    private Only only = new Only();

    /** Named as the API names them. */
    private static final class Only {
        @Option(names = "--key", paramLabel = "ID", description = "of this key;")
        private @Nullable String key;

        @Option(names = "--team", paramLabel = "ID", description = "of this team;")
        private @Nullable String team;

        @Option(names = "--model", paramLabel = "NAME", description = "for this model;")
        private @Nullable String model;

        @Option(names = "--provider", paramLabel = "NAME", description = "at this provider;")
        private @Nullable String provider;

        @Option(names = "--endpoint", paramLabel = "NAME", description = "of this endpoint;")
        private @Nullable String endpoint;

        @Option(names = "--status", paramLabel = "STATUS", description = "that ended so;")
        private @Nullable String status;

        @Option(names = "--user", paramLabel = "NAME", description = "of this end user.")
        private @Nullable String user;

        void appendTo(StringBuilder path) {
            path.append(AdminOptions.parameter("key", key));
            path.append(AdminOptions.parameter("team", team));
            path.append(AdminOptions.parameter("model", model));
            path.append(AdminOptions.parameter("provider", provider));
            path.append(AdminOptions.parameter("endpoint", endpoint));
            path.append(AdminOptions.parameter("status", status));
            path.append(AdminOptions.parameter("user", user));
        }
    }

    @Option(names = "--from", paramLabel = "TIME", description = "2026-01-31 or 2026-01-31T12:00:00Z.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Likewise; a date includes its day.")
    private @Nullable String to;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @ArgGroup
    private Format format = new Format();

    private static final class Format {
        @Option(names = "--csv", description = "Print CSV.")
        private boolean csv;

        @Option(names = "--json", description = "Print the answer of the admin API.")
        private boolean json;
    }

    UsageCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        String body = admin.client(surroundings)
                .get(question(), format.csv ? "text/csv" : "application/json")
                .body();
        if (format.csv) {
            surroundings.out().print(body);
            return ExitCode.OK;
        }
        UsageReport report;
        try {
            report = UsageReport.parse(body);
        } catch (IOException e) {
            throw new CommandFailedException("the admin API answered something else than usage", e);
        }
        if (format.json) {
            surroundings.out().println(body.strip());
        } else {
            // A call with several tags is in several rows.
            boolean inOneRow = tag != null || !by.contains(Grouping.TAG);
            UsageText.table(report, inOneRow, surroundings.out());
        }
        return ExitCode.OK;
    }

    private String question() {
        StringBuilder path = new StringBuilder("/admin/api/usage?by=");
        by.forEach(grouping -> path.append(grouping).append(','));
        path.setLength(path.length() - 1);
        path.append(AdminOptions.parameter("tag", tag));
        only.appendTo(path);
        appendTime(path, "from", from);
        appendTime(path, "to", to);
        return path.append(AdminOptions.parameter("format", format.csv ? "csv" : null))
                .toString();
    }

    private void appendTime(StringBuilder path, String name, @Nullable String time) {
        if (time != null && !isTime(time)) {
            throw admin.wrong(
                    "--" + name + " must be a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z");
        }
        path.append(AdminOptions.parameter(name, time));
    }

    private static boolean isTime(String text) {
        try {
            return LocalDate.parse(text) != null;
        } catch (DateTimeParseException noDate) {
            try {
                return Instant.parse(text) != null;
            } catch (DateTimeParseException noTime) {
                return false;
            }
        }
    }
}
