package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AccessTable.Access;
import dev.sluice.gateway.auth.AccessTable.AdminRow;
import dev.sluice.gateway.auth.AccessTable.DataRow;
import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.it.Tenants.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every row of the table of access, on both planes, with every role, and for stored objects with one's own, one of one's team,
 * and one of another team: asked over HTTP at a whole gateway, by people with sessions and by gateway keys.
 */
@Timeout(300)
final class AccessTableIT {
    /** Paths behind which an object of a tenant is, and how one is made. */
    private static final Map<String, Kind> OBJECTS = Map.of(
            "/admin/api/keys/{id}",
            Kind.KEY,
            "/admin/api/users/{id}",
            Kind.USER,
            "/admin/api/teams/{id}",
            Kind.TEAM,
            "/admin/api/streams/{id}",
            Kind.STREAM,
            "/admin/api/budgets/{id}",
            Kind.BUDGET);

    private static Tenants tenants;

    private enum Kind {
        KEY,
        USER,
        TEAM,
        STREAM,
        BUDGET
    }

    /** Whose the object is that is asked about. */
    private enum Whose {
        OWN,
        OF_THE_TEAM,
        FOREIGN
    }

    /** A provider lists what it keeps for everybody; whoever is of a team would see other teams'. */
    private static final Set<String> LISTS_OF_ALL_TENANTS =
            Set.of("GET /v1/files", "GET /v1/batches", "GET /v1/messages/batches");

    @BeforeAll
    static void start() throws Exception {
        tenants = new Tenants();
    }

    @AfterAll
    static void stop() throws Exception {
        tenants.close();
    }

    @Test
    void theAdminPlaneServesWhatTheTableHasAndNothingElse() throws Exception {
        Set<String> served = new TreeSet<>();
        for (Map.Entry<String, List<String>> path :
                tenants.documentedPaths("admin").entrySet()) {
            path.getValue().forEach(method -> served.add(method + " " + path.getKey()));
        }
        Set<String> rows = new TreeSet<>();
        AccessTable.adminRows().forEach(row -> rows.add(row.method() + " " + row.path()));

        assertThat(served).isEqualTo(rows);
    }

    @Test
    void everyRouteOfTheAdminPlaneIsOpenToThoseWhomTheTableNames() throws Exception {
        SoftAssertions all = new SoftAssertions();
        for (AdminRow row : AccessTable.adminRows()) {
            String path = row.path().replaceAll("\\{\\w+}", "nothing-that-exists");
            int nobody = tenants.admin(null, row.method(), path, bodyFor(row)).status();
            for (Role role : Role.values()) {
                Caller caller = tenants.person("blue", role);
                int status = tenants.admin(caller.credential(), row.method(), path, bodyFor(row))
                        .status();
                String who = row.method() + " " + path + " as " + role;
                expect(all, who, row.access(), role, status, nobody);
            }
            int keyed = tenants.adminFromElsewhere(tenants.gatewayKey("blue", null), row.method(), path, bodyFor(row))
                    .status();
            all.assertThat(keyed)
                    .as("%s %s with a gateway key", row.method(), path)
                    .isEqualTo(row.access().open() ? nobody : 401);
        }
        all.assertAll();
    }

    private static void expect(
            SoftAssertions all, String who, Access access, Role role, int status, int statusOfNobody) {
        if (access.open()) {
            all.assertThat(status).as(who).isEqualTo(statusOfNobody).isNotIn(401, 403);
        } else if (access.of(role) == Scope.NONE) {
            all.assertThat(status).as(who).isEqualTo(403);
            all.assertThat(statusOfNobody).as("nobody: " + who).isEqualTo(401);
        } else {
            all.assertThat(status).as(who).isNotIn(401, 403);
            all.assertThat(statusOfNobody).as("nobody: " + who).isEqualTo(401);
        }
    }

    @Test
    void everyStoredObjectIsThereForThoseWhoReachItAndForNobodyElse() throws Exception {
        SoftAssertions all = new SoftAssertions();
        int cases = 0;
        for (AdminRow row : AccessTable.adminRows()) {
            Kind kind = kindOf(row);
            if (kind == null) {
                continue;
            }
            for (Role role : Role.values()) {
                for (Whose whose : Whose.values()) {
                    check(all, row, kind, role, whose);
                    cases++;
                }
            }
        }
        all.assertAll();
        assertThat(cases).isEqualTo(16 * Role.values().length * Whose.values().length);
    }

