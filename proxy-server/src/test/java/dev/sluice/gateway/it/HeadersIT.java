package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What travels with a call in both directions, and what must not. */
final class HeadersIT {
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with("", "  alias: scripted/mapped"), Map.of());
        rig.scripts().put("mapped", Script.json(200, Words.COMPLETION));
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void anAnswerTellsOfTheGatewaysPartInIt(Protocol protocol) throws Exception {
        String upstream = rig.scripts().add(Script.json(200, Words.COMPLETION));

        Answer answer = protocol.call(
                rig.address(),
                Call.chat(Words.chat("scripted/" + upstream)).key(rig.key()).with("x-request-id", "mine-1"));

        assertThat(answer.field("x-request-id")).isEqualTo("mine-1");
        assertThat(answer.field("x-sluice-provider")).isEqualTo("scripted");
        assertThat(answer.field("x-sluice-model")).isEqualTo(upstream);
        assertThat(answer.field("x-sluice-attempts")).isEqualTo("1");
        assertThat(Long.parseLong(String.valueOf(answer.field("x-sluice-overhead-us"))))
                .isBetween(0L, 10_000_000L);
        assertThat(answer.fields().names())
                .allSatisfy(name -> assertThat(name).isEqualTo(name.toLowerCase(Locale.ROOT)));
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aStreamTellsTheSame(Protocol protocol) throws Exception {
        Answer answer =
                protocol.call(rig.address(), rig.keyed(Call.chat(Words.streamed(rig.model(Script.sse(Words.STREAM))))));

        assertThat(answer.field("content-type")).startsWith("text/event-stream");
        assertThat(answer.field("cache-control")).isEqualTo("no-cache");
        assertThat(answer.field("x-accel-buffering")).isEqualTo("no");
        assertThat(answer.field("content-length")).isNull();
        assertThat(answer.field("x-sluice-provider")).isEqualTo("scripted");
        assertThat(answer.field("x-sluice-attempts")).isEqualTo("1");
        assertThat(answer.field("x-sluice-overhead-us")).isNotNull();
    }

    @Test
    void aCallWithoutAnIdGetsOne() throws Exception {
        Call call = Call.chat(Words.chat("alias")).key(rig.key());

        String first = rig.answer(call).requestId();
        String second = rig.answer(call).requestId();

        assertThat(first).isNotBlank().isNotEqualTo(second);
        assertThat(rig.answer(Call.get("/nowhere")).requestId()).isNotBlank();
    }

    @Test
    void anIdThatCannotBeEchoedIsReplaced() throws Exception {
        for (String bad : new String[] {"x".repeat(2_000), "a b", "\u0080"}) {
            Answer answer =
                    rig.answer(Call.chat(Words.chat("alias")).key(rig.key()).with("x-request-id", bad));

            assertThat(answer.status()).isLessThan(500);
            if (answer.status() == 200) {
                assertThat(answer.requestId()).isNotEqualTo(bad).doesNotContain(" ");
            }
        }
    }

    @Test
    void ofTheProvidersFieldsOnlyTheUsefulPass() throws Exception {
        String model = rig.model(Script.json(
                200,
                Words.COMPLETION,
                "x-request-id",
                "req_1",
                "x-ratelimit-remaining-requests",
                "99",
                "x-ratelimit-reset-tokens",
                "6m0s",
                "openai-processing-ms",
                "12",
                "openai-organization",
                "org-secret",
                "openai-project",
                "proj-secret",
                "set-cookie",
                "session=1",
                "server",
                "someone",
                "location",
                "https://elsewhere.test/",
                "access-control-allow-origin",
                "*",
                "strict-transport-security",
                "max-age=1",
                "alt-svc",
                "h3=\":443\"",
                "x-internal",
                "1"));

        Answer answer = rig.answer(rig.keyed(Call.chat(Words.chat(model))));

        assertThat(answer.field("x-upstream-ratelimit-remaining-requests")).isEqualTo("99");
        assertThat(answer.field("x-upstream-ratelimit-reset-tokens")).isEqualTo("6m0s");
        assertThat(answer.fields().names())
                .doesNotContain(
                        "x-ratelimit-remaining-requests",
                        "x-ratelimit-reset-tokens",
                        "openai-organization",
                        "openai-project",
                        "set-cookie",
                        "server",
                        "location",
                        "access-control-allow-origin",
                        "strict-transport-security",
                        "alt-svc",
                        "x-internal");
        assertThat(answer.fields().toString()).contains("req_1");
        assertThat(answer.requestId()).startsWith("it-");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void ofTheCallersFieldsOnlyTheHarmlessPass(Protocol protocol) throws Exception {
        String model = rig.scripts().add(Script.json(200, Words.COMPLETION));
        Call call = rig.keyed(Call.chat(Words.chat("scripted/" + model)))
                .with("x-api-key", rig.key())
                .with("api-key", rig.key())
                .with("cookie", "session=callers")
                .with("x-sluice-tags", "team=secret-team")
                .with("x-sluice-user", "someone")
                .with("x-forwarded-for", "10.1.2.3")
                .with("openai-organization", "org-of-the-caller")
                .with("accept-encoding", "gzip, br")
                .with("user-agent", "callers-agent/1")
                .with("openai-beta", "assistants=v2");

        assertThat(protocol.call(rig.address(), call).status()).isEqualTo(200);

        ReceivedRequest received = rig.scripts().only(model);
        assertThat(received.head()).startsWith("POST /v1/chat/completions HTTP/1.1\r\n");
        assertThat(received.fields().all("authorization")).containsExactly("Bearer " + Rig.PROVIDER_KEY);
        assertThat(received.fields().all("host"))
                .containsExactly("localhost:" + rig.provider().port());
        assertThat(received.fields().all("openai-beta")).containsExactly("assistants=v2");
        assertThat(received.fields().all("content-type")).containsExactly("application/json");
        assertThat(received.fields().all("content-length")).containsExactly(String.valueOf(received.body().length));
        assertThat(received.fields().all("accept-encoding")).isSubsetOf("identity");
        assertThat(received.fields().names())
                .doesNotContain(
                        "x-api-key",
                        "api-key",
                        "cookie",
                        "x-sluice-tags",
                        "x-sluice-user",
                        "x-forwarded-for",
                        "openai-organization",
                        "transfer-encoding");
        assertThat(received.head()).doesNotContain(rig.key()).doesNotContain("secret-team");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aMappedModelIsTheOnlyChangeToTheBody(Protocol protocol) throws Exception {
        rig.scripts().forget();
        String body = "{ \"messages\" : [{\"role\":\"user\",\"content\":\"\\u00fc \\\"model\\\":\\\"alias\\\" 🙂\"}],\n"
                + "\t\"model\" :\t\"al\\u0069as\" , \"temperature\":1.0e-1,\"n\":1,\"unknown\":{\"model\":\"alias\",\"a\":[1e21,9007199254740993]},"
                + "\"metadata\":{\"model\":\"alias\"}}\n";

        Answer answer = protocol.call(rig.address(), rig.keyed(Call.chat(body)));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(rig.scripts().requests()).hasSize(1);
        assertThat(rig.scripts().requests().getFirst().body())
                .isEqualTo(body.replace("\"al\\u0069as\"", "\"mapped\"").getBytes(UTF_8));
    }

    @Test
    void aStreamIsAskedForUsageAndElseLeftAlone() throws Exception {
        String plain = rig.scripts().add(Script.sse(Words.STREAM));
        String body = "{\"model\":\"scripted/" + plain + "\", \"stream\":true ,\"messages\":[]}";
        rig.answer(rig.keyed(Call.chat(body)));
        String sent = rig.scripts().only(plain).text();
        assertThat(sent).contains("\"include_usage\":true");
        assertThat(sent.replaceFirst(
                        ",?\\s*\"stream_options\"\\s*:\\s*\\{\\s*\"include_usage\"\\s*:\\s*true\\s*}\\s*,?", ""))
                .hasSize(body.length() - "scripted/".length() - commaOfTheSplice(sent));

        String asked = rig.scripts().add(Script.sse(Words.STREAM));
        String own = Words.streamedWithUsage("scripted/" + asked);
        rig.answer(rig.keyed(Call.chat(own)));
        assertThat(rig.scripts().only(asked).text()).isEqualTo(own.replace("scripted/" + asked, asked));
    }

    /** Whether the pattern above took a comma on both sides, one of which was the caller's. */
    private static int commaOfTheSplice(String sent) {
        int at = sent.indexOf("\"stream_options\"");
        boolean before = sent.substring(0, at).stripTrailing().endsWith(",");
        boolean after = sent.substring(sent.indexOf('}', at) + 1).stripLeading().startsWith(",");
        return before && after ? 1 : 0;
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void noSecretReachesTheOtherSide(Protocol protocol) throws Exception {
        String mirror = "you sent " + Rig.PROVIDER_KEY;
        for (int status : new int[] {400, 401, 403, 404, 422, 429, 500, 503}) {
            Script script = Script.json(
                    status,
                    Words.error(mirror, "server_error"),
                    "x-echo",
                    Rig.PROVIDER_KEY,
                    "www-authenticate",
                    "Bearer " + Rig.PROVIDER_KEY,
                    "authorization",
                    "Bearer " + Rig.PROVIDER_KEY);
            Answer answer = protocol.call(rig.address(), rig.keyed(Call.chat(Words.chat(rig.model(script)))));

            assertThat(answer.toString()).as("provider's status " + status).doesNotContain(Rig.PROVIDER_KEY);
            assertThat(answer.status()).isGreaterThanOrEqualTo(400);
            assertThat(answer.text()).contains("\"error\"");
        }
        assertThat(rig.scripts().everything()).doesNotContain(rig.key());
    }
}
