package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.gateway.admin.Shape.Member;
import dev.sluice.gateway.admin.Shape.MemberType;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Shapes as schemas of JSON Schema 2020-12, which is what OpenAPI 3.1 has. Those with a name are collected on the way and
 * written once. Thread: one.
 */
final class Schemas {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final String REFERENCE = "#/components/schemas/";

    private final Map<String, Shape> named = new TreeMap<>();

    /** A schema, or a reference to one that {@link #writeNamed} writes. */
    void reference(JsonGenerator json, Shape shape) throws IOException {
        String name = name(shape);
        if (name == null) {
            write(json, shape);
            return;
        }
        named.put(name, shape);
        json.writeStartObject();
        json.writeStringField("$ref", REFERENCE + name);
        json.writeEndObject();
    }

    /** Each under its name; also those that are only found while others are written. */
    void writeNamed(JsonGenerator json) throws IOException {
        Map<String, Shape> written = new TreeMap<>();
        while (written.size() < named.size()) {
            for (Map.Entry<String, Shape> entry : new TreeMap<>(named).entrySet()) {
                if (written.put(entry.getKey(), entry.getValue()) == null) {
                    json.writeFieldName(entry.getKey());
                    write(json, entry.getValue());
                }
            }
        }
    }

    private static @Nullable String name(Shape shape) {
        return switch (shape) {
            case Shape.Body body -> body.name();
            case Shape.View view -> name(view.type());
            case Shape.Page page -> name(page.type()) + "Page";
            case Shape.Issued issued -> issued.name();
            case Shape.Sample sample -> sample.name();
            case Shape.Text text -> null;
        };
    }

    private static String name(Class<?> view) {
        String name = view.getSimpleName();
        return name.endsWith("View") ? name.substring(0, name.length() - "View".length()) : name;
    }

    private void write(JsonGenerator json, Shape shape) throws IOException {
        switch (shape) {
            case Shape.Body body -> body(json, body);
            case Shape.View view -> view(json, view.type());
            case Shape.Page page -> page(json, page);
            case Shape.Issued issued -> issued(json, issued);
            case Shape.Sample sample -> sample(json, sample);
            case Shape.Text text -> type(json, "string");
        }
    }

