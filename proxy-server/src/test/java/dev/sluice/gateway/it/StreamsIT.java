package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What callers have open, seen by an operator, and ended by one. */
// Calls are kept open by clients that nobody has anything more to say to.
@SuppressWarnings("try")
final class StreamsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STREAMS = "/admin/api/streams";

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with("""
              openai: { dialect: openai, base_url: "${PROVIDER_URL}", api_key: "${PROVIDER_KEY}", allow_private: true }
            """, "  gpt-4o-mini: openai/gpt-4o-mini"), Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static JsonNode open(String query) throws Exception {
        HttpResponse<String> answer = Operator.get(rig.adminAddress(), STREAMS + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).get("data");
    }

    private static JsonNode only(Call call) throws Exception {
        String id = Rig.requestId(call);
        for (JsonNode one : open("?limit=500")) {
            if (one.get("request_id").asText().equals(id)) {
                return one;
            }
        }
        return JSON.nullNode();
    }

    private static RawClient begin(Call call) throws Exception {
        return new RawClient(rig.address()).send(call);
    }

    private static JsonNode awaitTokens(Call call, int tokens) {
        return await("the stream of " + Rig.requestId(call))
                .atMost(Duration.ofSeconds(10))
                .until(() -> only(call), seen -> seen.path("output_tokens").asInt() >= tokens);
    }

    @Test
    void anOpenStreamIsShownWithWhatItHasComeTo() throws Exception {
        Instant before = Instant.now().minusSeconds(1);
        rig.scripts()
                .put(
                        "gpt-4o-mini",
                        Script.of(
                                Script.sseHead(),
                                Script.send(Words.ROLE + Words.text("one two three")),
                                Script.stall()));
        Call call = rig.keyed(Call.chat(Words.streamed("gpt-4o-mini"))).with("x-sluice-user", "ann");
        try (RawClient client = begin(call)) {
            JsonNode stream = awaitTokens(call, 3);

            assertThat(stream.get("status").asText()).isEqualTo("streaming");
            assertThat(stream.get("key").asText()).isEqualTo(rig.keyId());
            assertThat(stream.get("key_name").asText()).isEqualTo("all");
            assertThat(stream.get("team").asText()).isEqualTo("default");
            assertThat(stream.get("end_user").asText()).isEqualTo("ann");
            assertThat(stream.get("endpoint").asText()).isEqualTo("chat.completions");
            assertThat(stream.get("model").asText()).isEqualTo("gpt-4o-mini");
            assertThat(stream.get("provider").asText()).isEqualTo("openai");
            assertThat(stream.get("stream").asBoolean()).isTrue();
            assertThat(stream.get("output_tokens").asInt()).isEqualTo(3);
            long inputTokens = stream.get("input_tokens").asLong();
            // 0.15 $ in, 0.60 $ out for each million.
            assertThat(new BigDecimal(stream.get("cost_usd").asText())
                            .movePointRight(9)
                            .longValueExact())
                    .isEqualTo(inputTokens * 150 + 3 * 600);
            assertThat(Instant.parse(stream.get("started_at").asText())).isBetween(before, Instant.now());
            assertThat(open("?model=another-model")).isEmpty();
            assertThat(open("?key=" + rig.keyId())).isNotEmpty();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> only(call).isNull());
    }

    @Test
    void aStoppedStreamEndsProperlyAndIsWrittenDown() throws Exception {
        CompletableFuture<Long> goneNanos = new CompletableFuture<>();
        String model = rig.model(
                Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("one two")), Script.stall(goneNanos)));
        Call call = rig.keyed(Call.chat(Words.streamedWithUsage(model)));
        try (RawClient client = begin(call)) {
            RawClient.Incoming incoming = client.begin();
            String id = awaitTokens(call, 1).get("id").asText();

            assertThat(Operator.delete(rig.adminAddress(), STREAMS + "/" + id).statusCode())
                    .isEqualTo(204);

            Answer answer = incoming.rest();
            assertThat(answer.text())
                    .contains("\"finish_reason\":\"length\"", "\"stopped_by\":\"stopped_by_operator\"", "\"usage\":{")
                    .endsWith(Words.DONE);
            assertThat(goneNanos.get()).isPositive();
            UsageRow row = rig.row(call);
            assertThat(row.status()).isEqualTo("budget_stop");
            assertThat(row.number("output_tokens")).isPositive();
            assertAudited(id);
            assertThat(Operator.delete(rig.adminAddress(), STREAMS + "/" + id).statusCode())
                    .isEqualTo(404);
        }
    }

    private static void assertAudited(String id) throws Exception {
        JsonNode entries = JSON.readTree(
                        Operator.get(rig.adminAddress(), "/admin/api/audit?object_type=stream&object_id=" + id)
                                .body())
                .get("data");
        assertThat(entries).hasSize(1);
        assertThat(entries.get(0).get("action").asText()).isEqualTo("stop");
        assertThat(entries.get(0).get("before").get("id").asText()).isEqualTo(id);
    }

    @Test
    void whatIsNotOpenIsNotThere() throws Exception {
        for (String id : new String[] {"0000000000000001", "nothing", "1", "FFFFFFFFFFFFFFFF"}) {
            HttpResponse<String> answer = Operator.delete(rig.adminAddress(), STREAMS + "/" + id);
            assertThat(answer.statusCode()).as(id).isEqualTo(404);
            assertThat(answer.body()).contains("stream_not_found");
        }
    }

    @Test
    void pagesAreInTheOrderInWhichCallsBegan() throws Exception {
        String model =
                rig.model(Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("a")), Script.stall()));
        Call first = rig.keyed(Call.chat(Words.streamed(model)));
        Call second = rig.keyed(Call.chat(Words.streamed(model)));
        try (RawClient one = begin(first)) {
            awaitTokens(first, 1);
            try (RawClient other = begin(second)) {
                awaitTokens(second, 1);
                JsonNode page = JSON.readTree(Operator.get(rig.adminAddress(), STREAMS + "?limit=1&model=" + model)
                        .body());
                assertThat(page.get("data").get(0).get("request_id").asText()).isEqualTo(Rig.requestId(first));
                JsonNode next = open("?limit=1&model=" + model + "&cursor="
                        + page.get("next_cursor").asText());
                assertThat(next.get(0).get("request_id").asText()).isEqualTo(Rig.requestId(second));
            }
        }
    }
}
