package dev.sluice.gateway.admin;

import static dev.sluice.gateway.admin.Shape.Member.optional;
import static dev.sluice.gateway.admin.Shape.Member.required;

import dev.sluice.gateway.admin.Shape.MemberType;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.store.SessionStore;
import dev.sluice.gateway.store.TeamRow;
import dev.sluice.gateway.store.TeamStore;
import dev.sluice.gateway.store.UserRow;
import dev.sluice.gateway.store.UserStore;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /admin/api/teams}: tenants. Thread: a virtual one for each request. */
public final class TeamApi implements AdminPart {
    static final String OBJECT = "team";
    private static final String SUBJECT = "teams";

    private static final List<Shape.Member> OF_BOTH = List.of(
            optional("tier", MemberType.TEXT, "one of `auth.tiers`, for keys that have none of their own; null: none"),
            optional("enabled", MemberType.FLAG, "false: its keys and users are switched off with it"));

    static final Shape.Body NEW = new Shape.Body(
            "NewTeam",
            Shape.with(
                    optional("id", MemberType.TEXT, "how everything else refers to it; made up when absent"),
                    Shape.with(
                            required("name", MemberType.TEXT, "what to call it; no other team may have it"), OF_BOTH)),
            "{\"id\":\"shop\",\"name\":\"The shop\",\"tier\":\"premium\"}");

    static final Shape.Body CHANGE = new Shape.Body(
            "TeamChange",
            Shape.with(optional("name", MemberType.TEXT, "what to call it; no other team may have it"), OF_BOTH),
            "{\"name\":\"The new shop\",\"enabled\":true}");

    private final Changes changes;
    private final Supplier<List<String>> tiers;

    /** @param tiers that the configuration in force knows */
    public TeamApi(Changes changes, Supplier<List<String>> tiers) {
        this.changes = changes;
        this.tiers = tiers;
    }

    @Override
    public List<AdminRoute> routes() {
        Shape view = new Shape.View(TeamView.class);
        return List.of(
                AdminRoute.of(
                        "GET /admin/api/teams",
                        Paging.document(RouteDocument.of(SUBJECT, "Teams, in the order of their ids.")
                                        .query("name", "only teams with this in their name"))
                                .answers(200, new Shape.Page(TeamView.class)),
                        this::list),
                AdminRoute.of(
                        "POST /admin/api/teams",
                        RouteDocument.of(SUBJECT, "Makes a team.")
                                .header(Changes.IDEMPOTENCY_KEY, false, "makes asking again harmless, for a day")
                                .takes(NEW)
                                .answers(201, view),
                        this::create),
                AdminRoute.of(
                        "GET /admin/api/teams/{id}",
                        RouteDocument.of(SUBJECT, "One team; its version is in the header ETag.")
                                .answers(200, view),
                        this::show),
                AdminRoute.of(
                        "PATCH /admin/api/teams/{id}",
                        RouteDocument.of(SUBJECT, "Changes what the body names; null takes away.")
                                .header(Precondition.HEADER, true, "the version that the change is made for")
                                .takes(CHANGE)
                                .answers(200, view),
                        this::change),
                AdminRoute.of(
                        "DELETE /admin/api/teams/{id}",
                        RouteDocument.of(
                                SUBJECT,
                                "Removes a team without keys and users. One that has none but revoked and switched off"
                                        + " ones is switched off itself; one that has others is left as it is."),
                        this::delete),
                AdminRoute.of(
                        "GET /admin/api/teams/{id}/members",
                        Paging.document(RouteDocument.of(SUBJECT, "The users of a team."))
                                .answers(200, new Shape.Page(UserView.class)),
                        this::members));
    }

    private AdminResponse list(AdminRequest request) throws Exception {
        Paging paging = Paging.of(request, "name");
        String name = Parameters.text(request, "name");
        return changes.read(connection -> paging.page(
                new TeamStore(connection).list(request.reach(), name, paging.after(), paging.wanted()),
                TeamRow::id,
                TeamView::of));
    }

    private AdminResponse show(AdminRequest request) throws Exception {
        return changes.read(connection ->
                view(200, covered(request.reach(), new TeamStore(connection).find(request.id()), request.id())));
    }

    private AdminResponse members(AdminRequest request) throws Exception {
        Paging paging = Paging.of(request);
        UserStore.Filter filter = new UserStore.Filter(request.id(), null, null, null, paging.after(), paging.wanted());
        return changes.read(connection -> {
            covered(request.reach(), new TeamStore(connection).find(request.id()), request.id());
            return paging.page(new UserStore(connection).list(request.reach(), filter), UserRow::id, UserView::of);
        });
    }

