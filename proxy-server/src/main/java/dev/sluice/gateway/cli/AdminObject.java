package dev.sluice.gateway.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the admin API keeps lists of, and how it is shown to people. */
enum AdminObject {
    KEY("keys", List.of("id", "name", "team", "owner", "status", "models", "tier", "expires_at")),
    USER("users", List.of("id", "email", "name", "team", "role", "tier", "enabled", "last_login_at")),
    TEAM("teams", List.of("id", "name", "tier", "enabled", "created_at")),
    STREAM(
            "streams",
            List.of(
                    "id",
                    "started_at",
                    "status",
                    "key",
                    "team",
                    "model",
                    "provider",
                    "endpoint",
                    "input_tokens",
                    "output_tokens",
                    "cost_usd"));

    private static final int PAGE = 500;

    private final String plural;
    private final List<String> columns;

    AdminObject(String plural, List<String> columns) {
        this.plural = plural;
        this.columns = columns;
    }

    /** What one of them is called. */
    String noun() {
        return name().toLowerCase(Locale.ROOT);
    }

    String path() {
        return "/admin/api/" + plural;
    }

    String path(String id) {
        return path() + "/" + AdminOptions.segment(id);
    }

    /**
     * All of them, page after page.
     *
     * @param filters parameters, each with {@code &} in front
     */
    List<Map<?, ?>> list(AdminClient client, String filters) throws CommandFailedException, InterruptedException {
        List<Map<?, ?>> all = new ArrayList<>();
        String cursor = null;
        do {
            Map<String, @Nullable Object> page = client.get(
                            path() + "?limit=" + PAGE + filters + AdminOptions.parameter("cursor", cursor))
                    .object();
            if (!(page.get("data") instanceof List<?> rows)) {
                throw new CommandFailedException("the admin API answered something else than a list of " + plural);
            }
            for (Object row : rows) {
                if (row instanceof Map<?, ?> members) {
                    all.add(members);
                }
            }
            // An empty page is the last one, whatever is said of a next: this ends.
            cursor = page.get("next_cursor") instanceof String next && !rows.isEmpty() ? next : null;
        } while (cursor != null);
        return all;
    }

    void printList(List<Map<?, ?>> rows, boolean json, PrintWriter out) {
        if (json) {
            out.println(JsonTree.write(Map.of("data", rows)));
            return;
        }
        List<List<String>> lines = new ArrayList<>();
        lines.add(columns.stream().map(column -> column.replace('_', ' ')).toList());
        for (Map<?, ?> row : rows) {
            lines.add(columns.stream()
                    .map(column -> JsonTree.shown(row.get(column)))
                    .toList());
        }
        UsageText.columns(lines, columns.size(), out);
    }

    /** A line for each member, but for those that say nothing. */
    static void print(Map<String, @Nullable Object> object, PrintWriter out) {
        List<List<String>> lines = new ArrayList<>();
        object.forEach((name, value) -> {
            String shown = JsonTree.shown(value);
            if (!shown.isEmpty()) {
                lines.add(List.of(name, shown));
            }
        });
        if (!lines.isEmpty()) {
            UsageText.columns(lines, 2, out);
        }
    }

    /** What was answered, in one of the two forms. */
    static void print(AdminClient.Answer answer, boolean json, PrintWriter out) throws CommandFailedException {
        Map<String, @Nullable Object> object = answer.object();
        if (json) {
            out.println(answer.body().strip());
        } else {
            print(object, out);
        }
    }

    /** The same, with the text of a key, which is shown this once, above the others. */
    static void printIssued(AdminClient.Answer answer, boolean json, PrintWriter out) throws CommandFailedException {
        Map<String, @Nullable Object> object = new LinkedHashMap<>(answer.object());
        if (json) {
            out.println(answer.body().strip());
        } else {
            out.println("Key (shown only now):");
            out.println("  " + JsonTree.shown(object.remove("key")));
            out.println();
            print(object, out);
        }
    }

    /** The id that {@code named} is, or that of the user who has this address. */
    String id(AdminClient client, String named) throws CommandFailedException, InterruptedException {
        if (this != USER || named.indexOf('@') < 0) {
            return named;
        }
        for (Map<?, ?> user : list(client, AdminOptions.parameter("q", named))) {
            if (user.get("email") instanceof String email
                    && email.equalsIgnoreCase(named)
                    && user.get("id") instanceof String id) {
                return id;
            }
        }
        throw new CommandFailedException("there is no user with the address " + UsageText.printable(named));
    }
}
