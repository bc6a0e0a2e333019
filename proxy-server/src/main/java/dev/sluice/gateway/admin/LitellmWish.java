package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.store.KeySettings;
import dev.sluice.gateway.store.TeamRow;
import dev.sluice.gateway.store.UserRow;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a body of LiteLLM's says about a key, as settings of ours that {@link KeyRules} has yet to check. Nothing is widened:
 * a restriction that cannot be kept is refused, where a limit that nobody holds callers to is kept and warned of.
 */
final class LitellmWish {
    /** Of keys that were given no alias. */
    static final String UNNAMED = "unnamed";

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(s|m|min|h|d|w|mo)");
    private static final Duration LONGEST_LIFE = Duration.ofDays(36_500);
    private static final Set<String> EVERY_MODEL = Set.of("all-team-models", "all-proxy-models");
    private static final Set<String> EVERY_ROUTE = Set.of("llm_api_routes", "openai_routes", "/*", "*");

    private final LitellmBody body;
    private final Change change;
    private final Instant now;
    private final List<String> warnings;

    private LitellmWish(LitellmBody body, Change change, Instant now) {
        this.body = body;
        this.change = change;
        this.now = now;
        this.warnings = new ArrayList<>(LitellmExtras.warnings(body));
    }

    /** @param warnings what was said and has no effect */
    record Wanted(KeySettings settings, List<String> warnings) {}

    /** @param is what is not in the body; what is null there is taken away */
    static Wanted settings(LitellmBody body, Change change, KeySettings is, Instant now)
            throws InvalidParameterException, SQLException {
        LitellmWish wish = new LitellmWish(body, change, now);
        wish.refuseWhatCannotBe();
        return new Wanted(wish.settings(is), wish.warnings);
    }

    private void refuseWhatCannotBe() throws InvalidParameterException {
        if (body.text("new_key") != null) {
            throw new InvalidParameterException(
                    "new_key", "the text of a key is made here, with a checksum; allowed: none");
        }
        String type = body.text("key_type");
        if (type != null && !type.equals("default") && !type.equals("llm_api")) {
            throw new InvalidParameterException(
                    "key_type",
                    "`key_type` is `" + Echo.of(type)
                            + "`; allowed: default, llm_api, since a gateway key opens nothing of the admin plane");
        }
    }

    private KeySettings settings(KeySettings is) throws InvalidParameterException, SQLException {
        String alias = body.text("key_alias");
        String teamId = team(is.teamId());
        Boolean blocked = body.flag("blocked");
        return new KeySettings(
                body.has("key_alias") ? (alias == null ? UNNAMED : alias) : is.name(),
                teamId,
                body.has("user_id") ? owner(teamId) : is.ownerId(),
                body.has("models") ? models() : is.models(),
                body.has("allowed_routes") ? endpoints() : is.endpoints(),
                body.has("tags") ? tags() : is.tags(),
                is.tier(),
                is.ipRanges(),
                is.notBefore(),
                body.has("duration") ? expiry() : is.expiresAt(),
                blocked == null ? is.enabled() : !blocked,
                LitellmExtras.in(is.metadata()).changedBy(body).metadata());
    }

    /** A team is but a name there. For whoever reaches every team, one that does not exist yet is made. */
    private String team(String is) throws InvalidParameterException, SQLException {
        String team = body.text("team_id");
        if (team == null) {
            return is;
        }
        if (change.request().reach().scope() == AccessTable.Scope.ALL
                && change.teams().find(team) == null) {
            Names.checkId("team_id", team);
            if (change.teams().insert(team, team, null, /* enabled= */ true)) {
                TeamRow made = Objects.requireNonNull(change.teams().find(team));
                change.audit("create", TeamApi.OBJECT, team, team, null, TeamView.of(made));
                warnings.add("the team `" + team + "` was made: there was none");
            }
        }
        return team;
    }

