package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that two readers could take for different things. Each is refused and its connection closed, so that what
 * follows on it, here a second request, is never served.
 */
final class HostileRequestIT {
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    static List<Arguments> hostile() {
        return List.of(
                argumentSet("no host", "POST /v1/chat/completions HTTP/1.1\r\n{KEY}content-length: {N}\r\n"),
                argumentSet("two hosts", post("host: a\r\nhost: b\r\n", "content-length: {N}\r\n")),
                argumentSet("host with a path", post("host: a/b@c\r\n", "content-length: {N}\r\n")),
                argumentSet("length and chunks", withHost("content-length: 4\r\ntransfer-encoding: chunked\r\n")),
                argumentSet("chunks and length", withHost("transfer-encoding: chunked\r\ncontent-length: 4\r\n")),
                argumentSet("two lengths", withHost("content-length: {N}\r\ncontent-length: 4\r\n")),
                argumentSet("two lengths in one", withHost("content-length: {N}, 4\r\n")),
                argumentSet("length with a sign", withHost("content-length: +{N}\r\n")),
                argumentSet("length in hexadecimal", withHost("content-length: 0x10\r\n")),
                argumentSet("a negative length", withHost("content-length: -1\r\n")),
                argumentSet("a coding nobody knows", withHost("transfer-encoding: xchunked\r\n")),
                argumentSet("gzip before chunks", withHost("transfer-encoding: gzip, chunked\r\n")),
                argumentSet("chunks not last", withHost("transfer-encoding: chunked, identity\r\n")),
                argumentSet("chunks twice", withHost("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n")),
                argumentSet("space before the colon", withHost("content-length : {N}\r\n")),
                argumentSet("a folded coding", withHost("transfer-encoding:\r\n chunked\r\n")),
                argumentSet("a bare line feed", withHost("x-a: 1\ncontent-length: {N}\r\n")),
                argumentSet("a NUL", withHost("x-a: \0\r\ncontent-length: {N}\r\n")),
                argumentSet("a field without a name", withHost(": x\r\ncontent-length: {N}\r\n")),
                argumentSet(
                        "HTTP/1.2", "POST /v1/chat/completions HTTP/1.2\r\nhost: x\r\n{KEY}content-length: {N}\r\n"),
                argumentSet(
                        "HTTP/0.9", "POST /v1/chat/completions HTTP/0.9\r\nhost: x\r\n{KEY}content-length: {N}\r\n"),
                argumentSet("CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nhost: example.org:443\r\n{KEY}"),
                argumentSet("TRACE", "TRACE / HTTP/1.1\r\nhost: x\r\n{KEY}"),
                argumentSet(
                        "another host's URI",
                        "POST http://else/v1/chat/completions HTTP/1.1\r\nhost: x\r\n{KEY}content-length: {N}\r\n"));
    }

    private static String withHost(String framing) {
        return post("host: x\r\n", framing);
    }

    private static String post(String host, String framing) {
        return "POST /v1/chat/completions HTTP/1.1\r\n" + host + "{KEY}" + framing;
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void isRefusedAndTheConnectionEnds(String head) throws Exception {
        String model = rig.scripts().add(Script.json(200, Words.COMPLETION));
        String body = "{\"model\":\"scripted/" + model + "\",\"messages\":[]}";
        String filled = head.replace("{KEY}", "authorization: Bearer " + rig.key() + "\r\n")
                        .replace("{N}", String.valueOf(body.length()))
                + "\r\n" + body;
        String second = "GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + rig.key() + "\r\n\r\n";
        try (RawClient client = new RawClient(rig.address())) {
            client.send(filled + second);

            Answer answer = answerOrClose(client);

            assertThat(answer.status()).as(answer.toString()).isBetween(400, 599);
            assertThat(client.endOfConnection()).as("nothing after a refusal").isTrue();
        }
        assertThat(rig.scripts().requests(model)).isEmpty();
    }

    /** A refusal may also be the end of the connection without a word. */
    private static Answer answerOrClose(RawClient client) throws IOException {
        try {
            return client.answer();
        } catch (IOException closed) {
            return new Answer(499, new Fields(List.of()), new byte[0], /* complete= */ true);
        }
    }
}
