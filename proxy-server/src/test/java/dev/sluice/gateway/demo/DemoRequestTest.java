package dev.sluice.gateway.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DemoRequestTest {

    @Test
    void readsWhatItNeedsAndSkipsTheRest() throws IOException {
        DemoRequest request = parse("""
                {"tools":[{"function":{"name":"f","parameters":{"stream":false}}}],"model":"demo","stream":true,
                 "stream_options":{"x":[1],"include_usage":true},"max_tokens":7,"temperature":0.5,
                 "messages":[{"role":"system","content":"You are kind."},
                             {"role":"user","content":[{"type":"text","text":"what is  this"},
                                                       {"type":"image_url","image_url":{"url":"a b c"}}]}]}""");

        assertThat(request.model()).isEqualTo("demo");
        assertThat(request.stream()).isTrue();
        assertThat(request.includeUsage()).isTrue();
        assertThat(request.maxTokens()).isEqualTo(7);
        assertThat(request.words()).isEqualTo(6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                          | false | 2147483647",
                "{\"stream\":\"yes\",\"max_tokens\":null}    | false | 2147483647",
                "{\"stream\":[true],\"max_tokens\":\"5\"}    | false | 2147483647",
                "{\"stream\":{\"a\":1},\"max_tokens\":1e2}   | false | 2147483647",
                "{\"max_completion_tokens\":3,\"stream\":true} | true | 3",
                "{\"max_tokens\":99999999999999999999999}    | false | 2147483647",
                "{\"stream_options\":true,\"messages\":null} | false | 2147483647"
            })
    void isLenientAboutTypes(String body, boolean stream, int maxTokens) throws IOException {
        DemoRequest request = parse(body);

        assertThat(request.stream()).isEqualTo(stream);
        assertThat(request.maxTokens()).isEqualTo(maxTokens);
        assertThat(request.includeUsage()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"one text\"       | 1 | 2",
                "[\"a b\",\"c\"]    | 2 | 2",
                "[1,2,3]            | 1 | 3",
                "[[1,2],[3]]        | 2 | 2",
                "[]                 | 0 | 0",
                "{\"a\":1}          | 0 | 0",
                "[null,\"x\"]       | 1 | 1"
            })
    void readsEveryShapeOfInput(String input, int inputs, int wordsOfTheFirst) throws IOException {
        DemoRequest request = parse("{\"input\":" + input + ",\"model\":\"demo\"}");

        assertThat(request.inputs()).hasSize(inputs);
        assertThat(inputs == 0 ? 0 : request.inputs().get(0).words()).isEqualTo(wordsOfTheFirst);
        assertThat(request.model()).isEqualTo("demo");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "{", "{\"a\":1", "{} {}", "{\"messages\":[", "\u0000", "{'a':1}"})
    void refusesWhatIsNotOneObject(String body) {
        assertThatThrownBy(() -> parse(body)).isInstanceOf(IOException.class);
    }

    private static DemoRequest parse(String body) throws IOException {
        return DemoRequest.parse(body.getBytes(StandardCharsets.UTF_8));
    }
}
