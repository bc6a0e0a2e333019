package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object read as LiteLLM reads one: members that nobody asks for are passed over. Each value is kept as it is
 * written, so that what only has to be given back stays as it was. Thread: one.
 */
final class LitellmBody {
    private static final int DEEPEST = 16;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private final Map<String, String> values;

    private LitellmBody(Map<String, String> values) {
        this.values = values;
    }

    /** Of an object; what is blank is an empty one. */
    static LitellmBody of(String text) throws InvalidParameterException {
        try {
            return new LitellmBody(text.isBlank() ? Map.of() : members(text));
        } catch (IOException e) {
            // The parser's own message would repeat a part of the body, and that may be a key.
            throw new InvalidParameterException(
                    null, "the body is not well-formed JSON; allowed: one object, at most " + DEEPEST + " levels deep");
        }
    }

    /** The members of an object, each as it is written. */
    static Map<String, String> members(String text) throws IOException {
        Map<String, String> members = new LinkedHashMap<>();
        try (JsonParser json = FACTORY.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no object");
            }
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                StringWriter value = new StringWriter();
                try (JsonGenerator out = FACTORY.createGenerator(value)) {
                    out.copyCurrentStructure(json);
                }
                members.put(name, value.toString());
            }
            if (json.nextToken() != null) {
                throw new IOException("more than an object");
            }
        }
        return members;
    }

    /** Whether the member is there, if only as null. */
    boolean has(String name) {
        return values.containsKey(name);
    }

    Set<String> names() {
        return values.keySet();
    }

    /** As it is written; null when it is not there. */
    @Nullable
    String raw(String name) {
        return values.get(name);
    }

    /** Null when it is absent, null or empty. */
    @Nullable
    String text(String name) throws InvalidParameterException {
        String raw = values.get(name);
        if (raw == null || raw.equals("null") || raw.equals("\"\"")) {
            return null;
        }
        try (JsonParser json = FACTORY.createParser(raw)) {
            if (json.nextToken() == JsonToken.VALUE_STRING && json.getText().indexOf('\0') < 0) {
                return json.getText();
            }
        } catch (IOException e) {
            // It was read before.
        }
        throw new InvalidParameterException(name, "`" + name + "` is no text, or holds a NUL; allowed: text or null");
    }

    /** Empty when it is absent or null. */
    List<String> texts(String name) throws InvalidParameterException {
        String raw = values.get(name);
        List<String> texts = new ArrayList<>();
        if (raw == null || raw.equals("null")) {
            return texts;
        }
        try (JsonParser json = FACTORY.createParser(raw)) {
            boolean valid = json.nextToken() == JsonToken.START_ARRAY;
            while (valid && json.nextToken() != JsonToken.END_ARRAY) {
                valid = json.currentToken() == JsonToken.VALUE_STRING
                        && json.getText().indexOf('\0') < 0;
                texts.add(json.getText());
            }
            if (valid) {
                return texts;
            }
        } catch (IOException e) {
            // It was read before.
        }
        throw new InvalidParameterException(name, "`" + name + "` is no list of texts; allowed: a list of texts");
    }

    /** Null when it is absent or null. */
    @Nullable
    Boolean flag(String name) throws InvalidParameterException {
        String raw = values.get(name);
        return switch (raw) {
            case null -> null;
            case "null" -> null;
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default ->
                throw new InvalidParameterException(name, "`" + name + "` is no flag; allowed: true, false, null");
        };
    }

    /** The members of an object; empty when it is absent or null. */
    Map<String, String> object(String name) throws InvalidParameterException {
        String raw = values.get(name);
        if (raw == null || raw.equals("null")) {
            return Map.of();
        }
        try {
            return members(raw);
        } catch (IOException e) {
            throw new InvalidParameterException(name, "`" + name + "` is no object; allowed: an object or null");
        }
    }

    /** Members that are written already, as an object. */
    static String write(Map<String, String> members) {
        return AdminResponse.json(200, json -> {
                    json.writeStartObject();
                    write(json, members);
                    json.writeEndObject();
                })
                .body();
    }

    static void write(JsonGenerator json, Map<String, String> members) throws IOException {
        for (Map.Entry<String, String> member : members.entrySet()) {
            json.writeFieldName(member.getKey());
            json.writeRawValue(member.getValue());
        }
    }
}
