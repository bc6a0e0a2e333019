package dev.sluice.gateway.observe;

import static dev.sluice.gateway.observe.Summaries.USAGE;
import static dev.sluice.gateway.observe.Summaries.attempt;
import static dev.sluice.gateway.observe.Summaries.exchange;
import static dev.sluice.gateway.observe.Summaries.refused;
import static dev.sluice.gateway.observe.Summaries.served;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.ExchangeSummary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.AbstractList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class AccessLogTest {
    private static final int MOST_CHUNKS = 4;
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-21T11:34:58.123456Z"));

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void writesOneLineWithEverythingThatIsKnown() {
        log(exchange(
                "req-1",
                "chat",
                AttemptStatus.OK,
                200,
                null,
                Summaries.failed("first", 503, "overloaded"),
                attempt("second", AttemptStatus.OK, 200, USAGE)));

        assertThat(written())
                .isEqualTo("{\"time\":\"2026-11-21T11:34:58.123Z\",\"level\":\"INFO\",\"logger\":\"access\","
                        + "\"requestId\":\"req-1\",\"keyId\":\"key_1\",\"teamId\":\"team_1\","
                        + "\"endpoint\":\"chat.completions\",\"model\":\"chat\",\"provider\":\"second\","
                        + "\"upstreamModel\":\"upstream-model\",\"status\":\"ok\",\"httpStatus\":200,\"attempts\":2,"
                        + "\"stream\":true,\"protocol\":\"HTTP/1.1\",\"ttftMs\":251.234,\"durationMs\":1000.500,"
                        + "\"overheadUs\":61,\"requestBytes\":512,\"responseBytes\":2048,\"inputTokens\":120,"
                        + "\"cachedTokens\":100,\"outputTokens\":34,\"reasoningTokens\":5,"
                        + "\"tried\":[{\"attempt\":1,\"reason\":\"first\",\"provider\":\"first\","
                        + "\"upstreamModel\":\"upstream-model\",\"status\":\"upstream_error\","
                        + "\"errorCode\":\"overloaded\",\"httpStatus\":503,"
                        + "\"startedMs\":0.000,\"durationMs\":900.000},"
                        + "{\"attempt\":1,\"reason\":\"first\",\"provider\":\"second\","
                        + "\"upstreamModel\":\"upstream-model\",\"status\":\"ok\",\"httpStatus\":200,"
                        + "\"startedMs\":0.000,\"durationMs\":900.000}]}\n");
    }

    @Test
    void leavesOutWhatIsUnknown() {
        log(refused(null, 401, "invalid_api_key"));

        assertThat(written())
                .contains("\"status\":\"refused\"", "\"httpStatus\":401", "\"errorCode\":\"invalid_api_key\"")
                .doesNotContain("\"model\"", "provider", "ttftMs", "overheadUs", "Tokens", "null", ":-1");
    }

    @Test
    void raisesTheLevelWhenAProviderFailed() {
        log(exchange(
                "r",
                "m",
                AttemptStatus.TRUNCATED,
                200,
                null,
                attempt("openai", AttemptStatus.TRUNCATED, 200, Usage.NONE)));

        assertThat(written()).contains("\"level\":\"WARN\"");
    }

    @Test
    void keepsTagsAndEndUsersToItself() {
        log(served("gpt-4o"));

        assertThat(written()).contains("gpt-4o").doesNotContain("canary");
    }

    @Test
    void aHostileCallerCannotForgeALine() {
        log(exchange("id\"}\n{\"level\":\"ERROR\"", "m\r\n", AttemptStatus.REFUSED, 400, null));

        assertThat(written().lines()).hasSize(1);
        assertThat(written()).contains("\"requestId\":\"id\\\"}\\u000a{\\\"level\\\":\\\"ERROR\\\"\"");
    }

    @Test
    void writesAllOfManyRecordsInOrder() {
        try (AccessLog log = new AccessLog(out, true, CLOCK, AccessLog.MOST_CHUNKS)) {
            for (int i = 0; i < 5_000; i++) {
                log.onExchange(exchange("req-" + i, "m", AttemptStatus.REFUSED, 400, null));
            }
        }

        assertThat(written().lines()).hasSize(5_000);
        int i = 0;
        for (String line : written().lines().toList()) {
            assertThat(line).contains("\"requestId\":\"req-" + i++ + "\"");
        }
    }

    @Test
    void wakesUpAfterEveryLull() {
        try (AccessLog log = new AccessLog(out, true, CLOCK, MOST_CHUNKS)) {
            for (int i = 1; i <= 3; i++) {
                await().until(log::isAsleep);
                log.onExchange(served("m"));
                int lines = i;
                await().until(() -> written().lines().count() == lines);
            }
        }
    }

    @Test
    @Timeout(20)
    void dropsAndCountsInsteadOfWaitingForAStalledOutput() throws InterruptedException {
        CountDownLatch stalled = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        OutputStream pipe = new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("single bytes are never written");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                stalled.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                synchronized (out) {
                    out.write(bytes, offset, length);
                }
            }
        };
        int capacity = AccessLane.CHUNK_BYTES / lengthOf(served("m")) - 1;
        try (AccessLog log = new AccessLog(pipe, true, CLOCK, 1)) {
            log.onExchange(served("m"));
            stalled.await();
            for (int i = 0; i < 1_000; i++) {
                log.onExchange(served("m"));
            }

            assertThat(log.dropped()).isEqualTo(1_000 - capacity);
            goOn.countDown();
        }
        assertThat(written().lines()).hasSize(1 + capacity);
    }

    @Test
    void countsWhatAFailingOutputLostAndGoesOn() {
        OutputStream broken = new OutputStream() {
            private boolean failed;

            @Override
            public void write(int b) {
                throw new AssertionError("single bytes are never written");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (!failed) {
                    failed = true;
                    throw new IOException("no space");
                }
                synchronized (out) {
                    out.write(bytes, offset, length);
                }
            }
        };
        try (AccessLog log = new AccessLog(broken, true, CLOCK, MOST_CHUNKS)) {
            log.onExchange(served("lost"));
            await().until(() -> log.dropped() == 1);
            log.onExchange(served("kept"));
        }
        assertThat(written()).contains("kept").doesNotContain("lost");
    }

    @Test
    void saysNothingWhenSwitchedOff() {
        try (AccessLog log = new AccessLog(out, false)) {
            log.onExchange(served("m"));
        }
        assertThat(written()).isEmpty();
    }

    private static int lengthOf(ExchangeSummary summary) {
        JsonLine line = new JsonLine(1_024);
        AccessLine.write(line, CLOCK.millis(), summary);
        return line.length();
    }

    @Test
    void aLineAllocatesNothingOnTheEventLoop() {
        try (AccessLog log = new AccessLog(OutputStream.nullOutputStream(), true, CLOCK, MOST_CHUNKS)) {
            ExchangeSummary summary = served("m");

            assertThat(Allocations.bytesOf(() -> log.onExchange(summary))).isLessThan(100);
        }
    }

    /** Lines of all lengths over many chunks, while they are taken away. */
    @Test
    void everyLineThatWasTakenIsWrittenWholeAndOnce() {
        Random random = new Random(3);
        int lines = 20_000;
        List<AttemptSummary> many = Collections.nCopies(500, attempt("p", AttemptStatus.OK, 200, USAGE));
        AccessLog log = new AccessLog(out, true, CLOCK, 2);
        try (log) {
            for (int i = 0; i < lines; i++) {
                String model = "é\n".repeat(random.nextInt(200));
                List<AttemptSummary> tried = random.nextInt(500) == 0 ? many : List.of();
                log.onExchange(exchange("req-" + i, model, AttemptStatus.REFUSED, 400, null, tried));
            }
        }

        List<String> all = written().lines().toList();
        assertThat(all).hasSize((int) (lines - log.dropped())).doesNotHaveDuplicates();
        assertThat(all).allMatch(line -> line.startsWith("{\"time\"") && line.endsWith("}"));
    }

    @Test
    void aSummaryThatCannotBeEncodedIsDroppedAndNothingElse() {
        try (AccessLog log = new AccessLog(out, true, CLOCK, MOST_CHUNKS)) {
            log.onExchange(served("before"));
            log.onExchange(exchange("broken", "m", AttemptStatus.OK, 200, null, new AbstractList<>() {
                @Override
                public AttemptSummary get(int index) {
                    throw new IllegalStateException("unforeseen");
                }

                @Override
                public int size() {
                    return 1;
                }
            }));
            log.onExchange(served("after"));

            assertThat(log.dropped()).isEqualTo(1);
        }
        assertThat(written().lines()).hasSize(2);
        assertThat(written()).contains("before", "after");
    }

    private void log(ExchangeSummary summary) {
        try (AccessLog log = new AccessLog(out, true, CLOCK, MOST_CHUNKS)) {
            log.onExchange(summary);
        }
    }

    private String written() {
        synchronized (out) {
            return out.toString(StandardCharsets.UTF_8);
        }
    }
}
