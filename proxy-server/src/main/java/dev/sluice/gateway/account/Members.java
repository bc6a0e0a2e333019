package dev.sluice.gateway.account;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.sluice.gateway.config.Secret;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of a request body: a JSON object of texts and flags, each at most once and none that is not known, so that a
 * misspelt one is not taken for one that is absent. Values are never repeated in messages. Immutable; thread: any.
 */
final class Members {
    private static final int MAX_ECHO_CHARS = 60;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private final Map<String, Secret> texts = new HashMap<>();
    private final Map<String, Boolean> flags = new HashMap<>();

    private Members() {}

    /**
     * @param body JSON; empty stands for an object without members
     * @param texts the names that texts may have
     * @param flags the names that {@code true} and {@code false} may have
     */
    static Members read(Secret body, List<String> texts, List<String> flags) throws InvalidRequestException {
        Members members = new Members();
        if (body.reveal().isBlank()) {
            return members;
        }
        try (JsonParser json = FACTORY.createParser(body.reveal())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new InvalidRequestException(null, "The body is no JSON object; allowed: one.");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                members.add(json, texts, flags);
            }
            if (json.nextToken() != null) {
                throw new InvalidRequestException(null, "Something follows the JSON object; allowed: nothing.");
            }
        } catch (IOException e) {
            throw new InvalidRequestException(
                    null, "The body is not well-formed JSON, or has a member twice; allowed: one JSON object.");
        }
        return members;
    }

    private void add(JsonParser json, List<String> textNames, List<String> flagNames)
            throws IOException, InvalidRequestException {
        String name = json.currentName();
        boolean text = textNames.contains(name);
        if (!text && !flagNames.contains(name)) {
            throw new InvalidRequestException(
                    echo(name),
                    "The member '" + echo(name) + "' is not known here; allowed: " + all(textNames, flagNames));
        }
        JsonToken value = json.nextToken();
        if (text && value == JsonToken.VALUE_STRING) {
            texts.put(name, new Secret(json.getText()));
        } else if (!text && (value == JsonToken.VALUE_TRUE || value == JsonToken.VALUE_FALSE)) {
            flags.put(name, value == JsonToken.VALUE_TRUE);
        } else {
            throw new InvalidRequestException(
                    name, "'" + name + "' is something else; allowed: " + (text ? "a text" : "true or false"));
        }
    }

    private static String echo(String name) {
        return name.length() <= MAX_ECHO_CHARS ? name : name.substring(0, MAX_ECHO_CHARS) + "...";
    }

    private static String all(List<String> textNames, List<String> flagNames) {
        return String.join(", ", textNames) + (flagNames.isEmpty() ? "" : ", " + String.join(", ", flagNames));
    }

    /** Null when it is absent. */
    @Nullable
    String text(String name) {
        Secret value = texts.get(name);
        return value == null ? null : value.reveal();
    }

    String required(String name) throws InvalidRequestException {
        Secret value = texts.get(name);
        if (value == null) {
            throw new InvalidRequestException(name, "'" + name + "' is missing; allowed: a text");
        }
        return value.reveal();
    }

    /** Whether it is there and true. */
    boolean flag(String name) {
        return flags.getOrDefault(name, false);
    }
}
