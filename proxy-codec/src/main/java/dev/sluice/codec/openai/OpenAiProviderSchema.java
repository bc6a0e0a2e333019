package dev.sluice.codec.openai;

import dev.sluice.codec.json.JsonSlice;
import java.util.HashSet;
import java.util.Set;

/**
 * Whether a JSON schema keeps to what OpenAI's strict mode demands of it: every object names all of its members, requires
 * them all and allows no others. Strict mode refuses all other schemas, so it is asked for only with these. Thread: any.
 */
final class OpenAiProviderSchema {
    private static final int MAX_DEPTH = 5;
    private static final Set<String> UNKNOWN_TO_STRICT = Set.of(
            "allOf",
            "oneOf",
            "not",
            "if",
            "then",
            "else",
            "dependentRequired",
            "dependentSchemas",
            "patternProperties",
            "propertyNames",
            "unevaluatedProperties",
            "contains",
            "prefixItems",
            "minLength",
            "maxLength",
            "minProperties",
            "maxProperties",
            "uniqueItems",
            "default");

    private OpenAiProviderSchema() {}

    static boolean allowsStrict(JsonSlice schema) {
        JsonSlice type = schema.member("type");
        return type != null && type.textEquals("object") && isStrict(schema, 0);
    }

    private static boolean isStrict(JsonSlice schema, int depth) {
        if (!schema.isObject() || depth > MAX_DEPTH) {
            return false;
        }
        boolean object = false;
        boolean closed = false;
        Set<String> names = new HashSet<>();
        Set<String> required = new HashSet<>();
        for (JsonSlice.Member member : schema.members()) {
            JsonSlice value = member.value();
            if (UNKNOWN_TO_STRICT.contains(member.name())) {
                return false;
            }
            switch (member.name()) {
                case "type" ->
                    object |= value.textEquals("object") || texts(value).contains("object");
                case "properties" -> {
                    object = true;
                    value.members().forEach(property -> names.add(property.name()));
                    if (!areStrict(value, depth)) {
                        return false;
                    }
                }
                case "$defs", "definitions" -> {
                    if (!areStrict(value, depth)) {
                        return false;
                    }
                }
                case "required" -> required.addAll(texts(value));
                case "additionalProperties" -> closed = value.isFalse();
                case "items" -> {
                    if (!isStrict(value, depth + 1)) {
                        return false;
                    }
                }
                case "anyOf" -> {
                    for (JsonSlice one : value.elements()) {
                        if (!isStrict(one, depth + 1)) {
                            return false;
                        }
                    }
                }
                default -> {}
            }
        }
        return !object || (closed && required.equals(names));
    }

    private static boolean areStrict(JsonSlice schemas, int depth) {
        for (JsonSlice.Member schema : schemas.members()) {
            if (!isStrict(schema.value(), depth + 1)) {
                return false;
            }
        }
        return true;
    }

    private static Set<String> texts(JsonSlice list) {
        Set<String> texts = new HashSet<>();
        for (JsonSlice element : list.elements()) {
            if (element.isString()) {
                texts.add(element.text());
            }
        }
        return texts;
    }
}