    private AdminResponse create(AdminRequest request) throws Exception {
        Body body = Body.of(request.body(), NEW);
        String given = body.text("id");
        String id = given == null ? UUID.randomUUID().toString() : given;
        String name = Objects.requireNonNull(body.text("name"));
        Names.checkId("id", id);
        check(name, body.text("tier"));
        return changes.create(request, change -> {
            TeamStore teams = change.teams();
            if (!teams.insert(id, name, body.text("tier"), body.flag("enabled", true))) {
                throw teams.hasName(name) ? nameTaken(name) : idTaken(id);
            }
            TeamRow row = Objects.requireNonNull(teams.find(id));
            change.audit("create", OBJECT, id, id, null, TeamView.of(row));
            return view(201, row);
        });
    }

    private AdminResponse change(AdminRequest request) throws Exception {
        Body body = Body.of(request.body(), CHANGE);
        return changes.change(request, change -> {
            TeamStore teams = change.teams();
            TeamRow before = covered(request.reach(), teams.hold(request.id()), request.id());
            Precondition.require(request, before.version());
            String name = body.text("name") == null ? before.name() : body.text("name");
            String tier = body.has("tier") ? body.text("tier") : before.tier();
            boolean enabled = body.flag("enabled", before.enabled());
            check(name, tier);
            refuseSwitchingOffTheDefault(before.id(), enabled);
            if (!name.equals(before.name()) && teams.hasName(name)) {
                throw nameTaken(name);
            }
            return view(200, update(change, before, name, tier, enabled, "update"));
        });
    }

    private static TeamRow update(
            Change change, TeamRow before, String name, @Nullable String tier, boolean enabled, String action)
            throws SQLException {
        TeamStore teams = change.teams();
        teams.update(before.id(), name, tier, enabled);
        TeamRow row = Objects.requireNonNull(teams.find(before.id()));
        change.audit(action, OBJECT, row.id(), row.id(), TeamView.of(before), TeamView.of(row));
        if (before.enabled() && !enabled) {
            // Their tokens would be good until they expire.
            new SessionStore(change.connection()).revokeTeam(row.id(), "the team was switched off");
        }
        return row;
    }

    private AdminResponse delete(AdminRequest request) throws Exception {
        return changes.change(request, change -> {
            TeamStore teams = change.teams();
            TeamRow before = covered(request.reach(), teams.hold(request.id()), request.id());
            refuseSwitchingOffTheDefault(before.id(), false);
            TeamStore.Belongings has = teams.belongings(before.id());
            if (has.keys() > 0 || has.users() > 0) {
                throw new RefusedException(AdminResponse.error(
                        409,
                        "team_not_empty",
                        null,
                        "the team has " + has.keys() + " keys that are not revoked and " + has.users()
                                + " users who are not switched off; allowed: none of either, or switch the team off",
                        json -> {
                            json.writeNumberField("keys", has.keys());
                            json.writeNumberField("users", has.users());
                        }));
            }
            if (has.all() == 0) {
                teams.delete(before.id());
                change.audit("delete", OBJECT, before.id(), before.id(), TeamView.of(before), null);
            } else if (before.enabled()) {
                update(change, before, before.name(), before.tier(), false, "disable");
            } else {
                change.changesNothing();
            }
            return AdminResponse.noContent();
        });
    }

    private void check(String name, @Nullable String tier) throws InvalidParameterException {
        Names.check("name", name);
        Names.checkTier(tier, tiers.get());
    }

    private static TeamRow covered(Reach reach, @Nullable TeamRow row, String id) throws RefusedException {
        if (row == null || !reach.covers(row.id(), null)) {
            throw RefusedException.notFound(OBJECT, id);
        }
        return row;
    }

    private static void refuseSwitchingOffTheDefault(String id, boolean enabled) throws RefusedException {
        if (id.equals(Principal.DEFAULT_TEAM) && !enabled) {
            throw new RefusedException(
                    409,
                    "default_team",
                    "the team `" + id + "` has what names no team; it can be neither removed nor switched off");
        }
    }

    private static RefusedException nameTaken(String name) {
        return new RefusedException(409, "team_exists", "there is a team with the name `" + Echo.of(name) + "`");
    }

    private static RefusedException idTaken(String id) {
        return new RefusedException(409, "team_exists", "there is a team with the id `" + Echo.of(id) + "`");
    }

    private static AdminResponse view(int status, TeamRow row) {
        return AdminResponse.json(status, json -> Json.write(json, TeamView.of(row)))
                .withHeader("etag", Precondition.tag(row.version()));
    }
}
