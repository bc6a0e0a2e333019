package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.store.KeyRow;
import dev.sluice.gateway.store.KeySettings;
import dev.sluice.gateway.store.KeyStore;
import dev.sluice.gateway.store.UnrevokedKeys;
import dev.sluice.gateway.usage.Grouping;
import dev.sluice.gateway.usage.UsageQuery;
import dev.sluice.gateway.usage.UsageRow;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * {@code /key/...}: gateway keys in the requests and answers of a LiteLLM proxy, for scripts that were written for one.
 *
 * <p>A key is named by its text or by its id, which takes the place of LiteLLM's {@code token}. Texts of keys come in
 * bodies, queries and paths here: none is repeated but to whoever sent it, and none is logged. What is deleted there is
 * revoked here, and does not exist for these routes any more. Thread: a virtual one for each request.
 */
public final class LitellmKeyApi implements AdminPart {
    private static final String SUBJECT = "litellm";
    private static final Duration LONGEST_GRACE = Duration.ofDays(30);
    private static final int USUAL_PAGE = 10;
    private static final int LARGEST_PAGE = 100;
    private static final int MOST_DELETIONS = 500;
    private static final int NANO_DIGITS = 9;

    private static final Shape RECORD = new Shape.Sample(
            "LitellmKey",
            "{\"token\":\"Ab3dEf9h\",\"token_id\":\"Ab3dEf9h\",\"key_name\":\"sk-slc-Ab3dEf9h...\",\"key_alias\":\"ci\","
                    + "\"team_id\":\"default\",\"user_id\":null,\"models\":[\"gpt-*\"],\"blocked\":false,\"spend\":null,"
                    + "\"expires\":\"2027-01-01T00:00:00Z\",\"metadata\":{},\"created_at\":\"2026-11-01T00:00:00Z\","
                    + "\"updated_at\":\"2026-11-01T00:00:00Z\"}");
    private static final Shape NAMED = new Shape.Sample("LitellmKeyName", "{\"key\":\"Ab3dEf9h\"}");

    private final Changes changes;
    private final KeyChanges keys;
    private final UsageApi.Source usage;

    /** @param usage what keys have cost */
    public LitellmKeyApi(Changes changes, KeyChanges keys, UsageApi.Source usage) {
        this.changes = changes;
        this.keys = keys;
        this.usage = usage;
    }

    @Override
    public List<AdminRoute> routes() {
        Shape wish = new Shape.Sample(
                "LitellmKeyWish",
                "{\"key_alias\":\"ci\",\"team_id\":\"default\",\"models\":[\"gpt-4o\"],\"duration\":\"30d\","
                        + "\"max_budget\":10,\"metadata\":{\"app\":\"ci\"}}");
        return List.of(
                route("POST /key/generate", "Makes a key; its text is shown this once.", wish, this::generate),
                AdminRoute.of(
                        "GET /key/info",
                        RouteDocument.of(SUBJECT, "One key.")
                                .query("key", "its text or its id")
                                .answers(200, new Shape.Sample("LitellmKeyInfo", "{\"key\":\"Ab3dEf9h\",\"info\":{}}")),
                        this::info),
                route("POST /key/update", "Changes what the body names.", wish, this::update),
                AdminRoute.of(
                        "POST /key/delete",
                        RouteDocument.of(SUBJECT, "Revokes keys, for good.")
                                .takes(new Shape.Sample(
                                        "LitellmKeyNames", "{\"keys\":[\"Ab3dEf9h\"],\"key_aliases\":[\"ci\"]}"))
                                .answers(
                                        200,
                                        new Shape.Sample("LitellmDeletedKeys", "{\"deleted_keys\":[\"Ab3dEf9h\"]}")),
                        this::delete),
                route("POST /key/block", "Switches a key off.", NAMED, request -> block(request, true)),
                route("POST /key/unblock", "Switches a key on again.", NAMED, request -> block(request, false)),
                AdminRoute.of(
                        "GET /key/list",
                        RouteDocument.of(SUBJECT, "Keys, the newest first.")
                                .query("page", "from 1 on")
                                .query("size", "keys of a page, 1 to " + LARGEST_PAGE)
                                .query("team_id", "only keys of this team")
                                .query("user_id", "only keys of this user")
                                .query("key_alias", "only keys with this very alias")
                                .query("return_full_object", "true: the keys themselves, not their ids alone")
                                .answers(
                                        200,
                                        new Shape.Sample(
                                                "LitellmKeyList",
                                                "{\"keys\":[\"Ab3dEf9h\"],\"total_count\":1,\"current_page\":1,"
                                                        + "\"total_pages\":1}")),
                        this::list),
                route(
                        "POST /key/regenerate",
                        "Gives the key that the body names another secret.",
                        wish,
                        request -> regenerate(request, null)),
                route(
                        "POST /key/{key}/regenerate",
                        "Gives a key another secret.",
                        wish,
                        request -> regenerate(request, request.id())));
    }

    private static AdminRoute route(String route, String summary, Shape body, AdminRoute.Action action) {
        return AdminRoute.of(
                route, RouteDocument.of(SUBJECT, summary).takes(body).answers(200, RECORD), action);
    }