    private static void check(SoftAssertions all, AdminRow row, Kind kind, Role role, Whose whose) throws Exception {
        Caller caller = tenants.person("blue", role);
        String id = make(kind, caller, whose);
        Answered answer = new Answered(
                tenants.admin(caller.credential(), row.method(), row.path().replace("{id}", id), bodyFor(row)));
        String who = row.method() + " " + row.path() + " as " + role + ", " + whose;
        Scope scope = row.access().of(role);
        if (scope == Scope.NONE) {
            all.assertThat(answer.status()).as(who).isEqualTo(403);
        } else if (isCovered(kind, scope, whose)) {
            all.assertThat(answer.status()).as(who).isNotIn(401, 403, 404);
        } else {
            Caller again = tenants.person("blue", role);
            String unknown = "x".repeat(id.length());
            Answered missing = new Answered(
                    tenants.admin(again.credential(), row.method(), row.path().replace("{id}", unknown), bodyFor(row)));
            all.assertThat(answer.status()).as(who).isEqualTo(404);
            all.assertThat(answer.body()).as(who).isEqualTo(missing.body().replace(unknown, id));
        }
    }

    private record Answered(int status, String body) {
        Answered(Tenants.Reply reply) {
            this(reply.status(), reply.body());
        }
    }

    private static boolean isCovered(Kind kind, Scope scope, Whose whose) {
        return switch (scope) {
            case NONE -> false;
            case OWN -> whose == Whose.OWN && kind != Kind.TEAM && kind != Kind.BUDGET;
            case TEAM -> whose != Whose.FOREIGN;
            case ALL -> true;
        };
    }

    private static @Nullable Kind kindOf(AdminRow row) {
        for (Map.Entry<String, Kind> object : OBJECTS.entrySet()) {
            if (row.path().startsWith(object.getKey())) {
                return object.getValue();
            }
        }
        return null;
    }

    private static String make(Kind kind, Caller caller, Whose whose) throws Exception {
        String team = whose == Whose.FOREIGN ? "red" : "blue";
        return switch (kind) {
            case KEY -> tenants.storedKey(team, whose == Whose.OWN ? caller.id() : null);
            case USER ->
                whose == Whose.OWN
                        ? caller.id()
                        : tenants.person(team, Role.SERVICE).id();
            case TEAM -> team;
            case STREAM -> tenants.openCall(team, whose == Whose.OWN ? caller.id() : null);
            case BUDGET -> tenants.budget(team);
        };
    }

    /** One that is good for the route, and harmless. */
    private static String bodyFor(AdminRow row) {
        return switch (row.method()) {
            case "PATCH" -> "{\"name\":\"by the table " + tenants.next() + "\"}";
            case "POST" ->
                row.path().equals("/admin/api/users")
                        ? "{\"email\":\"" + tenants.next() + "@example.org\"}"
                        : row.path().endsWith("s") ? "{\"name\":\"" + tenants.next() + "\"}" : "";
            case "PUT" -> "{\"key\":\"none\"}";
            default -> "";
        };
    }

    @Test
    void listsHaveWhatTheCallerReaches() throws Exception {
        SoftAssertions all = new SoftAssertions();
        for (Role role : Role.values()) {
            Caller caller = tenants.person("green", role);
            String own = tenants.storedKey("green", caller.id());
            String ofTeam = tenants.storedKey("green", null);
            String foreign = tenants.storedKey("red", null);
            Caller colleague = tenants.person("green", Role.MEMBER);
            Caller stranger = tenants.person("red", Role.MEMBER);
            expectList(all, role, caller, "GET /admin/api/keys", own, ofTeam, foreign);
            expectList(all, role, caller, "GET /admin/api/users", caller.id(), colleague.id(), stranger.id());
            expectList(all, role, caller, "GET /admin/api/teams", null, "\"green\"", "\"red\"");
            String budget = tenants.budget("green");
            String foreignBudget = tenants.budget("red");
            expectList(all, role, caller, "GET /admin/api/budgets", null, budget, foreignBudget);
            expectList(all, role, caller, "GET /admin/api/audit", null, ofTeam, foreign);
            expectList(
                    all,
                    role,
                    caller,
                    "GET /admin/api/streams",
                    tenants.openCall("green", caller.id()),
                    tenants.openCall("green", null),
                    tenants.openCall("red", null));
        }
        all.assertAll();
    }

