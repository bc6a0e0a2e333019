package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line that everybody tries first, in clear text. {@link ClientTlsIT} has it behind TLS. */
final class CurlIT {
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2-prior-knowledge"})
    void getsAStream(String version) throws Exception {
        Curl.Result result = call(version, Words.streamed(rig.model(Script.sse(Words.STREAM))));

        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.status()).isEqualTo(200);
        assertThat(result.body()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
        assertThat(result.version()).isEqualTo(version.equals("--http2-prior-knowledge") ? "2" : "1.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2-prior-knowledge"})
    void getsAnAnswerToALargeBody(String version) throws Exception {
        String model = rig.model(Script.json(200, Words.COMPLETION));
        String body = Words.chat(model).replace("Grüß Gott", "x".repeat(100_000));

        Curl.Result result = call(version, body);

        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.body()).isEqualTo(Words.COMPLETION);
    }

    /** The stream is cut within an event: there is nothing to say but that the transfer failed. */
    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2-prior-knowledge"})
    void noticesThatAStreamWasCut(String version) throws Exception {
        Script script = Script.of(
                Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel") + "data: {\"id\":\"ch"), Script.reset());

        Curl.Result result = call(version, Words.streamed(rig.model(script)));

        assertThat(result.body()).startsWith(Words.ROLE + Words.text("Hel")).doesNotContain("[DONE]");
        assertThat(result.exitCode() != 0 || result.body().contains("{\"error\":"))
                .as(result.toString())
                .isTrue();
    }

    private static Curl.Result call(String version, String body) throws Exception {
        return Curl.run(
                version,
                "-H",
                "authorization: Bearer " + rig.key(),
                "-d",
                body,
                "http://127.0.0.1:" + rig.address().getPort() + "/v1/chat/completions");
    }
}
