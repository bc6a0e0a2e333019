package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.sluice.gateway.admin.Shape.Member;
import java.io.IOException;
import java.io.StringWriter;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON object in a request's body, as its {@link Shape.Body} says it may be: members it does not name are refused, and
 * so are values of another type, members that stand there twice, and members that are missing. A member that is null is
 * there ({@link #has}) and has no value. Thread: one.
 */
final class Body {
    private static final int DEEPEST = 16;
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private final Map<String, @Nullable Object> values;

    private Body(Map<String, @Nullable Object> values) {
        this.values = values;
    }

    /** Of a request that may also come without a body, which is an empty object. */
    static Body orNothing(String text, Shape.Body shape) throws InvalidParameterException {
        return of(text.isBlank() ? "{}" : text, shape);
    }

    static Body of(String text, Shape.Body shape) throws InvalidParameterException {
        Map<String, @Nullable Object> values;
        try (JsonParser json = FACTORY.createParser(text)) {
            values = read(json, shape);
        } catch (JsonParseException | StreamConstraintsException e) {
            // The parser's own message would repeat a part of the body, and that may be a password.
            throw new InvalidParameterException(
                    null,
                    "the body is not well-formed JSON at line "
                            + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + "; allowed: one object, no member twice, at most "
                            + DEEPEST
                            + " levels deep");
        } catch (IOException e) {
            throw new InvalidParameterException(null, "the body is not well-formed JSON");
        }
        for (Member member : shape.members()) {
            if (member.required() && values.get(member.name()) == null) {
                throw new InvalidParameterException(member.name(), "`" + member.name() + "` is missing");
            }
        }
        return new Body(values);
    }

    private static Map<String, @Nullable Object> read(JsonParser json, Shape.Body shape)
            throws IOException, InvalidParameterException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new InvalidParameterException(null, "the body is no JSON object; allowed: an object");
        }
        Map<String, @Nullable Object> values = new HashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            Member member = shape.member(name);
            if (member == null) {
                throw new InvalidParameterException(
                        Echo.of(name),
                        "`" + Echo.of(name) + "` is not known here; allowed: " + String.join(", ", shape.names()));
            }
            values.put(name, json.nextToken() == JsonToken.VALUE_NULL ? null : value(json, member));
        }
        if (json.nextToken() != null) {
            throw new InvalidParameterException(null, "something stands behind the body's object");
        }
        return values;
    }

    private static Object value(JsonParser json, Member member) throws IOException, InvalidParameterException {
        return switch (member.type()) {
            case TEXT -> text(json, member, "text");
            case TEXTS -> texts(json, member);
            case NUMBERS -> numbers(json, member);
            case FLAG -> flag(json, member);
            case TIME -> time(text(json, member, "a time such as 2026-12-31T00:00:00Z"), member.name());
            case NAMES -> names(json, member);
            case OBJECT -> object(json, member);
        };
    }

    private static InvalidParameterException wrong(JsonParser json, Member member, String allowed) {
        JsonToken token = json.currentToken();
        String actual = token == null
                ? "nothing"
                : switch (token) {
                    case START_OBJECT -> "an object";
                    case START_ARRAY -> "a list";
                    case VALUE_STRING -> "text";
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
                    case VALUE_TRUE, VALUE_FALSE -> "true or false";
                    case VALUE_NULL -> "null";
                    case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> "nothing";
                };
        return new InvalidParameterException(
                member.name(), "`" + member.name() + "` is or has " + actual + "; allowed: " + allowed);
    }

    private static String text(JsonParser json, Member member, String allowed)
            throws IOException, InvalidParameterException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw wrong(json, member, allowed);
        }
        String text = json.getText();
        // PostgreSQL knows no NUL.
        if (text.indexOf('\0') >= 0) {
            throw new InvalidParameterException(member.name(), "`" + member.name() + "` holds a NUL");
        }
        return text;
    }

    private static List<String> texts(JsonParser json, Member member) throws IOException, InvalidParameterException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw wrong(json, member, "a list of texts");
        }
        List<String> texts = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            texts.add(text(json, member, "a list of texts"));
        }
        return Collections.unmodifiableList(texts);
    }

    private static List<Integer> numbers(JsonParser json, Member member) throws IOException, InvalidParameterException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw wrong(json, member, "a list of whole numbers");
        }
        List<Integer> numbers = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
                    || json.getNumberType() != JsonParser.NumberType.INT) {
                throw wrong(json, member, "a list of whole numbers of up to ten digits");
            }
            numbers.add(json.getIntValue());
        }
        return Collections.unmodifiableList(numbers);
    }

    private static Boolean flag(JsonParser json, Member member) throws InvalidParameterException {
        JsonToken token = json.currentToken();
        if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
            throw wrong(json, member, "true or false");
        }
        return token == JsonToken.VALUE_TRUE;
    }

    private static Map<String, String> names(JsonParser json, Member member)
            throws IOException, InvalidParameterException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw wrong(json, member, "an object of texts");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            texts.put(name, text(json, member, "an object of texts"));
        }
        return Collections.unmodifiableMap(texts);
    }

    private static FreeJson object(JsonParser json, Member member) throws IOException, InvalidParameterException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw wrong(json, member, "an object");
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            out.copyCurrentStructure(json);
        }
        return new FreeJson(text.toString());
    }

    /** RFC 3339, to the second. */
    static Instant time(String text, String name) throws InvalidParameterException {
        Instant time;
        try {
            time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.SECONDS);
        } catch (DateTimeException e) {
            throw new InvalidParameterException(
                    name, "`" + name + "` is `" + Echo.of(text) + "`; allowed: a time such as 2026-12-31T00:00:00Z");
        }
        if (time.isBefore(EARLIEST) || time.isAfter(LATEST)) {
            throw new InvalidParameterException(
                    name, "`" + name + "` is " + Echo.of(text) + "; allowed: " + EARLIEST + " to " + LATEST);
        }
        return time;
    }

    /** Whether the member is there, if only as null. */
    boolean has(String name) {
        return values.containsKey(name);
    }

    @Nullable
    String text(String name) {
        return (String) values.get(name);
    }

    @SuppressWarnings("unchecked") // read by its type
    List<String> texts(String name) {
        List<String> texts = (List<String>) values.get(name);
        return texts == null ? List.of() : texts;
    }

    @SuppressWarnings("unchecked") // read by its type
    List<Integer> numbers(String name) {
        List<Integer> numbers = (List<Integer>) values.get(name);
        return numbers == null ? List.of() : numbers;
    }

    boolean flag(String name, boolean otherwise) {
        Boolean flag = (Boolean) values.get(name);
        return flag == null ? otherwise : flag;
    }

    @Nullable
    Instant time(String name) {
        return (Instant) values.get(name);
    }

    @SuppressWarnings("unchecked") // read by its type
    Map<String, String> names(String name) {
        Map<String, String> texts = (Map<String, String>) values.get(name);
        return texts == null ? Map.of() : texts;
    }

    FreeJson object(String name) {
        FreeJson object = (FreeJson) values.get(name);
        return object == null ? FreeJson.EMPTY : object;
    }
}