    private static void expectList(
            SoftAssertions all,
            Role role,
            Caller caller,
            String route,
            @Nullable String own,
            String ofTeam,
            String foreign)
            throws Exception {
        String path = route.substring(route.indexOf(' ') + 1);
        AdminRow row = AccessTable.ofAdmin("GET", path);
        assertThat(row).isNotNull();
        Scope scope = row.access().of(role);
        String body = tenants.admin(caller.credential(), "GET", path + "?limit=500", "")
                .body();
        String who = route + " as " + role;
        if (own != null) {
            all.assertThat(body.contains(own)).as("own in " + who).isEqualTo(scope != Scope.NONE);
        }
        all.assertThat(body.contains(ofTeam))
                .as("team's in " + who)
                .isEqualTo(scope == Scope.TEAM || scope == Scope.ALL);
        all.assertThat(body.contains(foreign)).as("foreign in " + who).isEqualTo(scope == Scope.ALL);
    }

    @Test
    void nobodyMakesAnythingInAnotherTenant() throws Exception {
        Map<String, String> needed = Map.of(
                "/admin/api/keys", "",
                "/admin/api/users", ",\"email\":\"" + tenants.next() + "@example.org\"",
                "/admin/api/budgets", ",\"subject\":\"key\",\"measure\":\"cost\",\"amount\":\"1/day\"");
        for (String path : needed.keySet()) {
            Caller admin = tenants.person("blue", Role.ADMIN);
            String foreign = "{\"name\":\"a\",\"team\":\"red\"" + needed.get(path) + "}";

            assertThat(tenants.admin(admin.credential(), "POST", path, foreign).status())
                    .as(path)
                    .isEqualTo(400);
            assertThat(tenants.admin(admin.credential(), "POST", path, foreign.replace("red", "blue"))
                            .status())
                    .as(path)
                    .isEqualTo(201);
        }
    }

    @Test
    void everyRouteOfTheDataPlaneIsOpenToThoseWhomTheTableNames() throws Exception {
        SoftAssertions all = new SoftAssertions();
        List<String> asked = new ArrayList<>();
        for (DataRow row : AccessTable.dataRows()) {
            for (String route : row.routes()) {
                String method = route.substring(0, route.indexOf(' '));
                String path = route.substring(route.indexOf(' ') + 1).replaceAll("\\{\\w+}", "nothing");
                int nobody = tenants.data(null, method, path);
                for (Role role : Role.values()) {
                    expectOnData(
                            all,
                            route,
                            row,
                            role,
                            tenants.data(tenants.person("blue", role).credential(), method, path),
                            nobody);
                }
                int keyed = tenants.data(tenants.gatewayKey("blue", null), method, path);
                expectOnData(all, route + " with a gateway key", row, Role.SERVICE, keyed, nobody);
                asked.add(route);
            }
        }
        all.assertAll();
        assertThat(asked).hasSizeGreaterThan(50);
    }

    private static void expectOnData(
            SoftAssertions all, String route, DataRow row, Role role, int status, int statusOfNobody) {
        String who = route + " as " + role;
        if (row.access().open()) {
            all.assertThat(status).as(who).isNotEqualTo(403);
            all.assertThat(statusOfNobody).as("nobody: " + who).isNotEqualTo(403);
        } else if (row.access().of(role) == Scope.NONE) {
            all.assertThat(status).as(who).isIn(401, 403);
            all.assertThat(statusOfNobody).as("nobody: " + who).isEqualTo(401);
        } else if (LISTS_OF_ALL_TENANTS.contains(route.replace(" with a gateway key", ""))) {
            all.assertThat(status).as(who).isEqualTo(403);
            all.assertThat(statusOfNobody).as("nobody: " + who).isEqualTo(401);
        } else {
            all.assertThat(status).as(who).isNotIn(401, 403);
            all.assertThat(statusOfNobody).as("nobody: " + who).isEqualTo(401);
        }
    }
}
