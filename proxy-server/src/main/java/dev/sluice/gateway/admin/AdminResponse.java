package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer, whole, before it is written to the wire. Thread: any.
 *
 * @param headers beyond those that every answer carries
 */
public record AdminResponse(int status, String contentType, String body, Map<String, String> headers) {
    private static final String JSON = "application/json";
    private static final String CSV = "text/csv; charset=utf-8; header=present";
    private static final JsonFactory FACTORY = new JsonFactory();

    /** Writes one JSON value. */
    @FunctionalInterface
    interface JsonBody {
        void writeTo(JsonGenerator json) throws IOException;
    }

    static AdminResponse json(int status, JsonBody body) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            body.writeTo(json);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return new AdminResponse(status, JSON, text.toString(), Map.of());
    }

    static AdminResponse csv(String body) {
        return new AdminResponse(200, CSV, body, Map.of());
    }

    static AdminResponse noContent() {
        return new AdminResponse(204, JSON, "", Map.of());
    }

    /** The error shape of the data plane; {@code type} follows from whose fault the status says it is. */
    static AdminResponse error(int status, String code, @Nullable String parameter, String message) {
        return error(status, code, parameter, message, json -> {});
    }

    /** The same with more members. */
    static AdminResponse error(int status, String code, @Nullable String parameter, String message, JsonBody more) {
        return json(status, json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("error");
            json.writeStringField("message", message);
            json.writeStringField("type", status < 500 ? "invalid_request_error" : "server_error");
            json.writeStringField("param", parameter);
            json.writeStringField("code", code);
            more.writeTo(json);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    AdminResponse withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new AdminResponse(status, contentType, body, more);
    }
}
