package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A request that a client will make. */
final class Call {
    private final String method;
    private final String path;
    private final byte[] body;
    private final List<Map.Entry<String, String>> fields = new ArrayList<>();

    private Call(String method, String path, byte[] body) {
        this.method = method;
        this.path = path;
        this.body = body;
    }

    static Call get(String path) {
        return new Call("GET", path, new byte[0]);
    }

    static Call of(String method, String path) {
        return new Call(method, path, new byte[0]);
    }

    static Call post(String path, String json) {
        return json("POST", path, json);
    }

    static Call json(String method, String path, String json) {
        return new Call(method, path, json.getBytes(UTF_8)).with("content-type", "application/json");
    }

    static Call chat(String json) {
        return post("/v1/chat/completions", json);
    }

    Call with(String name, String value) {
        fields.add(Map.entry(name, value));
        return this;
    }

    Call key(String key) {
        return with("authorization", "Bearer " + key);
    }

    String method() {
        return method;
    }

    String path() {
        return path;
    }

    byte[] body() {
        return body.clone();
    }

    List<Map.Entry<String, String>> fields() {
        return List.copyOf(fields);
    }
}
