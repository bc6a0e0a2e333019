package dev.sluice.gateway.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * {@code GET /openapi.json}, the interface of both planes as a document, and {@code GET /docs}, a page that shows it. The
 * page is three files of our own: nothing is loaded from anywhere else. Thread: a virtual one for each request.
 */
public final class DocumentsApi implements AdminPart {
    private static final String SUBJECT = "operation";

    private final List<AdminPart> others;
    private final String version;
    private final AdminResponse page;
    private final AdminResponse script;
    private final AdminResponse style;

    /**
     * @param others what is documented, besides this
     * @param version of the gateway
     */
    public DocumentsApi(Collection<? extends AdminPart> others, String version) {
        this.others = List.copyOf(others);
        this.version = version;
        this.page = file("docs.html", "text/html; charset=utf-8");
        this.script = file("docs.js", "text/javascript; charset=utf-8");
        this.style = file("docs.css", "text/css; charset=utf-8");
    }

    private static AdminResponse file(String name, String type) {
        try (InputStream in = DocumentsApi.class.getResourceAsStream("/admin/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar has no admin/" + name);
            }
            return new AdminResponse(200, type, new String(in.readAllBytes(), StandardCharsets.UTF_8), Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException("the jar cannot be read", e);
        }
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(
                AdminRoute.of(
                        "GET /openapi.json",
                        RouteDocument.of(SUBJECT, "This document.")
                                .answers(200, new Shape.Sample("OpenApi", "{\"openapi\":\"3.1.0\"}")),
                        request -> document()),
                AdminRoute.of("GET /docs", text("A page that shows this document.", "text/html"), request -> page),
                AdminRoute.of("GET /docs/docs.js", text("Of the page.", "text/javascript"), request -> script),
                AdminRoute.of("GET /docs/docs.css", text("Of the page.", "text/css"), request -> style));
    }

    private static RouteDocument text(String summary, String type) {
        return RouteDocument.of(SUBJECT, summary).answers(200, new Shape.Text(type));
    }

    private AdminResponse document() {
        List<AdminRoute> routes = new ArrayList<>();
        others.forEach(part -> routes.addAll(part.routes()));
        routes.addAll(routes());
        return new AdminResponse(200, "application/json", OpenApi.of(routes, version), Map.of());
    }
}
