package dev.sluice.gateway.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names and texts as an object of JSON, which is how a column has them. Thread: any. */
final class JsonText {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonText() {}

    static String of(Map<String, String> texts) {
        StringWriter json = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(json)) {
            out.writeStartObject();
            for (Map.Entry<String, String> text : texts.entrySet()) {
                out.writeStringField(text.getKey(), text.getValue());
            }
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return json.toString();
    }

    /** Passes over members that are no text: nobody but an operator at the database can have put them there. */
    static Map<String, String> read(String json) throws SQLException {
        Map<String, String> texts = new LinkedHashMap<>();
        try (JsonParser in = FACTORY.createParser(json)) {
            in.nextToken();
            for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
                if (in.nextToken() == JsonToken.VALUE_STRING) {
                    texts.put(name, in.getText());
                } else {
                    in.skipChildren();
                }
            }
        } catch (IOException e) {
            throw new SQLException("a column holds no JSON object", e);
        }
        return Collections.unmodifiableMap(texts);
    }
}
