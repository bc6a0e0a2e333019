package dev.sluice.codec.openai;

import dev.sluice.codec.json.JsonWriter;
import org.jspecify.annotations.Nullable;

/**
 * A source on the web, and which characters of the content rest on it. Clients insist on all four members, so a source
 * without title has an empty one. Thread: any.
 */
record OpenAiCitation(
        int start, int end, String url, @Nullable String title) {

    void write(JsonWriter json) {
        json.beginObject()
                .name("type")
                .string("url_citation")
                .name("url_citation")
                .beginObject()
                .name("start_index")
                .number(start)
                .name("end_index")
                .number(end)
                .name("url")
                .string(url)
                .name("title")
                .string(title == null ? "" : title)
                .endObject()
                .endObject();
    }
}
