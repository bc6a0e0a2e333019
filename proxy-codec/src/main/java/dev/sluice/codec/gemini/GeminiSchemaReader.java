package dev.sluice.codec.gemini;

import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Makes JSON Schema of the schemas that {@code parameters} and {@code responseSchema} have, a piece of OpenAPI: types in
 * capitals, {@code nullable}, numbers as strings. What both know is copied as it stands. Thread: any.
 */
final class GeminiSchemaReader {
    private GeminiSchemaReader() {}

    static JsonSlice read(JsonSlice schema) {
        ByteBuf out = Unpooled.buffer(schema.sizeBytes() + 64);
        write(new JsonWriter(out), schema);
        return JsonSlice.of(out);
    }

    private static void write(JsonWriter json, JsonSlice schema) {
        if (!schema.isObject()) {
            json.slice(schema);
            return;
        }
        JsonSlice nullable = GeminiNames.member(schema, "nullable");
        json.beginObject();
        for (JsonSlice.Member member : schema.members()) {
            write(json, GeminiNames.camel(member.name()), member.value(), nullable != null && nullable.isTrue());
        }
        json.endObject();
    }

    private static void write(JsonWriter json, String name, JsonSlice value, boolean nullable) {
        switch (name) {
            case "type" -> writeType(json, value, nullable);
            // The first is said with the type, the others are for Gemini alone.
            case "nullable", "propertyOrdering", "example" -> {}
            case "properties" -> {
                json.name(name).beginObject();
                for (JsonSlice.Member property : value.members()) {
                    write(json.name(property.name()), property.value());
                }
                json.endObject();
            }
            case "items" -> write(json.name(name), value);
            case "anyOf" -> {
                json.name(name).beginArray();
                for (JsonSlice alternative : value.elements()) {
                    write(json, alternative);
                }
                json.endArray();
            }
            case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties" -> {
                String number = value.isString() ? digits(value) : null;
                json.name(name);
                if (number == null) {
                    json.slice(value);
                } else {
                    json.raw(number);
                }
            }
            case "format" -> {
                // Says only that there is an enum.
                if (!value.textEquals("enum")) {
                    json.name(name).slice(value);
                }
            }
            default -> json.name(name).slice(value);
        }
    }

    private static void writeType(JsonWriter json, JsonSlice value, boolean nullable) {
        if (!value.isString()) {
            json.name("type").slice(value);
            return;
        }
        String type = value.text().toLowerCase(Locale.ROOT);
        if (type.equals("type_unspecified")) {
            return;
        }
        json.name("type");
        if (nullable) {
            json.beginArray().string(type).string("null").endArray();
        } else {
            json.string(type);
        }
    }

    private static @Nullable String digits(JsonSlice value) {
        String text = value.text();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return null;
            }
        }
        return text.isEmpty() || (text.length() > 1 && text.charAt(0) == '0') ? null : text;
    }
}
