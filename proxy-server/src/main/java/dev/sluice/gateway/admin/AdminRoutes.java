package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AccessTable.Access;
import dev.sluice.gateway.auth.AccessTable.AdminRow;
import dev.sluice.gateway.auth.AccessTable.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the admin listener answers, in one table, each route beside its row of {@link AccessTable}. The match that
 * is found here decides both who may ask and what is done, so that the two cannot disagree. Thread: any.
 */
final class AdminRoutes {
    private final List<Entry> entries;

    private record Entry(AdminRoute route, Access access) {}

    /**
     * What a method and a path mean.
     *
     * @param route null when there is none
     * @param id what the path has in place of the braces; empty for a path without
     * @param access null when there is no route
     * @param allowed the methods that the path answers to, when it is known and the method is not
     */
    record Match(
            @Nullable AdminRoute route,
            String id,
            @Nullable Access access,
            @Nullable String allowed) {

        /** Whether anybody may ask. What does not exist is told to those who may come in. */
        boolean isOpen() {
            return access != null && access.open();
        }
    }

    /** @throws IllegalStateException when a route has no row in {@link AccessTable}, or is there twice */
    AdminRoutes(Collection<? extends AdminPart> parts) {
        List<Entry> found = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (AdminPart part : parts) {
            for (AdminRoute route : part.routes()) {
                AdminRow row = AccessTable.ofAdmin(route.method(), route.path());
                if (row == null) {
                    throw new IllegalStateException("the route " + route + " has no row in the table of access");
                }
                if (!seen.add(route.toString())) {
                    throw new IllegalStateException("the route " + route + " is served twice");
                }
                found.add(new Entry(route, row.access()));
            }
        }
        entries = List.copyOf(found);
    }

    /** All of them, in order. */
    List<AdminRoute> all() {
        return entries.stream().map(Entry::route).toList();
    }

    Match match(String method, String path) {
        String allowed = null;
        for (Entry entry : entries) {
            String id = entry.route.match(path);
            if (id == null) {
                continue;
            }
            if (entry.route.method().equals(method)) {
                return new Match(entry.route, id, entry.access, null);
            }
            allowed = allowed == null ? entry.route.method() : allowed + ", " + entry.route.method();
        }
        return new Match(null, "", null, allowed);
    }

    /** Does what the route asks for, as far as the caller reaches. */
    static AdminResponse answer(Match match, AdminRequest request) throws Exception {
        AdminRoute route = match.route();
        Access access = match.access();
        if (route == null || access == null) {
            return unknown(request.method(), match.allowed());
        }
        Scope scope = access.of(request.caller().role());
        if (scope == Scope.NONE) {
            return AdminResponse.error(
                    403,
                    "not_allowed",
                    null,
                    "the role `" + request.caller().role().label() + "` may not use " + route);
        }
        try {
            return route.action().answer(request.reaching(scope, match.id()));
        } catch (InvalidParameterException e) {
            return AdminResponse.error(400, "invalid_parameter", e.parameter(), String.valueOf(e.getMessage()));
        }
    }

    private static AdminResponse unknown(String method, @Nullable String allowed) {
        if (allowed == null) {
            return AdminResponse.error(404, "not_found", null, "nothing is served at this path");
        }
        return AdminResponse.error(
                        405, "method_not_allowed", null, method + " is not allowed here; allowed: " + allowed)
                .withHeader("allow", allowed);
    }
}
