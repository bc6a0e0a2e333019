package dev.sluice.gateway.auth;

import static dev.sluice.gateway.auth.AccessTable.Scope.ALL;
import static dev.sluice.gateway.auth.AccessTable.Scope.NONE;
import static dev.sluice.gateway.auth.AccessTable.Scope.OWN;
import static dev.sluice.gateway.auth.AccessTable.Scope.TEAM;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what: every route of both planes, and how far each role reaches on it. There is no other such place. What has
 * no row is refused; an admin route without one keeps the gateway from starting.
 *
 * <p>Routes of the admin plane are found by method and path pattern, endpoints of the data plane by the label that usage
 * rows, metrics and the access log have them under. Thread: any; {@link #mayCall} on event loops, without garbage.
 */
public final class AccessTable {

    /** Whose objects a caller reaches on a route. */
    public enum Scope {
        /** Nobody's: the route is closed. */
        NONE,
        /** What belongs to the caller. */
        OWN,
        /** What belongs to the caller's team. */
        TEAM,
        ALL
    }

    /**
     * How far each role reaches.
     *
     * @param open whether not even a credential is asked for
     */
    public record Access(boolean open, Scope owner, Scope admin, Scope auditor, Scope member, Scope service) {
        /** For everybody, known or not. */
        static final Access OPEN = new Access(true, ALL, ALL, ALL, ALL, ALL);

        public Scope of(Role role) {
            return switch (role) {
                case OWNER -> owner;
                case ADMIN -> admin;
                case AUDITOR -> auditor;
                case MEMBER -> member;
                case SERVICE -> service;
            };
        }
    }

    /** @param path with {@code {id}} in place of what differs */
    public record AdminRow(String method, String path, Access access) {}

    /** @param routes method and path of what is asked for at the endpoint */
    public record DataRow(String label, List<String> routes, Access access) {}

    private static final Access MODELS = access(OWN, OWN, NONE, OWN, OWN);
    private static final Access LOOK_AT_ONESELF = access(OWN, OWN, OWN, OWN, OWN);
    private static final Access PEOPLE = access(OWN, OWN, OWN, OWN, NONE);
    private static final Access SEE = access(ALL, TEAM, TEAM, OWN, NONE);
    private static final Access OVERSEE = access(ALL, TEAM, TEAM, NONE, NONE);
    private static final Access CHANGE = access(ALL, TEAM, NONE, NONE, NONE);
    private static final Access RUN = access(ALL, NONE, NONE, NONE, NONE);

    private static final List<AdminRow> ADMIN_ROWS = List.of(
            admin("GET /healthz", Access.OPEN),
            admin("GET /health/detailed", Access.OPEN),
            admin("GET /metrics", Access.OPEN),
            admin("GET /auth/oidc/login", Access.OPEN),
            admin("GET /auth/oidc/callback", Access.OPEN),
            admin("POST /auth/logout", access(OWN, OWN, OWN, OWN, NONE)),
            admin("GET /admin/api/usage", SEE),
            admin("GET /admin/api/keys", SEE),
            admin("POST /admin/api/keys", CHANGE),
            admin("GET /admin/api/keys/{id}", SEE),
            admin("PATCH /admin/api/keys/{id}", CHANGE),
            admin("POST /admin/api/keys/{id}/rotate", CHANGE),
            admin("DELETE /admin/api/keys/{id}", CHANGE),
            admin("POST /key/generate", CHANGE),
            admin("GET /key/info", SEE),
            admin("POST /key/update", CHANGE),
            admin("POST /key/delete", CHANGE),
            admin("POST /key/block", CHANGE),
            admin("POST /key/unblock", CHANGE),
            admin("GET /key/list", SEE),
            admin("POST /key/regenerate", CHANGE),
            admin("POST /key/{key}/regenerate", CHANGE),
            admin("GET /admin/api/users", SEE),
            admin("POST /admin/api/users", CHANGE),
            admin("GET /admin/api/users/{id}", SEE),
            admin("PATCH /admin/api/users/{id}", CHANGE),
            admin("DELETE /admin/api/users/{id}", CHANGE),
            admin("POST /admin/api/users/{id}/logout", access(ALL, TEAM, OWN, OWN, NONE)),
            admin("GET /admin/api/teams", OVERSEE),
            admin("POST /admin/api/teams", RUN),
            admin("GET /admin/api/teams/{id}", OVERSEE),
            admin("PATCH /admin/api/teams/{id}", RUN),
            admin("DELETE /admin/api/teams/{id}", RUN),
            admin("GET /admin/api/teams/{id}/members", OVERSEE),
            admin("GET /admin/api/budgets", OVERSEE),
            admin("POST /admin/api/budgets", CHANGE),
            admin("GET /admin/api/budgets/{id}", OVERSEE),
            admin("PATCH /admin/api/budgets/{id}", CHANGE),
            admin("DELETE /admin/api/budgets/{id}", CHANGE),
            admin("GET /admin/api/limits", RUN),
            admin("GET /admin/api/audit", OVERSEE),
            admin("GET /admin/api/streams", SEE),
            admin("DELETE /admin/api/streams/{id}", CHANGE),
            admin("GET /admin/api/me", access(OWN, OWN, OWN, OWN, NONE)),
            admin("GET /admin/api/config", RUN),
            admin("GET /openapi.json", Access.OPEN),
            admin("GET /docs", Access.OPEN),
            admin("GET /docs/docs.js", Access.OPEN),
            admin("GET /docs/docs.css", Access.OPEN),
            admin("GET /admin/api/provider-keys", RUN),
            admin("PUT /admin/api/provider-keys/{name}", RUN),
            admin("DELETE /admin/api/provider-keys/{name}", RUN),
            admin("GET /admin/api/reputations", OVERSEE),
            admin("DELETE /admin/api/reputations/{id}", CHANGE),
            admin("POST /admin/api/reload", RUN),
            admin("GET /admin/api/providers", RUN),
            admin("POST /admin/api/providers/{name}/reset", RUN));

    private static final List<DataRow> DATA_ROWS = List.of(
            data("chat.completions", MODELS, "POST /v1/chat/completions", "GET /v1/chat/ws"),
            data("completions", MODELS, "POST /v1/completions"),
            data("embeddings", MODELS, "POST /v1/embeddings"),
            data("moderations", MODELS, "POST /v1/moderations"),
            data(
                    "responses",
                    MODELS,
                    "POST /v1/responses",
                    "GET /v1/responses/{id}",
                    "DELETE /v1/responses/{id}",
                    "GET /v1/responses/{id}/input_items",
                    "POST /v1/responses/{id}/cancel"),
            data("messages", MODELS, "POST /v1/messages"),
            data("messages.count_tokens", MODELS, "POST /v1/messages/count_tokens"),
            data("gemini.generate_content", MODELS, "POST /v1beta/models/{model}:generateContent"),
            data("gemini.generate_content_array", MODELS, "POST /v1beta/models/{model}:streamGenerateContent"),
            data("gemini.count_tokens", MODELS, "POST /v1beta/models/{model}:countTokens"),
            data("gemini.embed_content", MODELS, "POST /v1beta/models/{model}:embedContent"),
            data("gemini.batch_embed_contents", MODELS, "POST /v1beta/models/{model}:batchEmbedContents"),
            data("realtime", MODELS, "GET /v1/realtime"),
            data("audio.speech", MODELS, "POST /v1/audio/speech"),
            data("audio.transcriptions", MODELS, "POST /v1/audio/transcriptions"),
            data("audio.translations", MODELS, "POST /v1/audio/translations"),
            data("audio", MODELS, "POST /v1/audio/{operation}"),
            data("images.generations", MODELS, "POST /v1/images/generations"),
            data("images.edits", MODELS, "POST /v1/images/edits"),
            data("images.variations", MODELS, "POST /v1/images/variations"),
            data("images", MODELS, "POST /v1/images/{operation}"),
            data(
                    "files",
                    MODELS,
                    "GET /v1/files",
                    "POST /v1/files",
                    "GET /v1/files/{id}",
                    "DELETE /v1/files/{id}",
                    "GET /v1/files/{id}/content"),
            data(
                    "uploads",
                    MODELS,
                    "POST /v1/uploads",
                    "POST /v1/uploads/{id}/parts",
                    "POST /v1/uploads/{id}/complete",
                    "POST /v1/uploads/{id}/cancel"),
            data(
                    "batches",
                    MODELS,
                    "GET /v1/batches",
                    "POST /v1/batches",
                    "GET /v1/batches/{id}",
                    "POST /v1/batches/{id}/cancel"),
            data(
                    "messages.batches",
                    MODELS,
                    "GET /v1/messages/batches",
                    "POST /v1/messages/batches",
                    "GET /v1/messages/batches/{id}",
                    "DELETE /v1/messages/batches/{id}",
                    "POST /v1/messages/batches/{id}/cancel",
                    "GET /v1/messages/batches/{id}/results"),
            data(
                    "passthrough",
                    MODELS,
                    "GET /passthrough/{provider}/{path}",
                    "HEAD /passthrough/{provider}/{path}",
                    "POST /passthrough/{provider}/{path}",
                    "PUT /passthrough/{provider}/{path}",
                    "PATCH /passthrough/{provider}/{path}",
                    "DELETE /passthrough/{provider}/{path}",
                    "OPTIONS /passthrough/{provider}/{path}"),
            data(
                    "models",
                    LOOK_AT_ONESELF,
                    "GET /v1/models",
                    "GET /v1/models/{model}",
                    "GET /v1beta/models",
                    "GET /v1beta/models/{model}"),
            data("usage", LOOK_AT_ONESELF, "GET /v1/usage"),
            data(
                    "auth",
                    Access.OPEN,
                    "POST /auth/register",
                    "POST /auth/login",
                    "POST /auth/refresh",
                    "POST /auth/logout"),
            data("auth.profile", PEOPLE, "GET /auth/profile", "PATCH /auth/profile"),
            data("healthz", Access.OPEN, "GET /healthz"),
            data("readyz", Access.OPEN, "GET /readyz"));

    private static final Map<String, AdminRow> ADMIN = byRoute();
    private static final Map<String, DataRow> DATA = byLabel();

    private AccessTable() {}

    private static Access access(Scope owner, Scope admin, Scope auditor, Scope member, Scope service) {
        return new Access(false, owner, admin, auditor, member, service);
    }

    private static AdminRow admin(String route, Access access) {
        int space = route.indexOf(' ');
        return new AdminRow(route.substring(0, space), route.substring(space + 1), access);
    }

    private static DataRow data(String label, Access access, String... routes) {
        return new DataRow(label, List.of(routes), access);
    }

    private static Map<String, AdminRow> byRoute() {
        Map<String, AdminRow> rows = new LinkedHashMap<>();
        for (AdminRow row : ADMIN_ROWS) {
            refuseSecond(rows.put(row.method() + " " + row.path(), row));
        }
        return Collections.unmodifiableMap(rows);
    }

    private static Map<String, DataRow> byLabel() {
        Map<String, DataRow> rows = new LinkedHashMap<>();
        for (DataRow row : DATA_ROWS) {
            refuseSecond(rows.put(row.label(), row));
        }
        return Collections.unmodifiableMap(rows);
    }

    private static void refuseSecond(@Nullable Object row) {
        if (row != null) {
            throw new IllegalStateException("the table has two rows for one route: " + row);
        }
    }

    /** The row of a route of the admin plane, or null when it has none. */
    public static @Nullable AdminRow ofAdmin(String method, String path) {
        return ADMIN.get(method + " " + path);
    }

    /** Whether a caller with this role may ask at the endpoint called {@code label}. */
    public static boolean mayCall(String label, Role role) {
        DataRow row = DATA.get(label);
        return row != null && row.access().of(role) != NONE;
    }

    public static Collection<AdminRow> adminRows() {
        return ADMIN.values();
    }

    public static Collection<DataRow> dataRows() {
        return DATA.values();
    }
}
