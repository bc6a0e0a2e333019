package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers that behave badly have less, then nothing, and then all of it again; asked over HTTP at a whole gateway. */
@Timeout(120)
final class ReputationIT {
    /** Half at two points, nothing at four, for three seconds. */
    private static final String SHARP = "{ halve_at: 2, block_at: 4, block: 3s, half_life: 10m }";

    private Rig rig;

    @BeforeEach
    void start() throws Exception {
        rig = Rig.start(Rig.STANDARD + """
                limits:
                  threats: %s
                  rules:
                    - { name: usual, requests: 1000/minute }
                """.formatted(SHARP), Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    private Answer good() throws IOException {
        return rig.answer(rig.keyed(Call.chat("{\"model\":\"" + rig.model(Script.json(200, Words.COMPLETION))
                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}")));
    }

    private int bad() throws IOException {
        return rig.answer(rig.keyed(Call.chat("{\"model\":"))).status();
    }

    private Answer withKey(String key) throws IOException {
        return rig.answer(Call.get("/v1/models").key(key));
    }

    private HttpResponse<String> reputations() throws IOException, InterruptedException {
        return Operator.get(rig.adminAddress(), "/admin/api/reputations");
    }

    private static String limit(Answer answer) {
        return String.valueOf(answer.field("x-ratelimit-limit-requests"));
    }

    @Test
    void aKeyThatAsksBadlyHasLessThenNothingAndThenMoreAgain() throws Exception {
        System.err.println("DBG " + Operator.get(rig.adminAddress(), "/admin/api/limits").body() + good() + Operator.delete(rig.adminAddress(), "/admin/api/reputations/ip:127.0.0.1").body());
        assertThat(limit(good())).isEqualTo("1000");

        assertThat(bad()).isEqualTo(400);
        assertThat(limit(good())).as("one bad request is none").isEqualTo("1000");
        assertThat(bad()).isEqualTo(400);
        assertThat(bad()).isEqualTo(400);
        assertThat(limit(good())).isEqualTo("500");
        assertThat(bad()).isEqualTo(400);
        assertThat(bad()).isEqualTo(400);

        Answer blocked = good();
        assertThat(blocked.status()).isEqualTo(429);
        assertThat(blocked.field("retry-after")).isIn("1", "2", "3");
        assertThat(blocked.text()).contains("\"code\":\"rate_limit_exceeded\"");
        assertThat(reputations().body())
                .contains("\"id\":\"" + rig.keyId() + "\",\"team\":\"default\",\"score\":4,\"share_percent\":25,"
                        + "\"blocked_until\":\"20")
                .contains("\"misdeeds\":{\"bad_request\":5,\"bad_key\":0,\"refused_content\":0,\"burst\":0}");

        Answer later = await("the end of the block")
                .atMost(Duration.ofSeconds(20))
                .until(this::good, answer -> answer.status() == 200);
        assertThat(limit(later)).isIn("250", "500");
        assertThat(Operator.delete(rig.adminAddress(), "/admin/api/reputations/" + rig.keyId())
                        .statusCode())
                .isEqualTo(204);
        assertThat(limit(good())).isEqualTo("1000");
        assertThat(Operator.get(rig.adminAddress(), "/admin/api/audit?object_type=reputation")
                        .body())
                .contains("\"action\":\"forget\"", "\"object_id\":\"" + rig.keyId() + "\"");
    }

    @Test
    void whoGuessesKeysIsRefusedAndItsNeighboursAreNot() throws Exception {
        assertThat(withKey("sk-slc-guess-1").status()).isEqualTo(401);
        assertThat(withKey("sk-slc-guess-2").status()).isEqualTo(401);

        Answer blocked = withKey("sk-slc-guess-3");
        assertThat(blocked.status()).isEqualTo(429);
        assertThat(blocked.field("retry-after")).isIn("1", "2", "3");
        assertThat(good().status()).as("a good key at the same address").isEqualTo(200);
        assertThat(reputations().body()).contains("\"id\":\"ip:127.0.0.1\",\"team\":null,\"score\":4");

        System.err.println("DBG2 " + Operator.delete(rig.adminAddress(), "/admin/api/reputations/ip:127.0.0.1").body());
        assertThat(Operator.delete(rig.adminAddress(), "/admin/api/reputations/ip:127.0.0.1")
                        .statusCode())
                .isEqualTo(204);
        assertThat(withKey("sk-slc-guess-4").status()).isEqualTo(401);
        assertThat(Operator.delete(rig.adminAddress(), "/admin/api/reputations/ip:192.0.2.1")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void whatAProviderWillNotAnswerCounts() throws Exception {
        String filtered =
                Words.COMPLETION.replace("\"finish_reason\":\"stop\"", "\"finish_reason\":\"content_filter\"");
        Answer answer = rig.answer(
                rig.keyed(Call.chat("{\"model\":\"" + rig.model(Script.json(200, filtered)) + "\",\"messages\":[]}")));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(reputations().body()).contains("\"refused_content\":1");
    }

    @Test
    void isCountedForOperators() throws Exception {
        for (int i = 0; i < 4; i++) {
            assertThat(bad()).isEqualTo(400);
        }
        assertThat(bad()).isEqualTo(429);

        assertThat(Operator.get(rig.adminAddress(), "/metrics").body())
                .contains(
                        "sluice_reputation_blocks_total 1.0",
                        "sluice_reputation_refusals_total 1.0",
                        "sluice_reputations_restricted{how=\"blocked\",} 1.0");
    }
}
