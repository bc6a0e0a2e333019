package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What callers under limits see on the wire: who is refused, in which words, and what is told to the others. */
final class LimitsIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Each model has counters of its own. */
    private static final String LIMITS = """
            limits:
              rules:
                - { name: few requests, for: { models: ["rpm-*"] }, per: [key, model], requests: 2/minute, warn: [50] }
                - { name: few tokens, for: { models: ["tpm-*"] }, per: [key, model], tokens: 40/minute }
                - { name: one at once, for: { models: ["one-*"] }, per: [key, model], concurrent: 1 }
                - { name: five at once, for: { models: ["five-*"] }, per: [key, model], concurrent: 5 }
                - { name: small, for: { models: ["small-*"] }, per: [key, model], max_tokens: 100, request_size: 2KiB }
                - { name: poor, for: { models: ["gpt-4o-mini"] }, per: [key, model], cost: 0.000012/day }
            """;

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with("""
                                  openai: { dialect: openai, base_url: "${PROVIDER_URL}", api_key: "${PROVIDER_KEY}", allow_private: true }
                                """, """
                                  gpt-4o-mini: openai/gpt-4o-mini
                                  "rpm-*": { targets: [ { model: "scripted/*" } ] }
                                  "tpm-*": { targets: [ { model: "scripted/*" } ] }
                                  "one-*": { targets: [ { model: "scripted/*" } ] }
                                  "five-*": { targets: [ { model: "scripted/*" } ] }
                                  "small-*": { targets: [ { model: "scripted/*" } ] }
                                """) + LIMITS, Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static String answering(String prefix) {
        return rig.scripts().addAs(prefix, Script.json(200, Words.COMPLETION));
    }

    private static Answer ask(String model) throws Exception {
        return rig.answer(rig.keyed(Call.chat(Words.chat(model))));
    }

    // ---- in every dialect -----------------------------------------------------------------------------------------

    /** How a dialect asks, and in which words it hears that there are no requests left. */
    private record Dialect(String path, String body, String type, String hint) {
        Call call(String model) {
            return rig.keyed(Call.post(path.replace("{model}", model), body.replace("{model}", model)));
        }
    }

    private static Stream<Named<Dialect>> dialects() {
        return Stream.of(
                Named.of(
                        "chat completions",
                        new Dialect(
                                "/v1/chat/completions",
                                Words.chat("{model}"),
                                "\"code\":\"rate_limit_exceeded\"",
                                "\"retry_after\":")),
                Named.of(
                        "responses",
                        new Dialect(
                                "/v1/responses",
                                "{\"model\":\"{model}\",\"input\":\"hello\"}",
                                "\"code\":\"rate_limit_exceeded\"",
                                "\"retry_after\":")),
                Named.of(
                        "messages",
                        new Dialect(
                                "/v1/messages",
                                "{\"model\":\"{model}\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}",
                                "\"type\":\"rate_limit_error\"",
                                "\"retry_after\":")),
                Named.of(
                        "generateContent",
                        new Dialect(
                                "/v1beta/models/{model}:generateContent",
                                "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hello\"}]}]}",
                                "\"status\":\"RESOURCE_EXHAUSTED\"",
                                "\"retryDelay\":")));
    }

    @ParameterizedTest
    @MethodSource("dialects")
    void whoHasNoRequestLeftIsToldInTheDialectsWords(Dialect dialect) throws Exception {
        String model = answering("rpm-");
        Answer first = rig.answer(dialect.call(model));
        Answer second = rig.answer(dialect.call(model));
        Answer third = rig.answer(dialect.call(model));

        assertThat(List.of(first.status(), second.status())).containsOnly(200);
        assertThat(first.field("x-ratelimit-limit-requests")).isEqualTo("2");
        assertThat(first.field("x-ratelimit-remaining-requests")).isEqualTo("1");
        assertThat(first.field("x-ratelimit-reset-requests")).matches("1m[01]s|\\d+s");
        assertThat(first.field("x-sluice-limit-warning")).isEqualTo("few requests 50%");
        assertThat(second.field("x-ratelimit-remaining-requests")).isEqualTo("0");
        assertThat(third.status()).isEqualTo(429);
        assertThat(third.field("x-ratelimit-remaining-requests")).isEqualTo("0");
        assertThat(Integer.parseInt(String.valueOf(third.field("retry-after")))).isBetween(1, 61);
        assertThat(third.text()).contains(dialect.type(), "few requests", "2 requests per minute", dialect.hint());
    }

    @Test
    void tokensThatWereUsedAreNotThereAnyMore() throws Exception {
        String model = rig.scripts().addAs("tpm-", Script.sse(Words.STREAM));
        Call call = rig.keyed(Call.chat(Words.streamed(model)));
        Answer first = rig.answer(call);
        Answer second = rig.answer(rig.keyed(Call.chat(Words.streamed(model))));
        Answer third = rig.answer(rig.keyed(Call.chat(Words.streamed(model))));

        // 26 tokens each, by the provider's own report.
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.field("x-ratelimit-limit-tokens")).isEqualTo("40");
        assertThat(second.status()).isEqualTo(200);
        assertThat(third.status()).isEqualTo(429);
        assertThat(third.text()).contains("few tokens", "40 tokens per minute");
    }

    @Test
    void theSecondCallAtOnceIsRefusedAndTheNextOneIsNot() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        String model = rig.scripts()
                .addAs("one-", Script.of(Script.tell(asked), Script.await(go), Script.json(200, Words.COMPLETION)));
        try (RawClient first = new RawClient(rig.address())) {
            first.send(rig.keyed(Call.chat(Words.chat(model))));
            asked.await();
            Answer refused = ask(model);
            go.countDown();

            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.text()).contains("one at once", "1 calls at once");
            assertThat(first.answer().status()).isEqualTo(200);
            assertThat(ask(model).status()).isEqualTo(200);
        }
    }

    @Test
    void ofManyStreamsOfOneConnectionAsManyGoOnAsMay() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        String model = rig.scripts()
                .addAs(
                        "five-",
                        Script.of(
                                Script.sseHead(),
                                Script.send(Words.ROLE + Words.text("Hel")),
                                Script.await(go),
                                Script.send(Words.FINISH + Words.DONE),
                                Script.end()));
        try (Http2Client client = new Http2Client(rig.address())) {
            List<Http2Client.Incoming> streams = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                streams.add(client.begin(rig.keyed(Call.chat(Words.streamed(model)))));
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> openCalls(model) == 5);
            go.countDown();
            int ok = 0;
            int refused = 0;
            for (Http2Client.Incoming stream : streams) {
                Answer answer = stream.answer();
                ok += answer.status() == 200 ? 1 : 0;
                refused += answer.status() == 429 ? 1 : 0;
            }
            assertThat(ok + refused).isEqualTo(40);
            assertThat(ok).isBetween(5, 39);
            assertThat(client.begin(rig.keyed(Call.chat(Words.streamed(model))))
                            .answer()
                            .status())
                    .isEqualTo(200);
        }
    }

    private static int openCalls(String model) throws Exception {
        return JSON.readTree(Operator.get(rig.adminAddress(), "/admin/api/streams?limit=500&model=" + model)
                        .body())
                .get("data")
                .size();
    }

    @Test
    void moreThanOneCallMayAskForIsTheCallersError() throws Exception {
        String model = answering("small-");
        Answer tokens = rig.answer(
                rig.keyed(Call.chat(Words.chat(model).replace("\"messages\"", "\"max_tokens\":101,\"messages\""))));
        Answer bytes = ask(model + "\",\"padding\":\"" + "x".repeat(2048));

        assertThat(tokens.status()).isEqualTo(400);
        assertThat(tokens.text()).contains("\"param\":\"max_tokens\"", "allows 100", "101");
        assertThat(bytes.status()).isEqualTo(413);
        assertThat(bytes.text()).contains("request_too_large", "allows 2048");
        assertThat(rig.answer(rig.keyed(Call.chat(
                                Words.chat(model).replace("\"messages\"", "\"max_tokens\":100,\"messages\""))))
                        .status())
                .isEqualTo(200);
    }

    // ---- money ----------------------------------------------------------------------------------------------------

    @Test
    void aBudgetStopsARunningStreamAndRefusesTheNextOne() throws Exception {
        rig.scripts()
                .put(
                        "gpt-4o-mini",
                        Script.of(Script.sseHead(), Script.send(Words.ROLE), Script.drip(Words.text(" word"), 2)));
        Call call = rig.keyed(Call.chat(Words.streamed("gpt-4o-mini")));
        Answer stopped = rig.answer(call);
        Answer refused = rig.answer(rig.keyed(Call.chat(Words.streamed("gpt-4o-mini"))));
        Answer inAnthropics = rig.answer(
                rig.keyed(
                        Call.post(
                                "/v1/messages",
                                "{\"model\":\"gpt-4o-mini\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}")));

        assertThat(stopped.status()).isEqualTo(200);
        assertThat(stopped.complete()).isTrue();
        assertThat(stopped.text())
                .contains("\"finish_reason\":\"length\"", "\"stopped_by\":\"budget_exceeded\"")
                .endsWith(Words.DONE);
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("budget_stop");
        // 0.60 $ for a million tokens: one of them more than was left, at most.
        assertThat(row.number("cost_nano")).isBetween(11_400L, 12_600L);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.text()).contains("budget_exceeded", "'poor' allows $0.000012 per day");
        assertThat(inAnthropics.status()).isEqualTo(402);
        assertUsageTellsIt();
    }

    private static void assertUsageTellsIt() throws Exception {
        JsonNode usage =
                JSON.readTree(rig.answer(Call.get("/v1/usage").key(rig.key())).text());
        JsonNode poor = null;
        for (JsonNode line : usage.get("limits")) {
            poor = line.get("name").asText().equals("poor") ? line : poor;
        }
        assertThat(poor).as("%s", usage.get("limits")).isNotNull();
        assertThat(poor.get("measure").asText()).isEqualTo("cost");
        assertThat(poor.get("limit").decimalValue()).isEqualByComparingTo("0.000012");
    }

    // ---- what is not limited --------------------------------------------------------------------------------------

    @Test
    void whatCostsNothingIsNotLimited() throws Exception {
        String model = answering("rpm-");
        for (int i = 0; i < 5; i++) {
            assertThat(rig.answer(Call.get("/v1/models").key(rig.key())).status())
                    .isEqualTo(200);
            Answer count = rig.answer(rig.keyed(Call.post(
                    "/v1/messages/count_tokens",
                    "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}")));
            assertThat(count.status()).isEqualTo(200);
            assertThat(count.field("x-ratelimit-limit-requests")).isNull();
        }
        assertThat(ask(model).status()).isEqualTo(200);
    }
}