    private AdminResponse generate(AdminRequest request) throws Exception {
        LitellmBody body = LitellmBody.of(request.body());
        if (body.text("key") != null) {
            throw new InvalidParameterException(
                    "key", "the text of a key is made here, with a checksum; allowed: none");
        }
        KeySettings nothing = new KeySettings(
                LitellmWish.UNNAMED,
                request.caller().tenant(),
                null,
                List.of(),
                List.of(),
                Map.of(),
                null,
                List.of(),
                null,
                null,
                true,
                "{}");
        return changes.create(request, change -> {
            LitellmWish.Wanted wanted = LitellmWish.settings(body, change, nothing, keys.now());
            refuseAliasTwice(change, request.reach(), body, null);
            return issued(keys.create(change, request.reach(), wanted.settings()), wanted.warnings());
        });
    }

    /** Keys are meant by their alias there, so that it has to be one key's. */
    private void refuseAliasTwice(Change change, Reach reach, LitellmBody body, @Nullable String id)
            throws InvalidParameterException, SQLException {
        String alias = body.text("key_alias");
        if (alias != null
                && unrevoked(change).named(reach, alias, keys.now()).stream().anyMatch(other -> !other.equals(id))) {
            throw new InvalidParameterException(
                    "key_alias", "`key_alias` is `" + Echo.of(alias) + "`, which is another key's; allowed: a new one");
        }
    }

    private AdminResponse info(AdminRequest request) throws Exception {
        String named = request.parameter("key");
        if (named == null) {
            throw new InvalidParameterException("key", "`key` is missing; allowed: the text or the id of a key");
        }
        return changes.read(connection -> {
            KeyRow row = known(request.reach(), new KeyStore(connection).find(id(named), keys.now()));
            BigDecimal spend = spend(row);
            return AdminResponse.json(200, json -> {
                json.writeStartObject();
                json.writeStringField("key", named);
                json.writeObjectFieldStart("info");
                LitellmView.members(json, row);
                json.writeFieldName("spend");
                json.writeRawValue(spend == null ? "null" : spend.toPlainString());
                json.writeEndObject();
                json.writeEndObject();
            });
        });
    }