    private static void body(JsonGenerator json, Shape.Body body) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "object");
        json.writeBooleanField("additionalProperties", false);
        json.writeObjectFieldStart("properties");
        for (Member member : body.members()) {
            json.writeFieldName(member.name());
            member(json, member);
        }
        json.writeEndObject();
        json.writeArrayFieldStart("required");
        for (Member member : body.members()) {
            if (member.required()) {
                json.writeString(member.name());
            }
        }
        json.writeEndArray();
        json.writeArrayFieldStart("examples");
        json.writeRawValue(body.example());
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void member(JsonGenerator json, Member member) throws IOException {
        json.writeStartObject();
        types(json, typeName(member.type()), !member.required());
        json.writeStringField("description", member.description());
        switch (member.type()) {
            case TIME -> json.writeStringField("format", "date-time");
            case TEXTS -> {
                json.writeFieldName("items");
                type(json, "string");
            }
            case NUMBERS -> {
                json.writeFieldName("items");
                type(json, "integer");
            }
            case NAMES -> {
                json.writeFieldName("additionalProperties");
                type(json, "string");
            }
            case TEXT, FLAG, OBJECT -> {}
        }
        json.writeEndObject();
    }

    private static String typeName(MemberType type) {
        return switch (type) {
            case TEXT, TIME -> "string";
            case TEXTS, NUMBERS -> "array";
            case FLAG -> "boolean";
            case NAMES, OBJECT -> "object";
        };
    }

    private static void types(JsonGenerator json, String type, boolean orNull) throws IOException {
        if (!orNull) {
            json.writeStringField("type", type);
            return;
        }
        json.writeArrayFieldStart("type");
        json.writeString(type);
        json.writeString("null");
        json.writeEndArray();
    }

    private static void type(JsonGenerator json, String type) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", type);
        json.writeEndObject();
    }

    private void view(JsonGenerator json, Class<? extends Record> view) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "object");
        json.writeObjectFieldStart("properties");
        for (RecordComponent component : view.getRecordComponents()) {
            json.writeFieldName(Json.name(component));
            component(json, component.getGenericType(), isNullable(component));
        }
        json.writeEndObject();
        json.writeArrayFieldStart("required");
        for (RecordComponent component : view.getRecordComponents()) {
            json.writeString(Json.name(component));
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static boolean isNullable(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private void component(JsonGenerator json, Type type, boolean orNull) throws IOException {
        if (type instanceof Class<?> view && view.isRecord() && view != FreeJson.class) {
            reference(json, new Shape.View(view.asSubclass(Record.class)));
            return;
        }
        json.writeStartObject();
        if (type instanceof ParameterizedType generic) {
            boolean list = Collection.class.isAssignableFrom((Class<?>) generic.getRawType());
            Type[] arguments = generic.getActualTypeArguments();
            types(json, list ? "array" : "object", orNull);
            json.writeFieldName(list ? "items" : "additionalProperties");
            component(json, arguments[arguments.length - 1], /* orNull= */ false);
        } else {
            types(json, typeName(type), orNull);
            if (type == Instant.class) {
                json.writeStringField("format", "date-time");
            }
        }
        json.writeEndObject();
    }

    private static String typeName(Type type) {
        if (type == String.class || type == Instant.class) {
            return "string";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "boolean";
        }
        if (type == FreeJson.class) {
            return "object";
        }
        if (type instanceof Class<?> known && Json.TYPES.contains(known)) {
            return "integer";
        }
        throw new IllegalStateException(type + " is not for anybody's eyes");
    }

    private void page(JsonGenerator json, Shape.Page page) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "object");
        json.writeObjectFieldStart("properties");
        json.writeObjectFieldStart("data");
        json.writeStringField("type", "array");
        json.writeFieldName("items");
        reference(json, new Shape.View(page.type()));
        json.writeEndObject();
        json.writeObjectFieldStart("next_cursor");
        types(json, "string", /* orNull= */ true);
        json.writeStringField("description", "for the parameter `cursor` of the next page; null on the last one");
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
    }

    private void issued(JsonGenerator json, Shape.Issued issued) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("allOf");
        reference(json, new Shape.View(issued.type()));
        json.writeStartObject();
        json.writeStringField("type", "object");
        json.writeObjectFieldStart("properties");
        json.writeObjectFieldStart(issued.member());
        json.writeStringField("type", "string");
        json.writeStringField("description", issued.description());
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void sample(JsonGenerator json, Shape.Sample sample) throws IOException {
        try (JsonParser example = FACTORY.createParser(sample.example())) {
            example.nextToken();
            json.writeStartObject();
            inferred(json, example);
            json.writeArrayFieldStart("examples");
            json.writeRawValue(sample.example());
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    /** The members of a schema for the value that the parser is at. */
    private static void inferred(JsonGenerator json, JsonParser example) throws IOException {
        switch (example.currentToken()) {
            case START_OBJECT -> {
                json.writeStringField("type", "object");
                json.writeObjectFieldStart("properties");
                for (String name = example.nextFieldName(); name != null; name = example.nextFieldName()) {
                    example.nextToken();
                    json.writeObjectFieldStart(name);
                    inferred(json, example);
                    json.writeEndObject();
                }
                json.writeEndObject();
            }
            case START_ARRAY -> {
                json.writeStringField("type", "array");
                boolean first = true;
                while (example.nextToken() != JsonToken.END_ARRAY) {
                    if (first) {
                        json.writeObjectFieldStart("items");
                        inferred(json, example);
                        json.writeEndObject();
                        first = false;
                    } else {
                        example.skipChildren();
                    }
                }
            }
            case VALUE_STRING -> json.writeStringField("type", "string");
            case VALUE_TRUE, VALUE_FALSE -> json.writeStringField("type", "boolean");
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.writeStringField("type", "number");
            case VALUE_NULL, END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> {
                // Nothing is known of it.
            }
        }
    }
}
