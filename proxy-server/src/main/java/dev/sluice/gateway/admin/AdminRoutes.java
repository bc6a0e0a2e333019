package dev.sluice.gateway.admin;

import dev.sluice.gateway.observe.Metrics;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/** Everything that the admin listener answers, in one table. Thread: a virtual one for each request. */
final class AdminRoutes {
    private final List<Route> routes;

    AdminRoutes(Metrics metrics, HealthApi health, UsageApi usage) {
        routes = List.of(
                new Route("GET", "/healthz", request -> health.alive()),
                new Route("GET", "/health/detailed", request -> health.detailed()),
                new Route("GET", "/metrics", request -> page(metrics)),
                new Route("GET", "/admin/api/usage", usage::usage));
    }

    /** What is done for one method of one path; may block. */
    @FunctionalInterface
    private interface Action {
        AdminResponse answer(AdminRequest request) throws Exception;
    }

    private record Route(String method, String path, Action action) {}

    AdminResponse answer(AdminRequest request) throws Exception {
        String allowed = null;
        for (Route route : routes) {
            if (!route.path.equals(request.path())) {
                continue;
            }
            if (route.method.equals(request.method())) {
                try {
                    return route.action.answer(request);
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
