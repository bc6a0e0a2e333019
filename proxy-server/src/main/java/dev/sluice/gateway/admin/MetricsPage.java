package dev.sluice.gateway.admin;

import dev.sluice.gateway.observe.Metrics;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/** {@code GET /metrics}, for Prometheus. Thread: a virtual one for each request. */
public final class MetricsPage implements AdminPart {
    private final Metrics metrics;

    public MetricsPage(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public List<AdminRoute> routes() {
        RouteDocument document = RouteDocument.of("operation", "Counters and gauges in the text format of Prometheus.")
                .answers(200, new Shape.Text("text/plain"));
        return List.of(AdminRoute.of("GET /metrics", document, request -> page()));
    }

    private AdminResponse page() throws IOException {
        StringWriter writer = new StringWriter(16_384);
        metrics.writeTo(writer);
        return new AdminResponse(200, Metrics.CONTENT_TYPE, writer.toString(), Map.of());
    }
}
