package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP as callers speak it: well, oddly, and badly. */
final class ProtocolIT {
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(
                Rig.STANDARD.replace("drain: 2s", "drain: 2s, limits: { header_timeout: 1s }"), java.util.Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static String completion() {
        return rig.model(Script.json(200, Words.COMPLETION));
    }

    // Connections.

    @Test
    void aConnectionCarriesManyCalls() throws Exception {
        try (RawClient client = new RawClient(rig.address())) {
            String streamed = rig.model(Script.sse(Words.STREAM));
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(rig.keyed(Call.chat(Words.chat(completion()))))
                                .answer()
                                .text())
                        .isEqualTo(Words.COMPLETION);
                assertThat(client.send(rig.keyed(Call.chat(Words.streamed(streamed))))
                                .answer()
                                .text())
                        .isEqualTo(Words.STREAM_WITHOUT_USAGE);
                assertThat(client.send(Call.get("/healthz")).answer().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void pipelinedCallsAreAnsweredInOrder() throws Exception {
        CountDownLatch last = new CountDownLatch(1);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            String body = Words.COMPLETION.replace("Guten Tag", "answer " + i);
            Script answer = Script.json(200, body);
            // The first is held until all have been sent.
            String model = rig.model(i == 0 ? Script.of(Script.await(last), answer) : answer);
            all.writeBytes(RawClient.bytesOf(rig.keyed(Call.chat(Words.chat(model)))));
            expected.add(body);
        }
        try (RawClient client = new RawClient(rig.address())) {
            client.send(all.toByteArray());
            last.countDown();
            for (String body : expected) {
                assertThat(client.answer().text()).isEqualTo(body);
            }
        }
    }

    @Test
    void manyStreamsShareAnHttp2Connection() throws Exception {
        try (Http2Client client = new Http2Client(rig.address())) {
            CountDownLatch all = new CountDownLatch(1);
            List<Http2Client.Incoming> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                String text = "stream " + i;
                Script script = Script.of(
                        Script.sseHead(),
                        Script.send(Words.ROLE + Words.text(text)),
                        Script.await(all),
                        Script.send(Words.FINISH + Words.DONE),
                        Script.end());
                answers.add(client.begin(rig.keyed(Call.chat(Words.streamed(rig.model(script))))));
            }
            for (Http2Client.Incoming answer : answers) {
                answer.head();
            }
            all.countDown();
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).answer().text())
                        .isEqualTo(Words.ROLE + Words.text("stream " + i) + Words.FINISH + Words.DONE);
            }
        }
    }

    @Test
    void http10IsServedAndClosed() throws Exception {
        String body = Words.streamed(rig.model(Script.sse(Words.STREAM)));
        try (RawClient client = new RawClient(rig.address())) {
            client.send("POST /v1/chat/completions HTTP/1.0\r\nhost: x\r\nauthorization: Bearer " + rig.key()
                    + "\r\ncontent-length: " + body.getBytes(UTF_8).length + "\r\n\r\n"
                    + new String(body.getBytes(UTF_8), ISO_8859_1));

            RawClient.Incoming incoming = client.begin();

            assertThat(incoming.chunked())
                    .as("chunks, which HTTP/1.0 does not know")
                    .isFalse();
            assertThat(incoming.rest().text()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
            assertThat(client.endOfConnection()).isTrue();
        }
    }

    @Test
    void theCallersCloseIsHonoured() throws Exception {
        try (RawClient client = new RawClient(rig.address())) {
            Answer answer = client.send(
                            rig.keyed(Call.chat(Words.chat(completion()))).with("connection", "close"))
                    .answer();

            assertThat(answer.text()).isEqualTo(Words.COMPLETION);
            assertThat(client.endOfConnection()).isTrue();
        }
    }

    /** The JDK's client asks for an upgrade with its first request, without being told to; that has to do no harm. */
    @Test
    void anOfferToUpgradeIsIgnored() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + rig.address().getPort() + "/v1/chat/completions"))
                    .header("authorization", "Bearer " + rig.key())
                    .POST(HttpRequest.BodyPublishers.ofString(Words.streamed(rig.model(Script.sse(Words.STREAM)))))
                    .build();

            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());

            assertThat(answer.body()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        }
    }

    @Test
    void aHeadThatNeverEndsIsCutOff() throws Exception {
        try (RawClient client = new RawClient(rig.address())) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-slow: ");
            long start = System.nanoTime();

            assertThat(client.endOfConnectionAfterAnything()).isTrue();
            assertThat(System.nanoTime() - start).isLessThan(6_000_000_000L);
        }
    }

    // Bodies.

    @Test
    void aCallerWhoWaitsForALeaveToSendGetsIt() throws Exception {
        byte[] body = Words.chat(completion()).getBytes(UTF_8);
        try (RawClient client = new RawClient(rig.address())) {
            client.send(
                    "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nauthorization: Bearer "
                            + rig.key() + "\r\ncontent-length: " + body.length + "\r\n\r\n");
            assertThat(client.begin().status()).isEqualTo(100);

            assertThat(client.send(body).answer().text()).isEqualTo(Words.COMPLETION);
        }
    }

    @Test
    void aCallerWhoWaitsForALeaveWithAWrongKeyIsToldAtOnce() throws Exception {
        try (RawClient client = new RawClient(rig.address())) {
            String head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n";
            client.send(head + "authorization: Bearer wrong\r\ncontent-length: 10\r\n\r\n");

            assertThat(client.answer().status()).isEqualTo(401);
        }
    }

    static List<Arguments> bodySplits() {
        return List.of(
                argumentSet("whole", Split.WHOLE, Split.WHOLE),
                argumentSet("each byte a chunk", Split.EACH_BYTE, Split.WHOLE),
                argumentSet("each byte a write", Split.random(3, 40), Split.EACH_BYTE),
                argumentSet("random", Split.random(5, 9), Split.random(6, 13)));
    }

    @ParameterizedTest
    @MethodSource("bodySplits")
    void aChunkedBodyArrivesWholeHoweverItIsCut(Split chunks, Split writes) throws Exception {
        String upstream = rig.scripts().add(Script.json(200, Words.COMPLETION));
        String body =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"日本語 🙂 \\u00e9\"}], \"x\" : 1.0e0,\"model\":\"scripted/"
                        + upstream + "\"}";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
                        + "authorization: Bearer " + rig.key() + "\r\n\r\n")
                .getBytes(ISO_8859_1));
        for (byte[] chunk : chunks.cut(body.getBytes(UTF_8))) {
            bytes.writeBytes((Integer.toHexString(chunk.length) + "\r\n").getBytes(ISO_8859_1));
            bytes.writeBytes(chunk);
            bytes.writeBytes("\r\n".getBytes(ISO_8859_1));
        }
        bytes.writeBytes("0\r\n\r\n".getBytes(ISO_8859_1));
        try (RawClient client = new RawClient(rig.address())) {
            for (byte[] piece : writes.cut(bytes.toByteArray())) {
                client.send(piece);
            }
            assertThat(client.answer().status()).isEqualTo(200);
        }

        assertThat(rig.scripts().only(upstream).text()).isEqualTo(body.replace("scripted/" + upstream, upstream));
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void healthNeedsNoKey(Protocol protocol) throws Exception {
        assertThat(protocol.call(rig.address(), Call.get("/healthz")).status()).isEqualTo(200);
        assertThat(protocol.call(rig.address(), Call.get("/readyz")).status()).isEqualTo(200);
    }

    @Test
    void theFirstByteOfAnAnswerIsNotHeldForTheLast() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Script script = Script.of(
                Script.sseHead(),
                Script.send(Words.ROLE + Words.text("Hel")),
                Script.await(release),
                Script.send(Words.text("lo") + Words.FINISH + Words.DONE),
                Script.end());
        String first = Words.ROLE + Words.text("Hel");
        try (RawClient client = new RawClient(rig.address())) {
            RawClient.Incoming incoming = client.send(rig.keyed(Call.chat(Words.streamed(rig.model(script)))))
                    .begin();
            byte[] read = new byte[0];
            while (read.length < first.length()) {
                byte[] more = incoming.read(first.length() - read.length);
                assertThat(more).isNotEmpty();
                read = Arrays.copyOf(read, read.length + more.length);
                System.arraycopy(more, 0, read, read.length - more.length, more.length);
            }
            assertThat(new String(read, UTF_8)).isEqualTo(first);
            release.countDown();
            assertThat(incoming.rest().text()).isEqualTo(Words.text("lo") + Words.FINISH + Words.DONE);
        }
    }
}
