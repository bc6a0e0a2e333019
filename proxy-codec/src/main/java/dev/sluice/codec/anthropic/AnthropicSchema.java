package dev.sluice.codec.anthropic;

import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a JSON Schema such as Anthropic can hold an answer to. A schema, and each schema within, that is fit already is
 * copied as it stands; of the others only what is refused changes: what limits values moves into the description, where
 * the model still reads it, {@code oneOf} becomes {@code anyOf}, what {@code allOf} joins is joined, and objects have no
 * members but those that are listed.
 *
 * <p>Goes by position: a property may be called {@code pattern}. Thread: event loop.
 */
final class AnthropicSchema {
    private static final Set<String> LIMITS = Set.of(
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "pattern",
            "maxItems",
            "uniqueItems",
            "minProperties",
            "maxProperties",
            "patternProperties",
            "not");
    private static final Set<String> FORMATS =
            Set.of("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid");
    /** Keywords whose value is an object of schemas. */
    private static final Set<String> MAPS = Set.of("properties", "$defs", "definitions");
    /** Keywords whose value is an array of schemas. */
    private static final Set<String> LISTS = Set.of("anyOf", "oneOf", "prefixItems");

    private static final String ALL_OF = "allOf";
    private static final String CLOSED = "additionalProperties";

    private AnthropicSchema() {}

    static void write(JsonWriter json, JsonSlice schema) {
        if (!schema.isObject() || isFit(schema)) {
            json.slice(schema);
            return;
        }
        Map<String, List<JsonSlice>> keywords = new LinkedHashMap<>();
        gather(schema, keywords);
        boolean object = isObject(keywords.keySet(), first(keywords, "type"));
        json.beginObject();
        StringBuilder limits = new StringBuilder();
        keywords.forEach((name, values) -> {
            if (isRefused(name, values.get(0))) {
                limits.append(limits.isEmpty() ? "" : ", ")
                        .append(name)
                        .append(": ")
                        .append(values.get(0).json());
            } else if (!name.equals("description") && !(object && name.equals(CLOSED))) {
                writeKeyword(json, name, values);
            }
        });
        if (object) {
            json.name(CLOSED).bool(false);
        }
        writeDescription(json, first(keywords, "description"), limits);
        json.endObject();
    }

    /** The keywords of a schema and of all that {@code allOf} joins to it, in their order. */
    private static void gather(JsonSlice schema, Map<String, List<JsonSlice>> keywords) {
        for (JsonSlice.Member member : schema.members()) {
            if (member.name().equals(ALL_OF)) {
                for (JsonSlice joined : member.value().elements()) {
                    gather(joined, keywords);
                }
            } else {
                keywords.computeIfAbsent(member.name(), unseen -> new ArrayList<>())
                        .add(member.value());
            }
        }
    }

    private static void writeKeyword(JsonWriter json, String name, List<JsonSlice> values) {
        JsonSlice value = values.get(0);
        json.name(name.equals("oneOf") ? "anyOf" : name);
        if (MAPS.contains(name) && value.isObject()) {
            json.beginObject();
            for (JsonSlice map : values) {
                for (JsonSlice.Member property : map.members()) {
                    write(json.name(property.name()), property.value());
                }
            }
            json.endObject();
        } else if (LISTS.contains(name) && value.isArray()) {
            json.beginArray();
            value.elements().forEach(element -> write(json, element));
            json.endArray();
        } else if (name.equals("required") && values.size() > 1) {
            Set<String> names = new LinkedHashSet<>();
            values.forEach(list -> list.elements().forEach(element -> names.add(element.json())));
            json.beginArray();
            names.forEach(json::raw);
            json.endArray();
        } else if (name.equals("items")) {
            write(json, value);
        } else {
            json.slice(value);
        }
    }

    private static void writeDescription(JsonWriter json, JsonSlice description, StringBuilder limits) {
        boolean said = description.isString();
        if (!said && limits.isEmpty()) {
            return;
        }
        json.name("description").beginString();
        if (said) {
            json.text(description);
        }
        if (!limits.isEmpty()) {
            json.text((said && !description.isEmpty() ? " {" : "{") + limits + "}");
        }
        json.endString();
    }

    private static boolean isFit(JsonSlice schema) {
        if (!schema.isObject()) {
            return true;
        }
        Set<String> names = new LinkedHashSet<>();
        JsonSlice type = JsonSlice.raw("null");
        boolean closed = false;
        for (JsonSlice.Member member : schema.members()) {
            String name = member.name();
            JsonSlice value = member.value();
            if (isRefused(name, value) || name.equals("oneOf") || name.equals(ALL_OF) || !isFitBelow(name, value)) {
                return false;
            }
            names.add(name);
            type = name.equals("type") ? value : type;
            closed |= name.equals(CLOSED) && value.isFalse();
        }
        return closed || !isObject(names, type);
    }

    private static boolean isFitBelow(String name, JsonSlice value) {
        if (name.equals("items")) {
            return isFit(value);
        }
        if (MAPS.contains(name)) {
            for (JsonSlice.Member property : value.members()) {
                if (!isFit(property.value())) {
                    return false;
                }
            }
        } else if (LISTS.contains(name)) {
            for (JsonSlice element : value.elements()) {
                if (!isFit(element)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isRefused(String name, JsonSlice value) {
        return switch (name) {
            case "minItems" -> value.longValue(0) > 1;
            case "format" -> !value.isString() || !FORMATS.contains(value.text());
            default -> LIMITS.contains(name);
        };
    }

    private static boolean isObject(Set<String> keywords, JsonSlice type) {
        boolean named = type.textEquals("object");
        for (JsonSlice one : type.elements()) {
            named |= one.textEquals("object");
        }
        return named || keywords.contains("properties");
    }

    private static JsonSlice first(Map<String, List<JsonSlice>> keywords, String name) {
        List<JsonSlice> values = keywords.get(name);
        return values == null ? JsonSlice.raw("null") : values.get(0);
    }
}
