package dev.sluice.gateway.admin;

import dev.sluice.gateway.account.BusyException;
import dev.sluice.gateway.account.Passwords;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.store.SessionStore;
import dev.sluice.gateway.store.UserRow;
import dev.sluice.gateway.store.UserRow.Settings;
import dev.sluice.gateway.store.UserStore;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /admin/api/users}: people. Thread: a virtual one for each request. */
public final class UserApi implements AdminPart {
    static final String OBJECT = "user";
    private static final String SUBJECT = "users";

    private final Changes changes;
    private final Passwords passwords;
    private final Supplier<GatewayConfig.Auth> auth;
    private final SecureRandom random = new SecureRandom();

    /** @param auth tiers and defaults of the configuration in force */
    public UserApi(Changes changes, Passwords passwords, Supplier<GatewayConfig.Auth> auth) {
        this.changes = changes;
        this.passwords = passwords;
        this.auth = auth;
    }

    @Override
    public List<AdminRoute> routes() {
        Shape view = new Shape.View(UserView.class);
        return List.of(
                AdminRoute.of(
                        "GET /admin/api/users",
                        Paging.document(RouteDocument.of(SUBJECT, "Users, in the order of their ids.")
                                        .query("team", "only users of this team")
                                        .query("role", "only users with this role")
                                        .query("enabled", "`true` or `false`")
                                        .query("q", "only users with this in their address or name"))
                                .answers(200, new Shape.Page(UserView.class)),
                        this::list),
                AdminRoute.of(
                        "POST /admin/api/users",
                        RouteDocument.of(SUBJECT, "Makes a user.")
                                .header(Changes.IDEMPOTENCY_KEY, false, "makes asking again harmless, for a day")
                                .takes(UserWish.NEW)
                                .answers(201, view),
                        this::create),
                AdminRoute.of(
                        "GET /admin/api/users/{id}",
                        RouteDocument.of(SUBJECT, "One user; the version is in the header ETag.")
                                .answers(200, view),
                        this::show),
                AdminRoute.of(
                        "PATCH /admin/api/users/{id}",
                        RouteDocument.of(SUBJECT, "Changes what the body names.")
                                .header(Precondition.HEADER, true, "the version that the change is made for")
                                .takes(UserWish.CHANGE)
                                .answers(200, view),
                        this::change),
                AdminRoute.of(
                        "DELETE /admin/api/users/{id}",
                        RouteDocument.of(
                                SUBJECT,
                                "Switches a user off, who stays in the list: logged out, and the keys with them."),
                        this::disable),
                AdminRoute.of(
                        "POST /admin/api/users/{id}/logout",
                        RouteDocument.of(SUBJECT, "Ends all logins of a user; tokens are refused at once."),
                        this::logOut));
    }

    private AdminResponse list(AdminRequest request) throws Exception {
        Paging paging = Paging.of(request, "team", "role", "enabled", "q");
        String role = request.parameter("role");
        UserStore.Filter filter = new UserStore.Filter(
                Parameters.text(request, "team"),
                role == null ? null : UserWish.role(role),
                Parameters.flag(request, "enabled"),
                Parameters.text(request, "q"),
                paging.after(),
                paging.wanted());
        return changes.read(connection ->
                paging.page(new UserStore(connection).list(request.reach(), filter), UserRow::id, UserView::of));
    }

    private AdminResponse show(AdminRequest request) throws Exception {
        return changes.read(connection ->
                view(200, covered(request.reach(), new UserStore(connection).find(request.id()), request.id())));
    }

    private AdminResponse create(AdminRequest request) throws Exception {
        Body body = Body.of(request.body(), UserWish.NEW);
        Settings nobody = new Settings(
                "",
                "",
                request.caller().tenant(),
                Role.MEMBER,
                auth.get().users().tier(),
                true);
        Settings wanted = UserWish.settings(body, nobody);
        return withHash(
                body,
                hash -> changes.create(request, change -> {
                    check(change, request, wanted);
                    String id = Person.newId(random);
                    if (!change.users().insert(id, wanted, hash)) {
                        throw taken(wanted.email());
                    }
                    UserRow row = Objects.requireNonNull(change.users().find(id));
                    change.audit("create", OBJECT, id, wanted.teamId(), null, UserView.of(row));
                    return view(201, row);
                }));
    }

    private AdminResponse change(AdminRequest request) throws Exception {
        Body body = Body.of(request.body(), UserWish.CHANGE);
        return withHash(
                body,
                hash -> changes.change(request, change -> {
                    UserRow before = held(change, request);
                    Precondition.require(request, before.version());
                    Settings wanted = UserWish.settings(body, before.settings());
                    refuseWhatAnIssuerSays(before, wanted, hash);
                    check(change, request, wanted);
                    if (!wanted.email().equals(before.settings().email())
                            && change.users().hasEmail(wanted.email())) {
                        throw taken(wanted.email());
                    }
                    refuseMovingAwayFromKeys(change, before, wanted);
                    return view(200, update(change, before, wanted, hash, "update"));
                }));
    }

