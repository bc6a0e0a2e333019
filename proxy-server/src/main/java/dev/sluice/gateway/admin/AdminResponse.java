package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer, whole, before it is written to the wire. Thread: any.
 *
 * @param headers beyond those that every answer carries
 * @param cookies to be set, each as its header says it
 */
public record AdminResponse(
        int status, String contentType, String body, Map<String, String> headers, List<String> cookies) {
    private static final String JSON = "application/json";
    private static final String CSV = "text/csv; charset=utf-8; header=present";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final JsonFactory FACTORY = new JsonFactory();

    public AdminResponse {
        cookies = List.copyOf(cookies);
    }

    AdminResponse(int status, String contentType, String body, Map<String, String> headers) {
        this(status, contentType, body, headers, List.of());
    }

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

    /** @param status 302 or 303 */
    static AdminResponse redirect(int status, String location) {
        return new AdminResponse(status, TEXT, "", Map.of("location", location));
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
        return new AdminResponse(status, contentType, body, more, cookies);
    }

    AdminResponse withCookie(String cookie) {
        List<String> more = new ArrayList<>(cookies);
        more.add(cookie);
        return new AdminResponse(status, contentType, body, headers, more);
    }
}
