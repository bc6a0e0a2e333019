package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes records as JSON: each component under its name in snake case, times in RFC 3339, absent values as null.
 *
 * <p>Only the types of {@link #TYPES}, lists of them and records are written. Digests, secrets and bytes are none of them,
 * so that none can find its way into an answer or the audit log by being put into a record. Thread: any.
 */
final class Json {
    /** What a component may be, besides a record, a list of records or texts, and a map of texts. */
    static final Set<Class<?>> TYPES = Set.of(
            String.class,
            long.class,
            Long.class,
            int.class,
            Integer.class,
            boolean.class,
            Boolean.class,
            Instant.class,
            FreeJson.class);

    private Json() {}

    /** One object. */
    static void write(JsonGenerator json, Record view) throws IOException {
        json.writeStartObject();
        members(json, view);
        json.writeEndObject();
    }

    /** The members of an object that is open. */
    static void members(JsonGenerator json, Record view) throws IOException {
        for (RecordComponent component : view.getClass().getRecordComponents()) {
            json.writeFieldName(name(component));
            value(json, read(view, component));
        }
    }

    static String text(Record view) {
        return AdminResponse.json(200, json -> write(json, view)).body();
    }

    static String name(RecordComponent component) {
        StringBuilder name = new StringBuilder();
        for (char c : component.getName().toCharArray()) {
            if (Character.isUpperCase(c)) {
                name.append('_').append(Character.toLowerCase(c));
            } else {
                name.append(c);
            }
        }
        return name.toString();
    }

    static @Nullable Object read(Record view, RecordComponent component) {
        try {
            return component.getAccessor().invoke(view);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record of this room can be read", e);
        }
    }

    private static void value(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case String text -> json.writeString(text);
            case Long number -> json.writeNumber(number);
            case Integer number -> json.writeNumber(number);
            case Boolean flag -> json.writeBoolean(flag);
            case Instant time ->
                json.writeString(time.truncatedTo(ChronoUnit.MILLIS).toString());
            case FreeJson free -> json.writeRawValue(free.text());
            case Record record -> write(json, record);
            case Collection<?> values -> {
                json.writeStartArray();
                for (Object each : values) {
                    value(json, each);
                }
                json.writeEndArray();
            }
            case Map<?, ?> texts -> {
                json.writeStartObject();
                texts.forEach((name, text) -> member(json, String.valueOf(name), text));
                json.writeEndObject();
            }
            default -> throw new IllegalStateException(value.getClass() + " is not for anybody's eyes");
        }
    }

    private static void member(JsonGenerator json, String name, @Nullable Object value) {
        try {
            json.writeFieldName(name);
            value(json, value);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
    }
}
