package dev.sluice.gateway.cli;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks a running gateway what was used and what it cost. */
@Command(
        name = "usage",
        description = "Show what was used and what it cost.",
        footer = "SLUICE_ADMIN_TOKEN is sent when it is set.")
final class UsageCommand implements Callable<Integer> {
    private static final String DEFAULT_ADMIN = "http://127.0.0.1:8081";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private final Main.Surroundings surroundings;

    @Spec
    private @Nullable CommandSpec spec;

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

        void appendTo(StringBuilder url) {
            append(url, "key", key);
            append(url, "team", team);
            append(url, "model", model);
            append(url, "provider", provider);
            append(url, "endpoint", endpoint);
            append(url, "status", status);
            append(url, "user", user);
        }
    }

    @Option(names = "--from", paramLabel = "TIME", description = "2026-01-31 or 2026-01-31T12:00:00Z.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Likewise; a date includes its day.")
    private @Nullable String to;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "The admin API; SLUICE_ADMIN, else " + DEFAULT_ADMIN + ", when absent.")
    private @Nullable String admin;

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
        String body = ask(question());
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

    private HttpRequest question() {
        String base = admin != null ? admin : surroundings.environment().getOrDefault("SLUICE_ADMIN", DEFAULT_ADMIN);
        StringBuilder url = new StringBuilder(base);
        while (!url.isEmpty() && url.charAt(url.length() - 1) == '/') {
            url.setLength(url.length() - 1);
        }
        url.append("/admin/api/usage?by=");
        by.forEach(grouping -> url.append(grouping).append(','));
        url.setLength(url.length() - 1);
        append(url, "tag", tag);
        only.appendTo(url);
        appendTime(url, "from", from);
        appendTime(url, "to", to);
        append(url, "format", format.csv ? "csv" : null);
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url.toString()))
                    .timeout(ANSWER_TIMEOUT)
                    .header("accept", format.csv ? "text/csv" : "application/json");
            String token = surroundings.environment().get("SLUICE_ADMIN_TOKEN");
            if (token != null && !token.isBlank()) {
                request.header("authorization", "Bearer " + token.strip());
            }
            return request.build();
        } catch (IllegalArgumentException e) {
            // Also for a token that is no header; its text must not be shown.
            throw wrong("--admin must be a URL such as " + DEFAULT_ADMIN + ", and SLUICE_ADMIN_TOKEN visible ASCII");
        }
    }

    private void appendTime(StringBuilder url, String name, @Nullable String time) {
        if (time == null) {
            return;
        }
        if (!isTime(time)) {
            throw wrong("--" + name + " must be a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z");
        }
        append(url, name, time);
    }

    private static void append(StringBuilder url, String name, @Nullable String value) {
        if (value != null) {
            url.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
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

    private ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalStateException("run through the command line only");
        }
        return new ParameterException(spec.commandLine(), message);
    }

    private String ask(HttpRequest request) throws CommandFailedException, InterruptedException {
        String where = request.uri().getScheme() + "://" + request.uri().getRawAuthority();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build()) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            return switch (response.statusCode()) {
                case 200 -> response.body();
                case 401, 403 ->
                    throw new CommandFailedException(
                            "the admin API at " + where + " refused the token; set SLUICE_ADMIN_TOKEN to admin.token");
                default ->
                    throw new CommandFailedException("the admin API at " + where + " answered " + response.statusCode()
                            + message(response.body()));
            };
        } catch (ConnectException e) {
            throw new CommandFailedException(
                    "no answer from the admin API at " + where + "; is the gateway running? (--admin, SLUICE_ADMIN)",
                    e);
        } catch (HttpTimeoutException e) {
            throw new CommandFailedException("the admin API at " + where + " did not answer in time", e);
        } catch (IOException e) {
            throw new CommandFailedException("the connection to the admin API at " + where + " broke", e);
        }
    }

    /** The {@code message} of an error of the admin API, if it is one. */
    private static String message(String body) throws IOException {
        try {
            String message = ErrorMessage.parse(body);
            return message == null ? "" : ": " + UsageText.printable(message);
        } catch (JacksonException e) {
            return "";
        }
    }
}
