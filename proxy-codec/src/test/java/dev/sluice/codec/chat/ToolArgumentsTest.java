package dev.sluice.codec.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ToolArgumentsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{\"b\" : 1.0, \"a\":1e2}|{\"b\" : 1.0, \"a\":1e2}",
                "\"{\\\"b\\\": 1.0,\\\"s\\\":\\\"\\\\n\\\\u00e9 é\\\"}\"|{\"b\": 1.0,\"s\":\"\\n\\u00e9 é\"}",
                "\"\\n {} \\t\"|{}",
                "\"\"|{}",
                "\"  \\n\"|{}",
                "\"null\"|{}",
                "null|{}",
                "\"[1,2]\"|{\"_raw\":[1,2]}",
                "[1]|{\"_raw\":[1]}",
                "\"7\"|{\"_raw\":7}",
                "\"{\\\"cut\\\":\"|{\"_raw\":\"{\\\"cut\\\":\"}",
                "\"{}{}\"|{\"_raw\":\"{}{}\"}",
                "\"plain words\"|{\"_raw\":\"plain words\"}"
            })
    void areAnObjectWhateverTheyAre(String arguments, String object) {
        JsonWriter json = new JsonWriter();
        ToolArguments.write(json, JsonSlice.raw(arguments));
        assertThat(json).hasToString(object);
    }
}