    /** Users are made on the fly there; here one who does not exist is a name that is given back. */
    private @Nullable String owner(String team) throws InvalidParameterException, SQLException {
        String user = body.text("user_id");
        UserRow row = user == null ? null : change.users().find(user);
        if (row != null && row.settings().teamId().equals(team)) {
            return row.id();
        }
        if (user != null) {
            warnings.add("`user_id` is kept as a name: no user of the key's team has this id");
        }
        return null;
    }

    private List<String> models() throws InvalidParameterException {
        List<String> models = body.texts("models");
        if (models.contains("no-default-models")) {
            throw new InvalidParameterException(
                    "models", "`models` has `no-default-models`, which has no counterpart; allowed: names of models");
        }
        return models.stream().anyMatch(EVERY_MODEL::contains) ? List.of() : models;
    }

    private List<String> endpoints() throws InvalidParameterException {
        List<String> routes = body.texts("allowed_routes");
        if (routes.isEmpty() || routes.stream().anyMatch(EVERY_ROUTE::contains)) {
            return List.of();
        }
        List<String> endpoints = new ArrayList<>();
        for (String route : routes) {
            List<String> labels = labels(route);
            if (labels.isEmpty()) {
                warnings.add("`allowed_routes` has `" + Echo.of(route) + "`, which is no endpoint for keys here");
            }
            labels.stream().filter(label -> !endpoints.contains(label)).forEach(endpoints::add);
        }
        if (endpoints.isEmpty()) {
            throw new InvalidParameterException(
                    "allowed_routes",
                    "`allowed_routes` names no endpoint that keys have here; allowed: paths such as /chat/completions");
        }
        return endpoints;
    }

    /** Of the endpoints at {@code route}, with or without the version in front, or below it when it ends in a star. */
    private static List<String> labels(String route) {
        String path = route.startsWith("/v1/") ? route : "/v1" + (route.startsWith("/") ? route : "/" + route);
        boolean below = path.endsWith("/*");
        String wanted = below ? path.substring(0, path.length() - 1) : path;
        return AccessTable.dataRows().stream()
                .filter(row -> !row.access().open())
                .filter(row -> row.routes().stream()
                        .map(each -> each.substring(each.indexOf(' ') + 1))
                        .anyMatch(each -> below ? each.startsWith(wanted) : each.equals(wanted)))
                .map(AccessTable.DataRow::label)
                .toList();
    }

    /** Tags have values here: what is no {@code name=value} is true. */
    private Map<String, String> tags() throws InvalidParameterException {
        Map<String, String> tags = new LinkedHashMap<>();
        for (String tag : body.texts("tags")) {
            int equals = tag.indexOf('=');
            tags.put(equals < 0 ? tag : tag.substring(0, equals), equals < 0 ? "true" : tag.substring(equals + 1));
        }
        return tags;
    }

    private @Nullable Instant expiry() throws InvalidParameterException {
        String written = body.text("duration");
        if (written == null || written.equals("-1")) {
            return null;
        }
        Duration life = duration(written, "duration");
        return now.plus(life).truncatedTo(ChronoUnit.SECONDS);
    }

    static Duration duration(String written, String name) throws InvalidParameterException {
        Matcher matcher = DURATION.matcher(written);
        if (matcher.matches()) {
            long count = Long.parseLong(matcher.group(1));
            Duration span = switch (matcher.group(2)) {
                case "s" -> Duration.ofSeconds(count);
                case "m", "min" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                case "d" -> Duration.ofDays(count);
                case "w" -> Duration.ofDays(7 * count);
                default -> Duration.ofDays(30 * count);
            };
            if (span.compareTo(LONGEST_LIFE) <= 0) {
                return span;
            }
        }
        throw new InvalidParameterException(
                name,
                "`" + name + "` is `" + Echo.of(written) + "`; allowed: a whole number with s, m, h, d, w or mo, up to "
                        + LONGEST_LIFE.toDays() + "d");
    }
}
