package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a provider does wrong, the caller never sees a success that there was not, and one row tells what it was. */
final class TruthIT {
    private static final String HTML = "<!doctype html><html><body>welcome to the wrong host</body></html>";
    private static final String HALF_EVENT = "data: {\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.ch";

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with("""
                          nobody:
                            dialect: openai
                            base_url: "http://127.0.0.1:${CLOSED_PORT}/v1"
                            api_key: k
                            allow_private: true
                        """, ""), Map.of("CLOSED_PORT", String.valueOf(closedPort())));
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static int closedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    // Before anything is committed: an error status.

    static List<Arguments> beforeAnyEvent() {
        return List.of(
                argumentSet("reset before the head", Script.reset(), 502, "upstream_error"),
                argumentSet("closed before the head", Script.cut(), 502, "upstream_error"),
                argumentSet("reset within the head", partOfAHead(Script.reset()), 502, "upstream_error"),
                argumentSet("closed within the head", partOfAHead(Script.cut()), 502, "upstream_error"),
                argumentSet(
                        "no HTTP",
                        Script.of(Script.raw("NOPE 1 2 3\r\n\r\nwhat?"), Script.cut()),
                        502,
                        "upstream_error"),
                argumentSet("SMTP", Script.of(Script.raw("220 mail ready\r\n"), Script.stall()), 502, "upstream_error"),
                argumentSet("an oversized head", oversizedHead(), 502, "upstream_error"),
                argumentSet("a page of HTML", page(), 502, "upstream_error"),
                argumentSet(
                        "an error as JSON under 200",
                        Script.json(200, Words.error("no", "server_error")),
                        502,
                        "upstream_error"),
                argumentSet("an error as the first event", errorFirst(), 502, "upstream_error"),
                argumentSet("reset after the head", Script.of(Script.sseHead(), Script.reset()), 502, "upstream_error"),
                argumentSet("an end after the head", Script.of(Script.sseHead(), Script.end()), 502, "truncated"),
                argumentSet(
                        "an empty answer",
                        Script.head(200, "content-type", "text/event-stream", "content-length", "0"),
                        502,
                        "truncated"),
                argumentSet("silence", Script.stall(), 504, "timeout"),
                argumentSet("silence within the head", partOfAHead(Script.stall()), 504, "timeout"));
    }

    private static Script partOfAHead(Script then) {
        return Script.of(Script.raw("HTTP/1.1 200 OK\r\ncontent-ty"), then);
    }

    private static Script oversizedHead() {
        return Script.of(Script.raw("HTTP/1.1 200 OK\r\nx-large: " + "x".repeat(200_000) + "\r\n\r\n"), Script.cut());
    }

    private static Script page() {
        return Script.of(
                Script.head(200, "content-type", "text/html", "content-length", String.valueOf(HTML.length())),
                Script.send(HTML),
                Script.end());
    }

    private static Script errorFirst() {
        return Script.sse("data: " + Words.error("overloaded", "server_error") + "\n\n");
    }

    @ParameterizedTest
    @MethodSource("beforeAnyEvent")
    void anAnswerThatNeverBeganIsAnErrorStatus(Script script, int httpStatus, String status) throws Exception {
        Call call = rig.keyed(Call.chat(Words.streamed(rig.quickModel(script))));

        Answer answer = rig.answer(call);

        assertErrorAnswer(answer, httpStatus);
        assertThat(rig.row(call).status()).isIn(alsoAllowed(status));
    }

    /** A stream that ends before its first event may be called truncated or broken: both are true. */
    private static List<String> alsoAllowed(String status) {
        return status.equals("timeout") ? List.of(status) : List.of("upstream_error", "truncated");
    }

    private static void assertErrorAnswer(Answer answer, int httpStatus) {
        assertThat(answer.complete()).as(answer.toString()).isTrue();
        assertThat(answer.status()).as(answer.toString()).isEqualTo(httpStatus);
        assertThat(answer.field("content-type")).startsWith("application/json");
        assertThat(answer.text()).contains("\"error\"").contains("\"message\"").doesNotContain("[DONE]");
    }

    @Test
    void aRefusedConnectionIsAnErrorStatus() throws Exception {
        Call call = rig.keyed(Call.chat(Words.streamed("nobody/any")));

        assertErrorAnswer(rig.answer(call), 502);

        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("upstream_error");
        assertThat(row.text("provider")).isEqualTo("nobody");
        assertThat(row.number("cost_nano")).isNull();
    }

    @Test
    void silenceAfterTheHeadIsATimeout() throws Exception {
        Call call = rig.keyed(Call.chat(Words.streamed(
                rig.quickModel(Script.of(Script.sseHead(), Script.send(": keep-alive\n\n"), Script.stall())))));

        assertNoSuccess(rig.answer(call));
        assertThat(rig.row(call).status()).isEqualTo("timeout");
    }

    @Test
    void aRoleAndNoMoreIsAnErrorEvent() throws Exception {
        Call call = rig.keyed(Call.chat(
                Words.streamed(rig.quickModel(Script.of(Script.sseHead(), Script.send(Words.ROLE), Script.end())))));

        assertNoSuccess(rig.answer(call));
        assertThat(rig.row(call).status()).isEqualTo("truncated");
    }

    // After text has reached the caller: an error event, or an end that is none.

    static List<Arguments> afterText() {
        Script text = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")));
        Script halfText = Script.of(text, Script.send(HALF_EVENT));
        List<Arguments> all = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            all.addAll(List.of(
                    argumentSet(protocol + ": reset", protocol, Script.of(text, Script.reset()), "truncated"),
                    argumentSet(protocol + ": closed within a chunk", protocol, chunkCut(text), "truncated"),
                    argumentSet(
                            protocol + ": closed before the last chunk",
                            protocol,
                            Script.of(text, Script.cut()),
                            "truncated"),
                    argumentSet(
                            protocol + ": a clean end without a finish",
                            protocol,
                            Script.of(text, Script.end()),
                            "truncated"),
                    argumentSet(
                            protocol + ": reset within an event",
                            protocol,
                            Script.of(halfText, Script.reset()),
                            "truncated"),
                    argumentSet(
                            protocol + ": closed within an event",
                            protocol,
                            Script.of(halfText, Script.cut()),
                            "truncated"),
                    argumentSet(
                            protocol + ": a clean end within an event",
                            protocol,
                            Script.of(halfText, Script.end()),
                            "truncated"),
                    argumentSet(
                            protocol + ": broken framing",
                            protocol,
                            Script.of(text, Script.raw("zz\r\n"), Script.cut()),
                            "truncated"),
                    argumentSet(protocol + ": an event of garbage", protocol, garbageEvent(text), "upstream_error"),
                    argumentSet(protocol + ": silence", protocol, Script.of(text, Script.stall()), "timeout"),
                    argumentSet(
                            protocol + ": silence within an event",
                            protocol,
                            Script.of(halfText, Script.stall()),
                            "timeout"),
                    argumentSet(protocol + ": an error event", protocol, errorEvent(text), "upstream_error"),
                    argumentSet(
                            protocol + ": an error event and an end marker",
                            protocol,
                            errorAndMarker(text),
                            "upstream_error")));
        }
        return all;
    }

    private static Script chunkCut(Script text) {
        return Script.of(text, Script.raw("40\r\ndata: {\"id\":"), Script.cut());
    }

    private static Script garbageEvent(Script text) {
        return Script.of(text, Script.send("data: \u0001 no JSON at all\n\n"), Script.cut());
    }

    private static Script errorEvent(Script text) {
        return Script.of(
                text, Script.send("data: " + Words.error("overloaded", "server_error") + "\n\n"), Script.end());
    }

    private static Script errorAndMarker(Script text) {
        return Script.of(
                text,
                Script.send("data: " + Words.error("overloaded", "server_error") + "\n\n" + Words.DONE),
                Script.end());
    }

    @ParameterizedTest
    @MethodSource("afterText")
    void aBrokenStreamIsNeverPresentedAsFinished(Protocol protocol, Script script, String status) throws Exception {
        Call call = rig.keyed(Call.chat(Words.streamed(rig.quickModel(script))));

        Answer answer = protocol.call(rig.address(), call);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).startsWith(Words.ROLE + Words.text("Hel"));
        assertNoSuccess(answer);
        UsageRow row = rig.row(call);
        // Garbage and then the end of the connection: either half may name it.
        if (status.equals("upstream_error") && !answer.text().contains("overloaded")) {
            assertThat(row.status()).isIn("upstream_error", "truncated");
        } else {
            assertThat(row.status()).isEqualTo(status);
        }
        assertThat(row.number("http_status")).isEqualTo(200);
        assertThat(row.number("ttft_ms")).isNotNull();
    }

    /** No end marker; and an error status, an error event at the end, or an end that is visibly none. */
    private static void assertNoSuccess(Answer answer) {
        assertThat(answer.text()).doesNotContain("[DONE]");
        if (answer.status() == 200 && answer.complete()) {
            assertThat(lastEvent(answer.text()))
                    .as("last event of a stream that failed")
                    .startsWith("data: {\"error\":");
        }
    }

    private static String lastEvent(String stream) {
        assertThat(stream).endsWith("\n\n");
        int end = stream.length() - 2;
        return stream.substring(stream.lastIndexOf("\n\n", end - 1) + 2, end);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aStreamCutAtAnEventBoundaryEndsWithAnErrorEvent(Protocol protocol) throws Exception {
        Script script = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.reset());
        Call call = rig.keyed(Call.chat(Words.streamed(rig.quickModel(script))));

        Answer answer = protocol.call(rig.address(), call);

        assertThat(lastEvent(answer.text()))
                .startsWith("data: {\"error\":")
                .contains("\"message\"", "\"type\"", "\"code\"");
        assertThat(rig.row(call).status()).isEqualTo("truncated");
    }

    @Test
    void aStreamThatGoesOnForEverIsCutAtItsTotalTime() throws Exception {
        Script script = Script.of(Script.sseHead(), Script.send(Words.ROLE), Script.drip(Words.text("and so on"), 20));
        Call call = rig.keyed(Call.chat(Words.streamed(rig.quickModel(script))));
        long start = System.nanoTime();

        Answer answer = rig.answer(call);

        assertThat((System.nanoTime() - start) / 1_000_000)
                .as("milliseconds until the cut")
                .isBetween(2_900L, 4_500L);
        assertNoSuccess(answer);
        assertThat(rig.row(call).status()).isEqualTo("timeout");
    }

    @Test
    void commentsDoNotKeepAStreamAliveForEver() throws Exception {
        Script script =
                Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.drip(": hm\n\n", 100));
        Call call = rig.keyed(Call.chat(Words.streamed(rig.quickModel(script))));

        assertNoSuccess(rig.answer(call));
        assertThat(rig.row(call).status()).isEqualTo("timeout");
    }

    /** Its bytes may pass, for they are the provider's; but nobody keeps them, and it is no end. */
    @Test
    void anEventWithoutAnEndFillsNoMemory() throws Exception {
        AtomicLong written = new AtomicLong();
        Script script = Script.of(
                Script.sseHead(),
                Script.send(Words.ROLE + Words.text("Hel") + "data: {\"x\":\""),
                Script.repeat("x".repeat(65_536), 1_600, written),
                Script.cut());
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(script))));
        long before = Memory.usedBytes();
        long growth = 0;
        try (RawClient client = new RawClient(rig.address())) {
            RawClient.Incoming incoming = client.send(call).begin();
            long received = 0;
            byte[] bytes = incoming.read(65_536);
            for (long next = 10 << 20; bytes.length > 0; bytes = incoming.read(65_536)) {
                received += bytes.length;
                if (received > next) {
                    growth = Math.max(growth, Memory.usedBytes() - before);
                    next += 20 << 20;
                }
            }
            assertThat(incoming.complete()).as("ended as if it were whole").isFalse();
        } catch (IOException cutOff) {
            // An end that is none.
        }
        assertThat(growth).as("growth of heap and direct memory").isLessThan(16L << 20);
        assertThat(rig.row(call).status()).isIn("upstream_error", "truncated");
    }
}
