package dev.sluice.gateway.edge;

import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import dev.sluice.gateway.wire.RecordingLedger;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that pass as they are, from the client's bytes to the provider's and back. */
class EdgeRawTest {
    private static final String FORM = "content-type: multipart/form-data; boundary=\"X 9\"\r\n";
    private static final String FILE_PART =
            "--X 9\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n";
    private static final String MODEL_PART = "--X 9\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n";
    private static final String FORM_END = "\r\n--X 9--\r\n";
    private static final String RESULT =
            "{\"custom_id\":\"a\",\"response\":{\"status_code\":200,\"body\":{\"model\":\"gpt-4o\","
                    + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}}}\n";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();
    private final RecordingLedger ledger = engine.ledger();

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private static String head(String method, String path, String headers) {
        return head(method, path, headers, Engine.KEY);
    }

    private static String head(String method, String path, String headers, String key) {
        return method + " " + path + " HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer " + key + "\r\n" + headers
                + "\r\n";
    }

    private static String post(String path, String headers, String body) {
        return head("POST", path, headers + "content-length: " + body.length() + "\r\n") + body;
    }

    private Peer provider() {
        return engine.provider().last();
    }

    private AttemptSummary attempt() {
        return engine.summary().attempts().get(0);
    }

    /** {@code beta} beside {@code alpha}, behind another path of the same port. */
    private void useTwoProviders() {
        engine.publish(Configs.routes(
                List.of(
                        Configs.provider("alpha", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", null),
                        Configs.provider("beta", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/beta", null)),
                List.of(Configs.model("gpt-test", "alpha/m-1"), Configs.model("tts", "beta/voice-2"))));
    }

    // ---- requests -------------------------------------------------------------------------------------------------

    @Test
    void aFormArrivesByteForByteWithItsTypeAndLength() {
        String body = FILE_PART + "sound" + FORM_END;
        Peer client = scene.client().send(post("/v1/files", FORM + "x-extra: no\r\ncookie: a=b\r\n", body));
        assertThat(provider().received())
                .startsWith("POST /v1/files HTTP/1.1\r\n")
                .contains(FORM, "content-length: " + body.length() + "\r\n", "Bearer " + Engine.PROVIDER_KEY)
                .doesNotContain("x-extra", "cookie", Engine.KEY, "chunked")
                .endsWith("\r\n\r\n" + body);
        provider().send(json(200, "{\"id\":\"file-1\"}", "location: /x\r\nset-cookie: a=b\r\n"));

        assertThat(client.received())
                .contains("x-sluice-provider: alpha\r\n")
                .doesNotContain("location", "set-cookie", "x-sluice-model")
                .endsWith("{\"id\":\"file-1\"}");
        assertThat(engine.summary().endpoint()).isEqualTo("files");
        assertThat(attempt().status()).isEqualTo(AttemptStatus.OK);
        assertThat(attempt().usage().isReported()).isFalse();
    }

    @Test
    void aBodyPassesWhileItArrives() {
        Peer client =
                scene.client().send(head("POST", "/v1/files", FORM + "content-length: 2000\r\n") + "a".repeat(600));
        assertThat(provider().take()).contains("content-length: 2000\r\n").endsWith("\r\n\r\n" + "a".repeat(600));
        client.send("b".repeat(700));
        assertThat(provider().take()).isEqualTo("b".repeat(700));
        client.send("c".repeat(700));
        provider().send(json(200, "{}"));

        assertThat(provider().take()).isEqualTo("c".repeat(700));
        assertThat(client.received()).endsWith("{}");
        // A connection that a body has passed whole serves the next call.
        client.send(head("GET", "/v1/files/file-1", ""));
        assertThat(engine.provider().connections()).isEqualTo(1);
        provider().send(json(200, "{}"));
    }

    @Test
    void aBodyOfUnknownLengthIsSentInChunks() {
        scene.client()
                .send(head("POST", "/v1/files", FORM + "transfer-encoding: chunked\r\n") + chunk("one"))
                .send(chunk("two") + LAST_CHUNK);

        assertThat(provider().received())
                .contains("transfer-encoding: chunked\r\n")
                .doesNotContain("content-length")
                .endsWith("\r\n\r\n" + chunk("one") + chunk("two") + LAST_CHUNK);
        provider().send(json(200, "{}"));
    }

    @Test
    void aClientThatWaitsForLeaveGetsItFromTheGateway() {
        Peer client =
                scene.client().send(head("POST", "/v1/files", FORM + "content-length: 3\r\nexpect: 100-continue\r\n"));
        assertThat(client.take()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
        client.send("abc");

        assertThat(provider().received()).doesNotContain("expect").endsWith("abc");
        provider().send(json(200, "{}"));
        assertThat(client.received()).endsWith("{}");
    }

    @Test
    void aBodyLargerThanAnythingKeptAnywhereIsRefusedByItsLength() {
        Peer client = scene.client().send(head("POST", "/v1/files", FORM + "content-length: 600000000\r\n"));

        assertThat(client.received()).startsWith("HTTP/1.1 413 ").contains("537919488");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void whatIsGatheredKeepsTheLimitOfWhatIsGathered() {
        Peer client = scene.client()
                .send(head("POST", "/v1/audio/speech", "content-type: application/json\r\ncontent-length: 1001\r\n"));

        assertThat(client.received()).startsWith("HTTP/1.1 413 ").contains("1000 are allowed");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void anUploadMayTakeLongButNotStandStill() {
        Peer client = scene.client().send(head("POST", "/v1/files", FORM + "content-length: 100\r\n"));
        for (int i = 0; i < 6; i++) {
            engine.advance(Duration.ofSeconds(15));
            client.send("x");
        }
        assertThat(client.received()).isEmpty();

        engine.advance(Duration.ofSeconds(21));
        assertThat(client.received()).startsWith("HTTP/1.1 408 ");
        assertThat(provider().isClosed()).isTrue();
    }

    @Test
    void aClientThatLeavesInTheMiddleIsNotFinishedForIt() {
        Peer client = scene.client().send(head("POST", "/v1/files", FORM + "content-length: 100\r\n") + "abc");
        assertThat(provider().received()).endsWith("abc");
        client.close();

        assertThat(provider().isClosed()).isTrue();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
    }

    @Test
    void anAnswerBeforeTheBodyIsWholeEndsTheProvidersConnection() {
        Peer client = scene.client().send(head("POST", "/v1/files", FORM + "content-length: 100\r\n") + "abc");
        provider().send(json(400, "{\"error\":{\"message\":\"wrong purpose\"}}"));

        assertThat(client.received())
                .startsWith("HTTP/1.1 400 ")
                .endsWith("{\"error\":{\"message\":\"wrong purpose\"}}");
        assertThat(provider().isClosed()).isTrue();
        // The rest of the request is read and dropped, and the next one served.
        client.send("d".repeat(97) + head("GET", "/v1/files/file-1", ""));
        provider().send(json(200, "{\"next\":1}"));
        assertThat(client.received()).endsWith("{\"next\":1}");
    }

    @Test
    void aBodyIsNotSentTwiceWhenTheConnectionIsLost() {
        Peer client = scene.client().send(head("GET", "/v1/files/file-1", ""));
        provider().send(json(200, "{}"));
        client.take();
        client.send(post("/v1/files", FORM, FILE_PART + FORM_END));
        Peer first = provider();
        first.close();

        assertThat(client.received()).startsWith("HTTP/1.1 502 ");
        assertThat(engine.provider().connections()).isEqualTo(2);
        assertThat(engine.provider().connection(0).isClosed()).isFalse();
    }

    // ---- which provider -------------------------------------------------------------------------------------------

    @Test
    void aModelInJsonIsMappedAndNothingElseChanged() {
        useTwoProviders();
        scene.client()
                .send(post(
                        "/v1/audio/speech",
                        "content-type: application/json\r\n",
                        "{\"input\":\"hi\", \"model\":\"tts\",\"voice\":\"x\"}"));

        assertThat(provider().received())
                .startsWith("POST /beta/audio/speech ")
                .endsWith("\r\n\r\n{\"input\":\"hi\", \"model\":\"voice-2\",\"voice\":\"x\"}");
        provider()
                .send("HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n" + chunk("ID3")
                        + LAST_CHUNK);
        assertThat(engine.summary().requestedModel()).isEqualTo("tts");
        assertThat(attempt().upstreamModel()).isEqualTo("voice-2");
    }

    @Test
    void aModelInAFormIsMappedAndTheLengthWithIt() {
        useTwoProviders();
        String rest = "\r\n" + FILE_PART + "sound" + FORM_END;
        String body = MODEL_PART + "tts" + rest;
        Peer client = scene.client()
                .send(head("POST", "/v1/audio/transcriptions", FORM + "content-length: " + body.length() + "\r\n"));
        client.send(body.substring(0, MODEL_PART.length() + 2));
        assertThat(engine.provider().connections()).isZero();
        client.send(body.substring(MODEL_PART.length() + 2));

        assertThat(provider().received())
                .startsWith("POST /beta/audio/transcriptions ")
                .contains("content-length: " + (body.length() + "voice-2".length() - "tts".length()) + "\r\n")
                .endsWith("\r\n\r\n" + MODEL_PART + "voice-2" + rest);
        provider()
                .send(json(
                        200,
                        "{\"text\":\"hi\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":14,\"output_tokens\":2}}"));
        assertThat(attempt().usage().inputTokens()).isEqualTo(14);
        assertThat(engine.summary().endpoint()).isEqualTo("audio.transcriptions");
    }

    @Test
    void aFormsModelIsWaitedForUpToALimit() {
        useTwoProviders();
        String sound = "s".repeat(70_000);
        Peer client = scene.client()
                .send(head(
                                "POST",
                                "/v1/audio/transcriptions",
                                FORM + "content-length: 80000\r\nx-sluice-provider: beta\r\n")
                        + FILE_PART
                        + sound.substring(0, 60_000));
        assertThat(engine.provider().connections()).isZero();
        client.send(sound.substring(60_000));

        assertThat(provider().received()).startsWith("POST /beta/audio/").endsWith(FILE_PART + sound);
        client.close();
    }

    @Test
    void aFormWithTwoModelsIsCutOff() {
        useTwoProviders();
        Peer client = scene.client()
                .send(head("POST", "/v1/audio/transcriptions", FORM + "content-length: 5000\r\n") + MODEL_PART
                        + "gpt-test\r\n" + FILE_PART);
        assertThat(provider().received()).endsWith(FILE_PART);
        client.send("\r\n" + MODEL_PART + "other\r\n");

        assertThat(client.received()).startsWith("HTTP/1.1 400 ").contains("must be given once");
        assertThat(provider().isClosed()).isTrue();
    }

    @Test
    void whatAProviderKeepsIsAskedOfIt() {
        useTwoProviders();
        Peer client =
                scene.client().send(post("/v1/files", FORM + "x-sluice-provider: beta\r\n", FILE_PART + FORM_END));
        provider().send(json(200, "{\"id\":\"file-7\",\"object\":\"file\"}"));
        client.send(head("GET", "/v1/files/file-7", ""));
        assertThat(provider().take()).contains("GET /beta/files/file-7 ");
        provider().send(json(200, "{\"id\":\"file-7\"}"));
        client.send(post(
                "/v1/batches",
                "content-type: application/json\r\n",
                "{\"input_file_id\":\"file-7\",\"endpoint\":\"x\"}"));
        assertThat(provider().take()).contains("POST /beta/batches ");
        provider().send(json(200, "{\"id\":\"batch_1\",\"output_file_id\":\"file-8\"}"));
        client.send(head("GET", "/v1/files/file-8", ""));
        assertThat(provider().take()).contains("GET /beta/files/file-8 ");
        provider().send(json(404, "{\"error\":{\"message\":\"gone\"}}"));
        client.send(head("GET", "/v1/files/file-9", ""));

        assertThat(provider().take()).contains("GET /v1/files/file-9 ");
        provider().send(json(200, "{}"));
    }

    @Test
    void aProviderThatIsNotThereIsNamedInTheRefusal() {
        Peer client = scene.client().send(head("GET", "/v1/files/file-1", "x-sluice-provider: gamma\r\n"));

        assertThat(client.received()).startsWith("HTTP/1.1 404 ").contains("'gamma'");
    }

    @Test
    void aProvidersPathIsReachedByItsName() {
        useTwoProviders();
        Peer client =
                scene.client().send(head("DELETE", "/passthrough/beta/vector_stores/vs%201?a=b%2Fc&key=secret", ""));
        assertThat(provider().received())
                .startsWith("DELETE /beta/vector_stores/vs%201?a=b%2Fc HTTP/1.1\r\n")
                .doesNotContain("content-length", "content-type");
        provider().send("HTTP/1.1 204 No Content\r\n\r\n");

        assertThat(client.received()).startsWith("HTTP/1.1 204 ");
        assertThat(engine.summary().endpoint()).isEqualTo("passthrough");
    }

    @Test
    void aCallWithoutAKeyReachesNobody() {
        Peer client = scene.client().send(head("GET", "/passthrough/alpha/files", "", "sk-slc-unknown"));

        assertThat(client.received()).startsWith("HTTP/1.1 401 ");
        assertThat(engine.provider().connections()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"POST /passthrough/alpha/chat/completions", "POST /v1/batches", "POST /v1/images/variations"})
    void aKeyForCertainModelsRunsNoneThatNobodySees(String call) {
        String[] parts = call.split(" ");
        Peer client = scene.client().send(head(parts[0], parts[1], "content-length: 1\r\n", Engine.LIMITED_KEY) + "x");

        assertThat(client.received()).startsWith("HTTP/1.1 403 ").contains("model_not_allowed");
        assertThat(engine.provider().connections()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/files/../x", "/passthrough/alpha/%2e%2e/x"})
    void aMisleadingPathReachesNobody(String path) {
        Peer client = scene.client().send(head("GET", path, ""));

        assertThat(client.received()).startsWith("HTTP/1.1 400 ").contains("invalid_request_error");
        assertThat(engine.provider().connections()).isZero();
    }

    // ---- answers --------------------------------------------------------------------------------------------------

    @Test
    void aPartOfAFileKeepsItsFrame() {
        Peer client = scene.client().send(head("GET", "/v1/files/file-1/content", "range: bytes=2-4\r\n"));
        assertThat(provider().received()).contains("range: bytes=2-4\r\n");
        provider()
                .send(
                        "HTTP/1.1 206 Partial Content\r\ncontent-type: application/octet-stream\r\ncontent-length: 3\r\n"
                                + "content-range: bytes 2-4/9\r\naccept-ranges: bytes\r\netag: \"e\"\r\n\r\n\u00ff\u0000\u0001");

        assertThat(client.received())
                .startsWith("HTTP/1.1 206 ")
                .contains("content-range: bytes 2-4/9\r\n", "content-length: 3\r\n", "etag: \"e\"\r\n")
                .doesNotContain("chunked")
                .endsWith("\r\n\r\n\u00ff\u0000\u0001");
    }

    @Test
    void aHeadHasTheLengthAndNoBody() {
        Peer client = scene.client().send(head("HEAD", "/v1/files/file-1/content", ""));
        assertThat(provider().received()).startsWith("HEAD /v1/files/file-1/content ");
        provider().send("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5000\r\n\r\n");

        assertThat(client.take()).contains("content-length: 5000\r\n").endsWith("\r\n\r\n");
        client.send(head("GET", "/healthz", ""));
        assertThat(client.received()).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void anAnswerOfKnownLengthFlowsButForItsLastBytes() {
        ledger.slowDown();
        Peer client = scene.client().send(head("GET", "/v1/files/file-1/content", ""));
        provider().send("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nabc");
        assertThat(client.take()).contains("content-length: 9\r\n").endsWith("\r\n\r\nabc");
        provider().send("def");
        assertThat(client.take()).isEqualTo("def");
        provider().send("ghi");
        assertThat(client.take()).isEmpty();
        ledger.keep();
        engine.settle();

        assertThat(client.take()).isEqualTo("ghi");
    }

    @Test
    void eventsFlowAndAreReadForTheirUsage() {
        Peer client = scene.client()
                .send(post(
                        "/v1/images/generations",
                        "content-type: application/json\r\n",
                        "{\"model\":\"gpt-test\",\"stream\":true}"));
        provider()
                .send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                        + chunk("data: {\"b64_json\":\"AA\"}\n\n"));
        assertThat(client.take()).endsWith(chunk("data: {\"b64_json\":\"AA\"}\n\n"));
        String last = "data: {\"usage\":{\"input_tokens\":5,\"output_tokens\":11}}\n\n";
        provider().send(chunk(last) + LAST_CHUNK);

        assertThat(client.take()).isEqualTo(chunk(last) + LAST_CHUNK);
        assertThat(attempt().usage().outputTokens()).isEqualTo(11);
        assertThat(engine.summary().stream()).isTrue();
    }

    @Test
    void anAnswerThatBreaksOffBreaksOff() {
        Peer client = scene.client().send(head("GET", "/v1/files/file-1/content", ""));
        provider().send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc").close();

        assertThat(client.received()).endsWith("abc");
        assertThat(client.isClosed()).isTrue();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.TRUNCATED);
    }

    @Test
    void aRedirectIsNotFollowedAndNotTold() {
        Peer client = scene.client().send(head("GET", "/v1/files/file-1", ""));
        provider().send("HTTP/1.1 302 Found\r\nlocation: https://evil.example/\r\ncontent-length: 0\r\n\r\n");

        assertThat(client.received()).startsWith("HTTP/1.1 502 ").doesNotContain("evil");
    }

    // ---- back-pressure --------------------------------------------------------------------------------------------

    @Test
    void theClientIsNotReadWhileNoConnectionIsThere() {
        Peer client = scene.client();
        engine.network().becomeUnreachable();
        client.send(head("POST", "/v1/files", FORM + "content-length: 5000\r\n") + "abc");
        assertThat(scene.accepted().config().isAutoRead()).isFalse();

        engine.advance(Duration.ofSeconds(61));
        assertThat(client.received()).startsWith("HTTP/1.1 504 ");
        assertThat(scene.accepted().config().isAutoRead()).isTrue();
    }

    @Test
    void theProviderIsNotReadWhileTheClientTakesNothing() {
        Peer client = scene.client().send(head("GET", "/v1/files/file-1/content", ""));
        String head = "HTTP/1.1 200 OK\r\ncontent-length: 400000\r\n\r\n";
        provider().send(head);
        scene.lane().block();
        for (int i = 0; i < 100; i++) {
            provider().send("x".repeat(4_000));
        }
        assertThat(scene.accepted().unsafe().outboundBuffer().totalPendingWriteBytes())
                .isBetween(50_000L, 150_000L);
        assertThat(client.received()).doesNotContain("x".repeat(4_000));
        scene.lane().unblock();
        engine.settle();

        assertThat(client.received()).endsWith("x".repeat(400_000));
    }

    // ---- the books ------------------------------------------------------------------------------------------------

    @Test
    void withFullBooksNothingIsSent() {
        ledger.fill();
        Peer client = scene.client().send(head("GET", "/v1/files/file-1", ""));

        assertThat(client.received()).startsWith("HTTP/1.1 503 ").contains("metering_unavailable");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void theResultsOfABatchAreAddedUpByModelUnderAKeyOfTheFile() {
        ledger.charge(100);
        Peer client = scene.client();
        for (int i = 0; i < 2; i++) {
            client.send(head("GET", "/v1/files/file-9/content", ""));
            String file = RESULT + RESULT.replace("gpt-4o", "gpt-5") + RESULT;
            provider()
                    .send("HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: "
                            + file.length() + "\r\n\r\n" + file);
            assertThat(client.take()).endsWith(file);
        }

        List<RecordingLedger.Account> booked =
                ledger.accounts.stream().filter(account -> account.key != null).toList();
        assertThat(booked)
                .extracting(account -> account.key)
                .containsExactly(
                        "batches\nalpha\nfile-9\ngpt-4o",
                        "batches\nalpha\nfile-9\ngpt-5",
                        "batches\nalpha\nfile-9\ngpt-4o",
                        "batches\nalpha\nfile-9\ngpt-5");
        RecordingLedger.Account first = booked.get(0);
        assertThat(first.opening.endpoint()).isEqualTo("batches");
        assertThat(first.opening.number()).isEqualTo(2);
        assertThat(first.closed).isNotNull();
        assertThat(first.closed.serviceTier()).isEqualTo("batch");
        assertThat(first.closed.settlement().usage().inputTokens()).isEqualTo(14);
        assertThat(first.closed.settlement().usage().outputTokens()).isEqualTo(6);
        assertThat(first.closed.settlement().costNano()).isEqualTo(200);
    }

    @Test
    void aPartOfTheResultsBillsNothing() {
        scene.client().send(head("GET", "/v1/files/file-9/content", "range: bytes=0-\r\n"));
        provider().send("HTTP/1.1 206 Partial\r\ncontent-length: " + RESULT.length() + "\r\n\r\n" + RESULT);

        assertThat(ledger.accounts).allMatch(account -> account.key == null);
    }

    @Test
    void aResponseMadeInTheBackgroundIsBilledByItsId() {
        scene.client().send(head("GET", "/v1/responses/resp_1", ""));
        provider()
                .send(json(
                        200,
                        "{\"id\":\"resp_1\",\"background\":true,\"model\":\"gpt-5\",\"service_tier\":\"flex\","
                                + "\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}"));

        assertThat(ledger.accounts).hasSize(2);
        assertThat(ledger.accounts.get(1).key).isEqualTo("responses\nalpha\nresp_1\ngpt-5");
        assertThat(ledger.accounts.get(1).closed).isNotNull();
        assertThat(ledger.accounts.get(1).closed.serviceTier()).isEqualTo("flex");
        assertThat(attempt().usage().isReported()).isFalse();
    }

    @Test
    void aResponseThatWasWaitedForIsNotBilledAgain() {
        scene.client().send(head("GET", "/v1/responses/resp_1", ""));
        provider()
                .send(json(
                        200,
                        "{\"id\":\"resp_1\",\"background\":false,\"model\":\"gpt-5\","
                                + "\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}"));

        assertThat(ledger.accounts).hasSize(1);
        assertThat(attempt().usage().isReported()).isFalse();
    }
}
