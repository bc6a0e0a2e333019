package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.admin.RouteDocument.Parameter;
import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AccessTable.Access;
import dev.sluice.gateway.auth.AccessTable.AdminRow;
import dev.sluice.gateway.auth.AccessTable.DataRow;
import dev.sluice.gateway.auth.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The interface of both planes as a document of OpenAPI 3.1: of the admin plane from its routes and what they say about
 * themselves, of the data plane from the table of access. Who may use what is in each operation. Thread: one.
 */
final class OpenApi {
    private static final String VERSION = "3.1.0";
    private static final String ADMIN = "admin";
    private static final String DATA = "data";

    private final Schemas schemas = new Schemas();

    /** One operation, before it is written. */
    private record Operation(
            String plane,
            String method,
            String path,
            Access access,
            RouteDocument document,
            @Nullable String media) {}

    private OpenApi() {}

    /** @param version of the gateway */
    static String of(Collection<AdminRoute> routes, String version) {
        return AdminResponse.json(200, json -> new OpenApi().write(json, routes, version))
                .body();
    }

    private void write(JsonGenerator json, Collection<AdminRoute> routes, String version) throws IOException {
        Map<String, Map<String, List<Operation>>> paths = new TreeMap<>();
        for (AdminRoute route : routes) {
            add(paths, admin(route));
        }
        for (DataRow row : AccessTable.dataRows()) {
            for (String route : row.routes()) {
                add(paths, data(row, route));
            }
        }
        json.writeStartObject();
        json.writeStringField("openapi", VERSION);
        info(json, version);
        json.writeObjectFieldStart("paths");
        for (Map.Entry<String, Map<String, List<Operation>>> path : paths.entrySet()) {
            json.writeObjectFieldStart(path.getKey());
            for (Map.Entry<String, List<Operation>> method : path.getValue().entrySet()) {
                json.writeFieldName(method.getKey().toLowerCase(Locale.ROOT));
                operation(json, method.getValue());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
        components(json);
        json.writeEndObject();
    }

    private static void add(Map<String, Map<String, List<Operation>>> paths, Operation operation) {
        paths.computeIfAbsent(operation.path(), path -> new LinkedHashMap<>())
                .computeIfAbsent(operation.method(), method -> new ArrayList<>())
                .add(operation);
    }

    private static Operation admin(AdminRoute route) {
        AdminRow row = AccessTable.ofAdmin(route.method(), route.path());
        if (row == null) {
            throw new IllegalStateException("the route " + route + " has no row in the table of access");
        }
        return new Operation(ADMIN, route.method(), route.path(), row.access(), route.document(), null);
    }

    private static Operation data(DataRow row, String route) {
        int space = route.indexOf(' ');
        String method = route.substring(0, space);
        DataPlaneDocuments.Document of = DataPlaneDocuments.of(row.label());
        RouteDocument document = new RouteDocument(of.subject(), of.summary(), List.of(), null, 200, null);
        boolean body = method.equals("POST") || method.equals("PATCH");
        return new Operation(DATA, method, route.substring(space + 1), row.access(), document, body ? of.body() : null);
    }

    private static void info(JsonGenerator json, String version) throws IOException {
        json.writeObjectFieldStart("info");
        json.writeStringField("title", "Sluice");
        json.writeStringField("version", version);
        json.writeStringField(
                "description",
                "Two listeners. `x-planes` says at which one an operation is served: `data` is where models are called,"
                        + " `admin` is the operators'. `x-reach` says whose objects each role reaches: `none` means that"
                        + " the role may not use the operation.");
        json.writeEndObject();
    }

    private void operation(JsonGenerator json, List<Operation> planes) throws IOException {
        Operation operation = planes.get(0);
        RouteDocument document = operation.document();
        json.writeStartObject();
        json.writeStringField("operationId", id(operation));
        json.writeArrayFieldStart("tags");
        json.writeString(document.subject());
        json.writeEndArray();
        json.writeStringField("summary", document.summary());
        json.writeArrayFieldStart("x-planes");
        for (Operation plane : planes) {
            json.writeString(plane.plane());
        }
        json.writeEndArray();
        reach(json, operation.access());
        security(json, operation);
        parameters(json, operation);
        requestBody(json, operation);
        responses(json, document);
        json.writeEndObject();
    }

    private static String id(Operation operation) {
        StringBuilder id = new StringBuilder(operation.method().toLowerCase(Locale.ROOT));
        for (char c : operation.path().toCharArray()) {
            if (Character.isLetterOrDigit(c)) {
                id.append(c);
            } else if (id.charAt(id.length() - 1) != '_') {
                id.append('_');
            }
        }
        return id.toString();
    }

    private static void reach(JsonGenerator json, Access access) throws IOException {
        if (access.open()) {
            return;
        }
        json.writeObjectFieldStart("x-reach");
        for (Role role : Role.values()) {
            json.writeStringField(role.label(), access.of(role).name().toLowerCase(Locale.ROOT));
        }
        json.writeEndObject();
    }

    private static void security(JsonGenerator json, Operation operation) throws IOException {
        json.writeArrayFieldStart("security");
        if (!operation.access().open()) {
            List<String> schemes =
                    operation.plane().equals(DATA) ? List.of("gatewayKey", "login") : List.of("adminToken", "login");
            for (String scheme : schemes) {
                json.writeStartObject();
                json.writeArrayFieldStart(scheme);
                json.writeEndArray();
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    private static void parameters(JsonGenerator json, Operation operation) throws IOException {
        List<Parameter> all = new ArrayList<>();
        String path = operation.path();
        for (int at = path.indexOf('{'); at >= 0; at = path.indexOf('{', at + 1)) {
            all.add(new Parameter(path.substring(at + 1, path.indexOf('}', at)), "path", true, "as the path says"));
        }
        all.addAll(operation.document().parameters());
        if (all.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("parameters");
        for (Parameter parameter : all) {
            json.writeStartObject();
            json.writeStringField("name", parameter.name());
            json.writeStringField("in", parameter.in());
            json.writeBooleanField("required", parameter.required());
            json.writeStringField("description", parameter.description());
            json.writeObjectFieldStart("schema");
            json.writeStringField("type", "string");
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void requestBody(JsonGenerator json, Operation operation) throws IOException {
        Shape body = operation.document().request();
        String media = body == null ? operation.media() : DataPlaneDocuments.JSON;
        if (media == null) {
            return;
        }
        json.writeObjectFieldStart("requestBody");
        json.writeObjectFieldStart("content");
        json.writeObjectFieldStart(media);
        json.writeFieldName("schema");
        if (body == null) {
            json.writeStartObject();
            json.writeStringField("type", "object");
            json.writeEndObject();
        } else {
            schemas.reference(json, body);
        }
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
    }

    private void responses(JsonGenerator json, RouteDocument document) throws IOException {
        json.writeObjectFieldStart("responses");
        json.writeObjectFieldStart(String.valueOf(document.status()));
        json.writeStringField("description", "All is well.");
        Shape answer = document.answer();
        if (answer != null) {
            json.writeObjectFieldStart("content");
            json.writeObjectFieldStart(answer instanceof Shape.Text text ? text.mediaType() : DataPlaneDocuments.JSON);
            json.writeFieldName("schema");
            schemas.reference(json, answer);
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeObjectFieldStart("default");
        json.writeStringField("$ref", "#/components/responses/Refused");
        json.writeEndObject();
        json.writeEndObject();
    }

    private void components(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("components");
        json.writeObjectFieldStart("responses");
        json.writeObjectFieldStart("Refused");
        json.writeStringField("description", "Refused, or failed; the data plane says it in the caller's dialect.");
        json.writeObjectFieldStart("content");
        json.writeObjectFieldStart(DataPlaneDocuments.JSON);
        json.writeFieldName("schema");
        schemas.reference(
                json,
                new Shape.Sample(
                        "Error",
                        "{\"error\":{\"message\":\"`limit` is `0`; allowed: 1 to 500\",\"type\":\"invalid_request_error\","
                                + "\"param\":\"limit\",\"code\":\"invalid_parameter\"}}"));
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
        json.writeObjectFieldStart("schemas");
        schemas.writeNamed(json);
        json.writeEndObject();
        json.writeObjectFieldStart("securitySchemes");
        bearer(json, "adminToken", "The configured admin token, `SLUICE_ADMIN_TOKEN`.");
        bearer(json, "login", "The access token of a login, from `POST /auth/login` or an issuer.");
        bearer(json, "gatewayKey", "A gateway key, `sk-slc-…`; for the data plane alone.");
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void bearer(JsonGenerator json, String name, String description) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeStringField("type", "http");
        json.writeStringField("scheme", "bearer");
        json.writeStringField("description", description);
        json.writeEndObject();
    }
}
