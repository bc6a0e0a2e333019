package dev.sluice.gateway.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** Writes one JSON object into a string. Thread: any. */
@FunctionalInterface
interface DemoJson {
    JsonFactory FACTORY = new JsonFactory();

    /** Writes the members; the braces are there already. */
    void writeTo(JsonGenerator json) throws IOException;

    static String object(DemoJson members) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            members.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return text.toString();
    }
}
