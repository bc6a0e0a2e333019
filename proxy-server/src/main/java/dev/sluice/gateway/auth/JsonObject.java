package dev.sluice.gateway.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.JsonTokenId;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that somebody else wrote, read so that it has one meaning: UTF-8 without exception, each member once at
 * every level, nothing behind it, and not deep. Values are {@code String}, {@code Long}, {@code Double}, {@code Boolean},
 * {@code List}, {@code Map} and null. Immutable by agreement; thread: any.
 */
final class JsonObject {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER_CHARS = 32;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .build())
            .build();

    private final Map<String, @Nullable Object> members;

    private JsonObject(Map<String, @Nullable Object> members) {
        this.members = members;
    }

    /** Null when it is not such an object, or not UTF-8. */
    static @Nullable JsonObject parse(byte[] utf8) {
        try {
            // Jackson lets some byte sequences pass that are no UTF-8, and guesses other encodings.
            return parse(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString());
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Null when it is not such an object. */
    static @Nullable JsonObject parse(String text) {
        try (JsonParser json = FACTORY.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            JsonObject object = new JsonObject(object(json));
            return json.nextToken() == null ? object : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static Map<String, @Nullable Object> object(JsonParser json) throws IOException {
        Map<String, @Nullable Object> members = new HashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            members.put(name, value(json));
        }
        return members;
    }

    private static List<@Nullable Object> array(JsonParser json) throws IOException {
        List<@Nullable Object> elements = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            elements.add(value(json));
        }
        return elements;
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        return switch (json.currentTokenId()) {
            case JsonTokenId.ID_START_OBJECT -> object(json);
            case JsonTokenId.ID_START_ARRAY -> array(json);
            case JsonTokenId.ID_STRING -> json.getText();
            case JsonTokenId.ID_TRUE -> true;
            case JsonTokenId.ID_FALSE -> false;
            case JsonTokenId.ID_NULL -> null;
            case JsonTokenId.ID_NUMBER_INT ->
                json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? (Object) json.getDoubleValue()
                        : (Object) json.getLongValue();
            default -> json.getDoubleValue();
        };
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    /** Null when it is absent or null. */
    @Nullable
    Object get(String name) {
        return members.get(name);
    }

    /** Null when it is absent or no text. */
    @Nullable
    String text(String name) {
        return members.get(name) instanceof String text ? text : null;
    }

    /** The member of that very name; if there is none, the one that the dots lead to. Null when there is neither. */
    @Nullable
    Object at(String path) {
        if (members.containsKey(path)) {
            return members.get(path);
        }
        Object found = members;
        for (String name : path.split("\\.", -1)) {
            if (!(found instanceof Map<?, ?> object)) {
                return null;
            }
            found = object.get(name);
        }
        return found;
    }

    /** Not a copy; read only. */
    Map<String, @Nullable Object> members() {
        return members;
    }
}