    private AdminResponse disable(AdminRequest request) throws Exception {
        return changes.change(request, change -> {
            UserRow before = held(change, request);
            Settings is = before.settings();
            if (is.enabled()) {
                Settings off =
                        new Settings(is.email(), is.name(), is.teamId(), is.role(), is.tier(), /* enabled= */ false);
                update(change, before, off, null, "disable");
            } else {
                change.changesNothing();
            }
            return AdminResponse.noContent();
        });
    }

    private AdminResponse logOut(AdminRequest request) throws Exception {
        return changes.change(request, change -> {
            UserRow user = held(change, request);
            endLogins(change, user.id(), "an operator asked for it");
            change.audit("logout", OBJECT, user.id(), user.settings().teamId(), null, null);
            return AdminResponse.noContent();
        });
    }

    private static UserRow update(Change change, UserRow before, Settings wanted, @Nullable String hash, String action)
            throws SQLException {
        change.users().update(before.id(), wanted, hash);
        UserRow row = Objects.requireNonNull(change.users().find(before.id()));
        change.audit(action, OBJECT, row.id(), wanted.teamId(), UserView.of(before), UserView.of(row));
        Settings was = before.settings();
        if (hash != null || (was.enabled() && !wanted.enabled())) {
            endLogins(change, row.id(), hash == null ? "switched off" : "an operator set another password");
        } else if (was.role() != wanted.role()
                || !was.teamId().equals(wanted.teamId())
                || !was.tier().equals(wanted.tier())) {
            new SessionStore(change.connection()).refuseTokens(row.id());
        }
        return row;
    }

    private static void endLogins(Change change, String id, String why) throws SQLException {
        SessionStore sessions = new SessionStore(change.connection());
        sessions.revokeAll(id, null, why);
        sessions.refuseTokens(id);
    }

    private void check(Change change, AdminRequest request, Settings wanted)
            throws InvalidParameterException, RefusedException, SQLException {
        if (!wanted.name().isEmpty()) {
            Names.check("name", wanted.name());
        }
        Names.checkTier(wanted.tier(), auth.get().tiers());
        KeyRules.checkTeam(change, request.reach(), wanted.teamId());
        refuseAbove(request.caller(), wanted.role());
    }

    /** Nobody makes somebody who may do more, and nobody changes one: the password of an owner is as good as the role. */
    private static void refuseAbove(Principal caller, Role role) throws RefusedException {
        if (role.isAbove(caller.role())) {
            throw new RefusedException(
                    403,
                    "role_above_own",
                    "the role `" + role.label() + "` is above the caller's own; allowed: "
                            + Stream.of(Role.values())
                                    .filter(each -> !each.isAbove(caller.role()))
                                    .map(Role::label)
                                    .collect(Collectors.joining(", ")));
        }
    }

    /** Somebody else's word on it would be back at the next login. */
    private static void refuseWhatAnIssuerSays(UserRow before, Settings wanted, @Nullable String hash)
            throws RefusedException {
        Settings is = before.settings();
        Settings onlySwitched =
                new Settings(is.email(), is.name(), is.teamId(), is.role(), is.tier(), wanted.enabled());
        if (before.issuer() != null && (hash != null || !wanted.equals(onlySwitched))) {
            throw new RefusedException(
                    409,
                    "user_of_issuer",
                    "the issuer `" + before.issuer() + "` says who this user is; allowed to change here: enabled");
        }
    }

    /** Keys stay where they are, and whoever leaves a team would keep what opens it. */
    private static void refuseMovingAwayFromKeys(Change change, UserRow before, Settings wanted)
            throws RefusedException, SQLException {
        if (wanted.teamId().equals(before.settings().teamId())) {
            return;
        }
        long keys = change.keys().ownedBy(before.id());
        if (keys > 0) {
            throw new RefusedException(
                    409,
                    "user_has_keys",
                    "the user has " + keys + " keys of the team `"
                            + before.settings().teamId()
                            + "`; allowed: to move without any, so revoke them or give them another owner");
        }
    }

    private UserRow held(Change change, AdminRequest request) throws RefusedException, SQLException {
        UserRow row = covered(request.reach(), change.users().hold(request.id()), request.id());
        refuseAbove(request.caller(), row.settings().role());
        return row;
    }

    private static UserRow covered(Reach reach, @Nullable UserRow row, String id) throws RefusedException {
        if (row == null || !reach.covers(row.settings().teamId(), row.id())) {
            throw RefusedException.notFound(OBJECT, id);
        }
        return row;
    }

    /** What is done with the hash of a password. */
    private interface Hashed {
        AdminResponse use(@Nullable String hash) throws Exception;
    }

    /** Outside of any transaction: it takes a while. */
    private AdminResponse withHash(Body body, Hashed then) throws Exception {
        String password = UserWish.password(body);
        String hash;
        try {
            hash = password == null ? null : passwords.hash(password);
        } catch (BusyException e) {
            return AdminResponse.error(503, "overloaded", null, String.valueOf(e.getMessage()))
                    .withHeader("retry-after", "1");
        }
        return then.use(hash);
    }

    private static RefusedException taken(String email) {
        return new RefusedException(409, "email_taken", "there is a user with the address `" + Echo.of(email) + "`");
    }

    private static AdminResponse view(int status, UserRow row) {
        return AdminResponse.json(status, json -> Json.write(json, UserView.of(row)))
                .withHeader("etag", Precondition.tag(row.version()));
    }
}
