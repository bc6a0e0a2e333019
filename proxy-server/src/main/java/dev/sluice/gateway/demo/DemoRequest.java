package dev.sluice.gateway.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the demo provider wants to know of a request body. Unknown members, and known ones of an unexpected type, are
 * skipped; of the prompt nothing is kept but its number of words and a hash. Thread: event loop.
 */
final class DemoRequest {
    static final int UNLIMITED = Integer.MAX_VALUE;

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final long HASH_PRIME = 0x100000001b3L;
    private static final long HASH_START = 0xcbf29ce484222325L;

    private @Nullable String model;
    private boolean stream;
    private boolean includeUsage;
    private int maxTokens = UNLIMITED;
    private int words;
    private @Nullable String encodingFormat;
    private int dimensions;
    private final List<Input> inputs = new ArrayList<>();

    /** One text to embed or to judge. */
    record Input(long hash, int words) {}

    private DemoRequest() {}

    /** @throws IOException when the body is not one JSON object */
    static DemoRequest parse(byte[] body) throws IOException {
        DemoRequest request = new DemoRequest();
        try (JsonParser json = FACTORY.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("not an object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                request.member(name, json);
            }
            if (json.nextToken() != null) {
                throw new IOException("more than one value");
            }
        }
        return request;
    }

    private void member(String name, JsonParser json) throws IOException {
        switch (name) {
            case "model" -> model = text(json);
            case "stream" -> stream = truth(json);
            case "stream_options" -> streamOptions(json);
            case "max_tokens", "max_completion_tokens" -> maxTokens = number(json, UNLIMITED);
            case "messages", "prompt" -> words += count(json);
            case "input" -> inputs(json);
            case "encoding_format" -> encodingFormat = text(json);
            case "dimensions" -> dimensions = number(json, 0);
            default -> json.skipChildren();
        }
    }

    private void streamOptions(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean usage = json.currentName().equals("include_usage");
            json.nextToken();
            if (usage) {
                includeUsage = truth(json);
            } else {
                json.skipChildren();
            }
        }
    }

    /** Words in a string, or in the `content` and `text` members of whatever else it is. */
    private static int count(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == JsonToken.VALUE_STRING) {
            return wordsOf(json.getText());
        }
        int sum = 0;
        if (token == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                sum += count(json);
            }
        } else if (token == JsonToken.START_OBJECT) {
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean spoken = json.currentName().equals("content")
                        || json.currentName().equals("text");
                json.nextToken();
                if (spoken) {
                    sum += count(json);
                } else {
                    json.skipChildren();
                }
            }
        } else if (token == JsonToken.VALUE_NUMBER_INT) {
            sum = 1;
        }
        return sum;
    }

    /** A text, a list of texts, a list of token numbers, or a list of such lists. */
    private void inputs(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            if (json.currentToken() == JsonToken.VALUE_STRING) {
                inputs.add(input(json.getText()));
            }
            json.skipChildren();
            return;
        }
        Input numbers = null;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            switch (json.currentToken()) {
                case VALUE_STRING -> inputs.add(input(json.getText()));
                case VALUE_NUMBER_INT -> numbers = plus(numbers, json.getText());
                case START_ARRAY -> inputs.add(numbers(json));
                default -> json.skipChildren();
            }
        }
        if (numbers != null) {
            inputs.add(numbers);
        }
    }

    private static Input numbers(JsonParser json) throws IOException {
        Input numbers = new Input(HASH_START, 0);
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
                numbers = plus(numbers, json.getText());
            } else {
                json.skipChildren();
            }
        }
        return numbers;
    }

    private static Input plus(@Nullable Input before, String number) {
        return before == null
                ? new Input(hash(HASH_START, number), 1)
                : new Input(hash(before.hash, number), before.words + 1);
    }

    private static Input input(String text) {
        return new Input(hash(HASH_START, text), wordsOf(text));
    }

    /** FNV-1a over the characters: stable over releases, which `String.hashCode` is too, but 64 bits wide. */
    private static long hash(long start, String text) {
        long hash = start;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * HASH_PRIME;
        }
        return hash;
    }

    private static int wordsOf(String text) {
        int words = 0;
        boolean inside = false;
        for (int i = 0; i < text.length(); i++) {
            boolean space = Character.isWhitespace(text.charAt(i));
            if (!space && !inside) {
                words++;
            }
            inside = !space;
        }
        return words;
    }

    private static @Nullable String text(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        json.skipChildren();
        return null;
    }

    private static boolean truth(JsonParser json) throws IOException {
        boolean value = json.currentToken() == JsonToken.VALUE_TRUE;
        json.skipChildren();
        return value;
    }

    private static int number(JsonParser json, int otherwise) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            json.skipChildren();
            return otherwise;
        }
        long value = json.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? UNLIMITED : json.getLongValue();
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    @Nullable
    String model() {
        return model;
    }

    boolean stream() {
        return stream;
    }

    boolean includeUsage() {
        return includeUsage;
    }

    /** {@link #UNLIMITED} when the caller set no limit. */
    int maxTokens() {
        return maxTokens;
    }

    /** Words of the prompt or of all messages. */
    int words() {
        return words;
    }

    List<Input> inputs() {
        return inputs;
    }

    boolean base64() {
        return "base64".equals(encodingFormat);
    }

    /** 0 when the caller did not say. */
    int dimensions() {
        return dimensions;
    }
}
