package dev.sluice.gateway.admin;

import dev.sluice.gateway.observe.Metrics;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that the admin listener answers, in one table. Thread: a virtual one for each request. */
final class AdminRoutes {
    private final List<Route> routes;

    AdminRoutes(Metrics metrics, HealthApi health, UsageApi usage, ReloadApi reload, ProvidersApi providers) {
        routes = List.of(
                new Route("GET", "/healthz", (request, name) -> health.alive()),
                new Route("GET", "/health/detailed", (request, name) -> health.detailed()),
                new Route("GET", "/metrics", (request, name) -> page(metrics)),
                new Route("GET", "/admin/api/usage", (request, name) -> usage.usage(request)),
                new Route("POST", "/admin/api/reload", (request, name) -> reload.reload()),
                new Route("GET", "/admin/api/providers", (request, name) -> providers.list()),
                new Route("POST", "/admin/api/providers/{name}/reset", (request, name) -> providers.reset(name)));
    }

    /** What is done for one method of one path; may block. {@code name} is what the path has in place of one. */
    @FunctionalInterface
    private interface Action {
        AdminResponse answer(AdminRequest request, String name) throws Exception;
    }

    private record Route(String method, String path, Action action) {
        private static final String NAME = "{name}";

        /** What {@code asked} has in place of the name, empty for a path without one; null when it is another path. */
        @Nullable
        String match(String asked) {
            int at = path.indexOf(NAME);
            if (at < 0) {
                return path.equals(asked) ? "" : null;
            }
            String after = path.substring(at + NAME.length());
            if (!asked.startsWith(path.substring(0, at)) || !asked.endsWith(after)) {
                return null;
            }
            int end = asked.length() - after.length();
            String name = end <= at ? "" : asked.substring(at, end);
            return name.isEmpty() || name.indexOf('/') >= 0 ? null : name;
        }
    }

    AdminResponse answer(AdminRequest request) throws Exception {
        String allowed = null;
        for (Route route : routes) {
            String name = route.match(request.path());
            if (name == null) {
                continue;
            }
            if (route.method.equals(request.method())) {
                try {
                    return route.action.answer(request, name);
                } catch (InvalidParameterException e) {
                    return AdminResponse.error(400, "invalid_parameter", e.parameter(), String.valueOf(e.getMessage()));
                }
            }
            allowed = allowed == null ? route.method : allowed + ", " + route.method;
        }
        if (allowed == null) {
            return AdminResponse.error(404, "not_found", null, "nothing is served at this path");
        }
        return AdminResponse.error(
                        405, "method_not_allowed", null, request.method() + " is not allowed here; allowed: " + allowed)
                .withHeader("allow", allowed);
    }

    private static AdminResponse page(Metrics metrics) throws IOException {
        StringWriter writer = new StringWriter(16_384);
        metrics.writeTo(writer);
        return new AdminResponse(200, Metrics.CONTENT_TYPE, writer.toString(), Map.of());
    }
}
