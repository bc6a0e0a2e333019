package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that cannot be served are refused in the dialect of the caller, and reach no provider. */
final class RefusalIT {
    private static final int BODY_LIMIT = 100_000;

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(
                Rig.STANDARD.replace("drain: 2s", "drain: 2s, limits: { body: 100000, headers: 8KiB }"), Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static String completion() {
        return rig.model(Script.json(200, Words.COMPLETION));
    }

    static List<Arguments> badBodies() {
        return List.of(
                argumentSet("none", ""),
                argumentSet("white space", "  "),
                argumentSet("no JSON", "model=gpt"),
                argumentSet("an array", "[1]"),
                argumentSet("a string", "\"x\""),
                argumentSet("cut off", "{\"model\":\"scripted/x\""),
                argumentSet("bytes after the end", "{\"model\":\"scripted/x\",\"messages\":[]} x"),
                argumentSet("two objects", "{\"model\":\"scripted/x\",\"messages\":[]}{}"),
                argumentSet("no model", "{\"messages\":[]}"),
                argumentSet("a model that is no string", "{\"model\":1,\"messages\":[]}"),
                argumentSet("an empty model", "{\"model\":\"\",\"messages\":[]}"),
                argumentSet("two models", "{\"model\":\"scripted/x\",\"model\":\"scripted/y\",\"messages\":[]}"),
                argumentSet("two models, one escaped", "{\"model\":\"scripted/x\",\"mod\\u0065l\":\"scripted/y\"}"),
                argumentSet("two streams", "{\"model\":\"scripted/x\",\"stream\":true,\"stream\":false}"),
                argumentSet("a stream that is no boolean", "{\"model\":\"scripted/x\",\"stream\":\"yes\"}"),
                argumentSet("NaN", "{\"model\":\"scripted/x\",\"temperature\":NaN}"),
                argumentSet("a comment", "{\"model\":\"scripted/x\" /* hm */}"),
                argumentSet("a trailing comma", "{\"model\":\"scripted/x\",}"),
                argumentSet("too deep", "{\"model\":\"scripted/x\",\"a\":" + "[".repeat(500) + "]".repeat(500) + "}"),
                argumentSet("no UTF-8", "{\"model\":\"scripted/x\",\"user\":\"\u00ff\u00fe\"}"),
                argumentSet("a byte order mark only", "\u00ef\u00bb\u00bf"));
    }

    @ParameterizedTest
    @MethodSource("badBodies")
    void aBadBodyIsRefusedAndReachesNoProvider(String body) throws Exception {
        byte[] bytes = body.getBytes(ISO_8859_1);
        int before = rig.scripts().requests().size();
        try (RawClient client = new RawClient(rig.address())) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + rig.key()
                    + "\r\ncontent-length: " + bytes.length + "\r\n\r\n");
            Answer answer = client.send(bytes).answer();

            assertThat(answer.status()).as(answer.toString()).isEqualTo(400);
            assertThat(answer.text())
                    .contains(
                            "\"error\"", "\"message\"", "\"type\":\"invalid_request_error\"", "\"param\"", "\"code\"");
            // The connection is still good.
            assertThat(client.send(Call.get("/healthz")).answer().status()).isEqualTo(200);
        }
        assertThat(rig.scripts().requests()).hasSize(before);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aBodyAboveTheLimitIsRefused(Protocol protocol) throws Exception {
        int before = rig.scripts().requests().size();
        String body = "{\"model\":\"" + completion() + "\",\"x\":\"" + "x".repeat(BODY_LIMIT) + "\"}";

        Answer answer = protocol.call(rig.address(), rig.keyed(Call.chat(body)));

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.text()).contains("\"error\"", String.valueOf(BODY_LIMIT));
        assertThat(rig.scripts().requests()).hasSize(before);
    }

    @Test
    void aChunkedBodyAboveTheLimitIsRefused() throws Exception {
        try (RawClient client = new RawClient(rig.address())) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
                    + "authorization: Bearer " + rig.key() + "\r\n\r\n");
            String start = "{\"x\":\"";
            client.send(Integer.toHexString(start.length() + BODY_LIMIT) + "\r\n" + start + "x".repeat(BODY_LIMIT));

            assertThat(client.answer().status()).isEqualTo(413);
        }
    }

    @Test
    void aBodyOfExactlyTheLimitPasses() throws Exception {
        String start = "{\"model\":\"" + completion() + "\",\"x\":\"";
        String body = start + "x".repeat(BODY_LIMIT - start.length() - 2) + "\"}";

        assertThat(rig.answer(rig.keyed(Call.chat(body))).status()).isEqualTo(200);
    }

    // Heads.

    @Test
    void anOversizedHeadIsRefused() throws Exception {
        Call call = rig.keyed(Call.chat(Words.chat(completion()))).with("x-large", "x".repeat(20_000));

        Answer answer = rig.answer(call);

        assertThat(answer.status()).isEqualTo(431);
        assertThat(answer.text()).contains("\"error\"");
    }

    @Test
    void tooManyFieldsAreRefused() throws Exception {
        Call call = rig.keyed(Call.chat(Words.chat(completion())));
        for (int i = 0; i < 500; i++) {
            call = call.with("x" + i, "1");
        }

        assertThat(rig.answer(call).status()).isEqualTo(431);
    }

    @Test
    void anOversizedRequestLineIsRefused() throws Exception {
        assertThat(rig.answer(Call.get("/" + "x".repeat(20_000))).status()).isEqualTo(414);
    }

    static List<Arguments> pathsAndMethods() {
        List<Arguments> all = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            all.addAll(List.of(
                    argumentSet(protocol + " unknown path", protocol, "GET", "/nowhere", 404),
                    argumentSet(protocol + " root", protocol, "GET", "/", 404),
                    argumentSet(protocol + " prefix", protocol, "POST", "/v1/chat/completions/more", 404),
                    argumentSet(protocol + " dots", protocol, "GET", "/v1/../healthz", 404),
                    argumentSet(protocol + " GET of a chat", protocol, "GET", "/v1/chat/completions", 405),
                    argumentSet(protocol + " PUT of a chat", protocol, "PUT", "/v1/chat/completions", 405),
                    argumentSet(protocol + " OPTIONS of a chat", protocol, "OPTIONS", "/v1/chat/completions", 405),
                    argumentSet(protocol + " POST of models", protocol, "POST", "/v1/models", 405),
                    argumentSet(protocol + " DELETE of health", protocol, "DELETE", "/healthz", 405)));
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("pathsAndMethods")
    void whatIsNotServedSaysSo(Protocol protocol, String method, String path, int status) throws Exception {
        Answer answer = protocol.call(rig.address(), rig.keyed(Call.of(method, path)));

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.text()).contains("\"error\"");
        if (status == 405) {
            assertThat(answer.field("allow")).isNotEmpty();
        }
    }

    @Test
    void aHeadRequestHasTheFieldsAndNoBody() throws Exception {
        try (RawClient client = new RawClient(rig.address())) {
            Answer head = client.send(Call.of("HEAD", "/healthz")).begin().withoutBody();
            assertThat(head.status()).isEqualTo(200);

            // What comes next is the next answer, and not a body.
            assertThat(client.send(Call.get("/healthz")).answer().status()).isEqualTo(200);
        }
    }

    // Keys.

    static List<Arguments> badKeys() {
        return List.of(
                argumentSet("none", "x-other", "1"),
                argumentSet("empty", "authorization", ""),
                argumentSet("no key after the scheme", "authorization", "Bearer "),
                argumentSet("another scheme", "authorization", "Basic " + rigKey()),
                argumentSet("no scheme", "authorization", rigKey()),
                argumentSet("wrong key", "authorization", "Bearer sk-wrong"),
                argumentSet("a letter more", "authorization", "Bearer " + rigKey() + "x"),
                argumentSet("a letter less", "authorization", "Bearer " + rigKey().substring(1)),
                argumentSet("another case", "authorization", "Bearer " + swapCase(rigKey())),
                argumentSet("two keys in one", "authorization", "Bearer " + rigKey() + ", Bearer " + rigKey()),
                argumentSet("wrong in x-api-key", "x-api-key", "sk-wrong"),
                argumentSet("long", "authorization", "Bearer " + "x".repeat(5_000)),
                argumentSet("the provider's", "authorization", "Bearer " + Rig.PROVIDER_KEY));
    }

    private static String rigKey() {
        return rig.key();
    }

    private static String swapCase(String key) {
        StringBuilder swapped = new StringBuilder();
        key.chars()
                .forEach(c -> swapped.append(
                        (char) (Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))));
        return swapped.toString();
    }

    @ParameterizedTest
    @MethodSource("badKeys")
    void withoutAGoodKeyNothingIsServed(String field, String value) throws Exception {
        int before = rig.scripts().requests().size();
        String model = completion();
        for (Protocol protocol : Protocol.values()) {
            Answer answer =
                    protocol.call(rig.address(), Call.chat(Words.chat(model)).with(field, value));
            assertThat(answer.status()).as(protocol + " " + answer).isEqualTo(401);
            assertThat(answer.text()).contains("\"code\":\"invalid_api_key\"").doesNotContain(rig.key());
            assertThat(protocol.call(rig.address(), Call.get("/v1/models").with(field, value))
                            .status())
                    .isEqualTo(401);
        }
        assertThat(rig.scripts().requests()).hasSize(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-api-key", "api-key", "x-goog-api-key"})
    void theKeyIsTakenFromTheOtherUsualFields(String field) throws Exception {
        Answer answer = rig.answer(Call.chat(Words.chat(completion())).with(field, rig.key()));

        assertThat(answer.status()).isEqualTo(200);
    }
}
