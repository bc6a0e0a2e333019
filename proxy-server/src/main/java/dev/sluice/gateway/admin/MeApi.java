package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AccessTable.AdminRow;
import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.auth.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code GET /admin/api/me}: who asks, and what for they may ask. Thread: a virtual one for each request. */
public final class MeApi implements AdminPart {

    /**
     * The caller as the API shows it; see {@link Json}.
     *
     * @param user id of the user; null for the admin token
     */
    record MeView(
            String id,
            String name,
            @Nullable String user,
            String team,
            String role,
            @Nullable String tier,
            List<RouteView> routes) {}

    /** @param scope whose objects: {@code own}, {@code team} or {@code all} */
    record RouteView(String method, String path, String scope) {}

    @Override
    public List<AdminRoute> routes() {
        return List.of(AdminRoute.of(
                "GET /admin/api/me",
                RouteDocument.of("account", "Who asks, and what they may ask for.")
                        .answers(200, new Shape.View(MeView.class)),
                request -> show(request.caller())));
    }

    private static AdminResponse show(Principal caller) {
        List<RouteView> routes = new ArrayList<>();
        for (AdminRow row : AccessTable.adminRows()) {
            Scope scope = row.access().of(caller.role());
            if (scope != Scope.NONE) {
                routes.add(new RouteView(row.method(), row.path(), scope.name().toLowerCase(Locale.ROOT)));
            }
        }
        MeView me = new MeView(
                caller.keyId(),
                caller.name(),
                caller.userId(),
                caller.tenant(),
                caller.role().label(),
                caller.tier(),
                routes);
        return AdminResponse.json(200, json -> Json.write(json, me));
    }
}