    /** In dollars, by the sums of whole hours; null when it is not known. */
    private @Nullable BigDecimal spend(KeyRow row) throws SQLException {
        Instant from = row.createdAt().truncatedTo(ChronoUnit.HOURS);
        Instant to = keys.now().truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS);
        UsageQuery query = new UsageQuery(List.of(), null, Map.of(Grouping.KEY, row.id()), from, to, 1);
        List<UsageRow> sums = usage.report(query).rows();
        Long nano = sums.isEmpty() ? Long.valueOf(0) : sums.get(0).sums().costNano();
        return nano == null ? null : BigDecimal.valueOf(nano, NANO_DIGITS);
    }

    private AdminResponse update(AdminRequest request) throws Exception {
        LitellmBody body = LitellmBody.of(request.body());
        String named = required(body);
        return changes.change(request, change -> {
            KeyRow before = held(change, request.reach(), named);
            LitellmWish.Wanted wanted = LitellmWish.settings(body, change, before.settings(), keys.now());
            refuseAliasTwice(change, request.reach(), body, before.id());
            KeyRow row = keys.update(change, request.reach(), before, wanted.settings());
            return view(named, row, wanted.warnings());
        });
    }

    private AdminResponse block(AdminRequest request, boolean blocked) throws Exception {
        String named = required(LitellmBody.of(request.body()));
        return changes.change(request, change -> {
            KeyRow before = held(change, request.reach(), named);
            KeySettings is = before.settings();
            KeySettings switched = new KeySettings(
                    is.name(),
                    is.teamId(),
                    is.ownerId(),
                    is.models(),
                    is.endpoints(),
                    is.tags(),
                    is.tier(),
                    is.ipRanges(),
                    is.notBefore(),
                    is.expiresAt(),
                    !blocked,
                    is.metadata());
            return view(null, keys.update(change, request.reach(), before, switched), List.of());
        });
    }

    private AdminResponse delete(AdminRequest request) throws Exception {
        LitellmBody body = LitellmBody.of(request.body());
        List<String> named = body.texts("keys");
        List<String> aliases = body.texts("key_aliases");
        int count = named.size() + aliases.size();
        if (count == 0 || count > MOST_DELETIONS) {
            throw new InvalidParameterException(
                    "keys", "`keys` and `key_aliases` have " + count + " entries; allowed: 1 to " + MOST_DELETIONS);
        }
        return changes.change(request, change -> {
            for (KeyRow row : meant(change, request.reach(), named, aliases)) {
                keys.revoke(change, row);
            }
            return AdminResponse.json(200, json -> {
                json.writeStartObject();
                json.writeArrayFieldStart("deleted_keys");
                for (String each : named) {
                    json.writeString(each);
                }
                for (String alias : aliases) {
                    json.writeString(alias);
                }
                json.writeEndArray();
                json.writeEndObject();
            });
        });
    }

    /** Each once, in the order of their ids, which every change takes them in. */
    private Collection<KeyRow> meant(Change change, Reach reach, List<String> named, List<String> aliases)
            throws RefusedException, SQLException {
        Set<String> ids = new TreeSet<>();
        named.forEach(each -> ids.add(id(each)));
        for (String alias : aliases) {
            List<String> called = unrevoked(change).named(reach, alias, keys.now());
            if (called.isEmpty()) {
                throw RefusedException.notFound(KeyChanges.OBJECT, alias);
            }
            ids.addAll(called);
        }
        List<KeyRow> rows = new ArrayList<>();
        for (String id : ids) {
            rows.add(held(change, reach, id));
        }
        return rows;
    }

    private AdminResponse list(AdminRequest request) throws Exception {
        int page = number(request, "page", 1, Integer.MAX_VALUE / LARGEST_PAGE);
        int size = number(request, "size", USUAL_PAGE, LARGEST_PAGE);
        boolean whole = "true".equalsIgnoreCase(request.parameter("return_full_object"));
        UnrevokedKeys.Filter filter = new UnrevokedKeys.Filter(
                Parameters.text(request, "team_id"),
                Parameters.text(request, "user_id"),
                Parameters.text(request, "key_alias"));
        return changes.read(connection -> {
            UnrevokedKeys unrevoked = new UnrevokedKeys(connection);
            long total = unrevoked.count(request.reach(), filter, keys.now());
            List<KeyRow> rows = unrevoked.page(request.reach(), filter, (long) (page - 1) * size, size, keys.now());
            return AdminResponse.json(200, json -> {
                json.writeStartObject();
                json.writeArrayFieldStart("keys");
                for (KeyRow row : rows) {
                    if (whole) {
                        json.writeStartObject();
                        LitellmView.members(json, row);
                        json.writeEndObject();
                    } else {
                        json.writeString(row.id());
                    }
                }
                json.writeEndArray();
                json.writeNumberField("total_count", total);
                json.writeNumberField("current_page", page);
                json.writeNumberField("total_pages", (total + size - 1) / size);
                json.writeEndObject();
            });
        });
    }

    private static int number(AdminRequest request, String name, int usual, int most) throws InvalidParameterException {
        String text = request.parameter(name);
        if (text == null) {
            return usual;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new InvalidParameterException(name, "`" + name + "` is `" + Echo.of(text) + "`; allowed: 1 to " + most);
    }

    private AdminResponse regenerate(AdminRequest request, @Nullable String inPath) throws Exception {
        LitellmBody body = LitellmBody.of(request.body());
        String named = inPath == null ? required(body) : inPath;
        String grace = body.text("grace_period");
        Duration overlap = grace == null ? Duration.ZERO : LitellmWish.duration(grace, "grace_period");
        if (overlap.compareTo(LONGEST_GRACE) > 0) {
            throw new InvalidParameterException(
                    "grace_period",
                    "`grace_period` is " + overlap.toHours() + "h; allowed: up to " + LONGEST_GRACE.toHours() + "h");
        }
        return changes.change(request, change -> {
            KeyRow before = held(change, request.reach(), named);
            LitellmWish.Wanted wanted = LitellmWish.settings(body, change, before.settings(), keys.now());
            refuseAliasTwice(change, request.reach(), body, before.id());
            KeyRow row = wanted.settings().equals(before.settings())
                    ? before
                    : keys.update(change, request.reach(), before, wanted.settings());
            return issued(keys.rotate(change, row, overlap), wanted.warnings());
        });
    }

    private static UnrevokedKeys unrevoked(Change change) {
        return new UnrevokedKeys(change.connection());
    }

    private static String required(LitellmBody body) throws InvalidParameterException {
        String key = body.text("key");
        if (key == null) {
            throw new InvalidParameterException("key", "`key` is missing; allowed: the text or the id of a key");
        }
        return key;
    }

    /** Of a key that is named by its text or its id; of neither, something that no key has. */
    private static String id(String named) {
        ApiKey text = ApiKey.parse(named);
        return text == null ? named : text.id();
    }

    private KeyRow held(Change change, Reach reach, String named) throws RefusedException, SQLException {
        return known(reach, change.keys().hold(id(named), keys.now()));
    }

    /** What was named is not repeated: it may be the text of a key. */
    private static KeyRow known(Reach reach, @Nullable KeyRow row) throws RefusedException {
        if (row == null
                || row.status() == KeyRow.Status.REVOKED
                || !reach.covers(row.settings().teamId(), row.settings().ownerId())) {
            throw new RefusedException(404, "key_not_found", "there is no such key");
        }
        return row;
    }

    private AdminResponse view(@Nullable String named, KeyRow row, List<String> warnings) {
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            if (named != null) {
                json.writeStringField("key", named);
            }
            LitellmView.members(json, row);
            LitellmView.warnings(json, warnings);
            json.writeEndObject();
        });
    }

    private AdminResponse issued(KeyChanges.Issued issued, List<String> warnings) {
        return view(issued.key().reveal(), issued.row(), warnings);
    }
}
