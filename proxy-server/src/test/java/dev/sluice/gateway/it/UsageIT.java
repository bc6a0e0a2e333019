package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a running gateway tells of usage: to callers about their own key, to operators about all. */
final class UsageIT {
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start();
        awaitAnswers(rig);
        store(rig.keyId(), 120);
        store("key-of-somebody-else", 7_000);
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    /** The gateway serves before its migrations are through; about usage it can be asked from then on. */
    private static void awaitAnswers(Rig started) {
        await("usage")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() ->
                        started.answer(Call.get("/v1/usage").key(started.key())).status() == 200);
    }

    private static void store(String keyId, long costNano) throws Exception {
        rig.query(
                "INSERT INTO sluice.usage_hourly SELECT date_trunc('day', now(), 'UTC'), ?, '', 'openai', 'seen-model',"
                        + " 'chat.completions', 'ok', 1, 10, 5, 0, 2, 0, " + costNano
                        + ", 0, 0, 0, 0, 0, 0 RETURNING *",
                keyId);
    }

    @Test
    void aCallerSeesItsOwnUsageAndNobodyElses() throws Exception {
        Answer answer = rig.answer(Call.get("/v1/usage").key(rig.key()));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("content-type")).isEqualTo("application/json");
        assertThat(answer.text())
                .contains("\"key_id\":\"" + rig.keyId() + "\"", "\"pending\":", "\"model\":\"seen-model\"")
                .contains("\"cost_nano\":120,\"cost_usd\":\"0.000000120\"")
                .doesNotContain("7000", "somebody-else");
    }

    @Test
    void callersWithoutAKeyOrWithAWrongQuestionAreTold() throws Exception {
        assertThat(rig.answer(Call.get("/v1/usage")).status()).isEqualTo(401);
        Answer wrong = rig.answer(Call.get("/v1/usage?from=yesterday").key(rig.key()));
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.text()).contains("\"param\":\"from\"", "`from` is `yesterday`; allowed: a date such as");
        assertThat(rig.answer(Call.get("/v1/usage?key=other").key(rig.key())).status())
                .isEqualTo(400);
    }

    @Test
    void operatorsSeeAllOfIt() throws Exception {
        String page = admin("/admin/api/usage?by=key,model&format=csv&model=seen-model");

        assertThat(page)
                .startsWith("key,model,requests,input_tokens,")
                .contains("\r\nkey-of-somebody-else,seen-model,1,10,5,0,2,0,7000,0.000007000,0.500000,")
                .contains("\r\n" + rig.keyId() + ",seen-model,1,10,5,0,2,0,120,0.000000120,0.500000,");
    }

    @Test
    void aDatabaseThatIsAwayIsSaidToBeAndCallsGoOn() throws Exception {
        try (PostgresServer postgres = new PostgresServer();
                Rig alone = Rig.start(Rig.STANDARD, Map.of(), postgres)) {
            awaitAnswers(alone);
            PostgresServer.Killed killed = postgres.kill();

            long before = System.nanoTime();
            Answer answer = alone.answer(Call.get("/v1/usage").key(alone.key()));

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.field("retry-after")).isEqualTo("5");
            assertThat(answer.text()).contains("\"code\":\"overloaded\"", "The database with the usage did not answer");
            Call chat = Call.chat(Words.chat(alone.model(Script.json(200, Words.COMPLETION))))
                    .key(alone.key());
            assertThat(alone.answer(chat).status()).isEqualTo(200);
            killed.restart();
        }
    }

    private static String admin(String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + rig.adminAddress().getPort() + path);
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
