package dev.sluice.gateway.admin;

import static dev.sluice.gateway.admin.Shape.Member.optional;

import dev.sluice.gateway.admin.Shape.MemberType;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.store.KeyRow;
import dev.sluice.gateway.store.KeySettings;
import dev.sluice.gateway.store.KeyStore;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /admin/api/keys}: gateway keys. Thread: a virtual one for each request. */
public final class KeyApi implements AdminPart {
    private static final Duration USUAL_OVERLAP = Duration.ofHours(24);
    private static final Duration LONGEST_OVERLAP = Duration.ofDays(30);
    private static final String SUBJECT = "keys";

    static final Shape.Body ROTATION = new Shape.Body(
            "KeyRotation",
            List.of(optional(
                    "overlap",
                    MemberType.TEXT,
                    "how long the old secret is good as well; 24h when absent, 0s: not at all")),
            "{\"overlap\":\"24h\"}");

    private final Changes changes;
    private final KeyChanges keys;

    public KeyApi(Changes changes, KeyChanges keys) {
        this.changes = changes;
        this.keys = keys;
    }

    @Override
    public List<AdminRoute> routes() {
        Shape view = new Shape.View(KeyView.class);
        Shape issued = new Shape.Issued("IssuedKey", "key", "the key; it is shown this once", KeyView.class);
        return List.of(
                AdminRoute.of(
                        "GET /admin/api/keys",
                        Paging.document(RouteDocument.of(SUBJECT, "Keys, in the order of their ids.")
                                        .query("team", "only keys of this team")
                                        .query("owner", "only keys of this user")
                                        .query("name", "only keys with this in their name")
                                        .query("status", "one of " + String.join(", ", KeyRow.Status.LABELS)))
                                .answers(200, new Shape.Page(KeyView.class)),
                        this::list),
                AdminRoute.of(
                        "POST /admin/api/keys",
                        RouteDocument.of(SUBJECT, "Makes a key. The answer has its text, which is not kept.")
                                .header(Changes.IDEMPOTENCY_KEY, false, "makes asking again harmless, for a day")
                                .takes(KeyWish.NEW)
                                .answers(201, issued),
                        this::create),
                AdminRoute.of(
                        "GET /admin/api/keys/{id}",
                        RouteDocument.of(SUBJECT, "One key; its version is in the header ETag.")
                                .answers(200, view),
                        this::show),
                AdminRoute.of(
                        "PATCH /admin/api/keys/{id}",
                        RouteDocument.of(SUBJECT, "Changes what the body names; null takes away.")
                                .header(Precondition.HEADER, true, "the version that the change is made for")
                                .takes(KeyWish.CHANGE)
                                .answers(200, view),
                        this::change),
                AdminRoute.of(
                        "POST /admin/api/keys/{id}/rotate",
                        RouteDocument.of(
                                        SUBJECT,
                                        "Gives the key another secret. The id stays, and for a while the old secret is good, too.")
                                .takes(ROTATION)
                                .answers(200, issued),
                        this::rotate),
                AdminRoute.of(
                        "DELETE /admin/api/keys/{id}",
                        RouteDocument.of(SUBJECT, "Revokes the key, for good. The key stays in the list."),
                        this::revoke));
    }

    private AdminResponse list(AdminRequest request) throws Exception {
        Paging paging = Paging.of(request, "team", "owner", "name", "status");
        KeyStore.Filter filter = new KeyStore.Filter(
                Parameters.text(request, "team"),
                Parameters.text(request, "owner"),
                Parameters.text(request, "name"),
                status(request.parameter("status")),
                paging.after(),
                paging.wanted());
        return changes.read(connection -> paging.page(
                new KeyStore(connection).list(request.reach(), filter, keys.now()), KeyRow::id, keys::view));
    }

    private static KeyRow.@Nullable Status status(@Nullable String label) throws InvalidParameterException {
        if (label == null) {
            return null;
        }
        for (KeyRow.Status status : KeyRow.Status.values()) {
            if (status.label().equals(label)) {
                return status;
            }
        }
        throw new InvalidParameterException(
                "status", "`status` is `" + Echo.of(label) + "`; allowed: " + String.join(", ", KeyRow.Status.LABELS));
    }

    private AdminResponse create(AdminRequest request) throws Exception {
        Body body = Body.of(request.body(), KeyWish.NEW);
        KeySettings settings = KeyWish.create(body, request.caller().tenant(), keys.now());
        return changes.create(request, change -> issued(201, keys.create(change, request.reach(), settings)));
    }

    private AdminResponse show(AdminRequest request) throws Exception {
        return changes.read(connection -> view(
                keys.covered(request.reach(), new KeyStore(connection).find(request.id(), keys.now()), request.id())));
    }

    private AdminResponse change(AdminRequest request) throws Exception {
        Body body = Body.of(request.body(), KeyWish.CHANGE);
        Reach reach = request.reach();
        return changes.change(request, change -> {
            KeyRow before = keys.held(change, reach, request.id());
            Precondition.require(request, before.version());
            KeySettings settings = KeyWish.change(body, before.settings(), keys.now());
            return view(keys.update(change, reach, before, settings));
        });
    }

    private AdminResponse rotate(AdminRequest request) throws Exception {
        String overlap = Body.orNothing(request.body(), ROTATION).text("overlap");
        Duration span = overlap == null ? USUAL_OVERLAP : TimeSpan.parse(overlap, "overlap", LONGEST_OVERLAP);
        return changes.change(
                request,
                change -> issued(200, keys.rotate(change, keys.held(change, request.reach(), request.id()), span)));
    }

    private AdminResponse revoke(AdminRequest request) throws Exception {
        return changes.change(request, change -> {
            keys.revoke(change, keys.held(change, request.reach(), request.id()));
            return AdminResponse.noContent();
        });
    }

    private AdminResponse view(KeyRow row) {
        return AdminResponse.json(200, json -> Json.write(json, keys.view(row)))
                .withHeader("etag", Precondition.tag(row.version()));
    }

    /** The one answer that has a key in it. */
    private AdminResponse issued(int status, KeyChanges.Issued issued) {
        return AdminResponse.json(status, json -> {
                    json.writeStartObject();
                    json.writeStringField("key", issued.key().reveal());
                    Json.members(json, keys.view(issued.row()));
                    json.writeEndObject();
                })
                .withHeader("etag", Precondition.tag(issued.row().version()));
    }
}
