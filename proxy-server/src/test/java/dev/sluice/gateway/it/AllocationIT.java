package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a call and a chunk cost the event loop in heap, in the whole gateway as operators run it: keys, limits, metering,
 * access log and metrics on, the flags of {@code scripts/run}. The limits are {@link AllocationBudget}'s.
 *
 * <p>Bytes, not time: they are the same on every machine. Work is done in {@link LockStep}, in stretches, until the JIT
 * has nothing more to win; the leanest stretch counts.
 */
final class AllocationIT {
    private static final int LEAST_STRETCHES = 4;
    private static final int MOST_STRETCHES = 40;
    private static final int CALM_STRETCHES = 4;
    private static final int CALLS = 2_500;
    private static final int CHUNKS = 10_000;
    private static final byte[] END_OF_EVENT = "\n\n\r\n".getBytes(UTF_8);
    private static final byte[] END_OF_STREAM = "\r\n0\r\n\r\n".getBytes(UTF_8);
    private static final byte[] DELTA = LockStep.chunk(Words.text(" word"));
    private static final byte[] END =
            LockStep.join(LockStep.chunk(Words.FINISH + Words.USAGE + Words.DONE), "0\r\n\r\n".getBytes(UTF_8));
    private static final byte[] ANSWER = LockStep.answer(Words.COMPLETION);

    private static LockStep both;
    private static GatewayProcess gateway;
    private static AllocatedBytes allocated;
    private static long[] loops;
    private static Path directory;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        both = new LockStep();
        directory = Files.createTempDirectory("sluice-allocation");
        Path data = Files.createDirectory(directory.resolve("data"));
        TestKeys.Made made = new TestKeys(data).make();
        key = made.key();
        Path config = Files.writeString(directory.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:0", threads: 1, drain: 1s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                auth: { mode: keys }
                database: { url: "%s" }
                data_dir: "%s"
                providers:
                  openai: { dialect: openai, base_url: "%s", api_key: "sk-provider", allow_private: true }
                models:
                  gpt-4o-mini: openai/gpt-4o-mini
                limits:
                  rules:
                    - { name: standard, per: key, requests: [100m/minute, 100000m/day], tokens: 100000m/minute,
                        cost: 1000000/month, concurrent: 100000 }
                keys:
                  - { name: lock step, hash: "%s" }
                """.formatted(
                        PostgresServer.shared().newDatabase(), data, both.providerUrl(), made.hash()));
        gateway = GatewayProcess.spawn(config, directory.resolve("gateway.log"), flagsOfScriptsRun(), Map.of())
                .awaitStarted();
        allocated = AllocatedBytes.of(gateway.pid());
        loops = allocated.named("sluice-loop");
        assertThat(loops).as("event loops").hasSize(1);
    }

    @BeforeEach
    void connect() throws IOException {
        both.connect(gateway.address());
    }

    /** The flags that count are those that operators have. */
    private static List<String> flagsOfScriptsRun() throws IOException {
        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        ". ../scripts/lib/jvm.sh; jvm_flags "
                                + Runtime.version().feature() + "; printf '%s\\n' \"${JVM_FLAGS[@]}\"")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> flags =
                new String(bash.getInputStream().readAllBytes(), UTF_8).lines().toList();
        assertThat(flags).as("flags of scripts/lib/jvm.sh").contains("-XX:+UseSerialGC");
        return flags;
    }

    @AfterAll
    static void stop() throws Exception {
        allocated.close();
        both.close();
        gateway.close();
        PostgresServer.deleteTree(directory);
    }

    private static byte[] chat(String body) {
        return LockStep.request("/v1/chat/completions", key, body);
    }

    private static byte[] message(boolean stream) {
        return LockStep.request("/v1/messages", key, """
                {"model":"gpt-4o-mini","max_tokens":100,"stream":%s,\
                "messages":[{"role":"user","content":"Grüß Gott"}]}""".formatted(stream));
    }

    @Test
    void aCallAnsweredInOnePieceStaysWithinItsBudget() throws Exception {
        byte[] request = chat(Words.chat("gpt-4o-mini"));
        assertWithin(AllocationBudget.WHOLE_CALL, CALLS, () -> exchange(request));
    }

    @Test
    void aTranslatedCallStaysWithinItsBudget() throws Exception {
        byte[] request = message(/* stream= */ false);
        assertWithin(AllocationBudget.TRANSLATED_CALL, CALLS, () -> exchange(request));
    }

    private static void exchange(byte[] request) throws IOException {
        both.ask(request);
        both.answerWhole(ANSWER);
    }

    @Test
    void aStreamedCallStaysWithinItsBudget() throws Exception {
        byte[] request = chat(Words.streamed("gpt-4o-mini"));
        assertWithin(AllocationBudget.STREAMED_CALL, CALLS, () -> {
            begin(request);
            end();
        });
    }

    @Test
    void aChunkOfAStreamStaysWithinItsBudget() throws Exception {
        begin(chat(Words.streamed("gpt-4o-mini")));
        assertWithin(AllocationBudget.STREAMED_CHUNK, CHUNKS, () -> both.say(DELTA, END_OF_EVENT));
        end();
    }

    @Test
    void aTranslatedChunkStaysWithinItsBudget() throws Exception {
        begin(message(/* stream= */ true));
        assertWithin(AllocationBudget.TRANSLATED_CHUNK, CHUNKS, () -> both.say(DELTA, END_OF_EVENT));
        end();
    }

    private static void begin(byte[] request) throws IOException {
        both.ask(request);
        both.say(LockStep.join(LockStep.streamHead(), LockStep.chunk(Words.ROLE + Words.text("One"))), END_OF_EVENT);
    }

    private static void end() throws IOException {
        both.say(END, END_OF_STREAM);
    }

    private interface Step {
        void take() throws IOException;
    }

    private static void assertWithin(AllocationBudget budget, int steps, Step step) throws IOException {
        double least = Double.MAX_VALUE;
        String others = "";
        int calm = 0;
        for (int i = 0; i < MOST_STRETCHES && (i < LEAST_STRETCHES || calm < CALM_STRETCHES); i++) {
            Map<String, Long> before = allocated.byThread();
            long loopBefore = allocated.sum(loops);
            for (int j = 0; j < steps; j++) {
                step.take();
            }
            double each = (allocated.sum(loops) - loopBefore) / (double) steps;
            calm = each < least * 0.995 ? 0 : calm + 1;
            if (each < least) {
                least = each;
                others = difference(before, allocated.byThread(), steps);
            }
        }
        System.out.printf(
                "%s: %.1f B on the event loop, allowed %d; by thread: %s%n",
                budget.what(), least, budget.allowedBytes(), others);
        assertThat(least)
                .as(
                        "bytes that a %s takes on the event loop: %.1f, allowed %d (by thread: %s)",
                        budget.what(), least, budget.allowedBytes(), others)
                .isLessThanOrEqualTo(budget.allowedBytes());
    }

    private static String difference(Map<String, Long> before, Map<String, Long> after, int steps) {
        StringBuilder text = new StringBuilder();
        after.forEach((thread, bytes) -> {
            long each = (bytes - before.getOrDefault(thread, 0L)) / steps;
            if (each > 0 && !thread.startsWith("RMI")) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(thread)
                        .append(' ')
                        .append(each);
            }
        });
        return text.toString();
    }
}
