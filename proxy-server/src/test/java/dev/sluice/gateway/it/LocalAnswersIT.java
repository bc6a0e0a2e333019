package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.codec.dialect.ErrorKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the gateway answers itself, in the words of each dialect: counts of tokens, and models. */
final class LocalAnswersIT {
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with(ProviderFormat.entries(), """
                      smart: anthropic/claude-listed
                      allowed-one: gemini/gemini-listed
                    """), Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = ProviderFormat.class,
            names = {"RESPONSES"},
            mode = EnumSource.Mode.EXCLUDE)
    void tokensAreCountedHereForProvidersThatCannot(ProviderFormat provider) throws Exception {
        String model = provider.model(rig, Script.json(500, "{}"));
        String text = "It is a truth universally acknowledged. ".repeat(20);
        Call ofAnthropic = rig.keyed(Call.post(
                "/v1/messages/count_tokens",
                "{\"model\":\"" + model + "\",\"system\":\"Be brief.\",\"messages\":[{\"role\":\"user\",\"content\":\""
                        + text + "\"}]}"));
        Call ofGemini = rig.keyed(Call.post(
                "/v1beta/models/" + model + ":countTokens",
                "{\"generateContentRequest\":{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"" + text
                        + "\"}]}]}}"));

        if (provider != ProviderFormat.ANTHROPIC) {
            Answer answer = rig.answer(ofAnthropic);
            assertThat(answer.field("x-sluice-token-count")).isEqualTo("estimate");
            assertThat(CallerFormat.json(answer.text()).path("input_tokens").asInt())
                    .isBetween(140, 300);
        }
        if (provider != ProviderFormat.GEMINI) {
            Answer answer = rig.answer(ofGemini);
            assertThat(answer.field("x-sluice-token-count")).isEqualTo("estimate");
            assertThat(CallerFormat.json(answer.text()).path("totalTokens").asInt())
                    .isBetween(140, 300);
        }
        assertThat(rig.scripts().requests(model.substring(model.indexOf('/') + 1)))
                .isEmpty();
        // Rows are written in order: behind a later one, none of these is still to come.
        Call later = rig.keyed(Call.chat(Words.chat(rig.model(Script.json(200, Words.COMPLETION)))));
        rig.answer(later);
        rig.row(later);
        assertThat(rig.rows(Rig.requestId(ofAnthropic))).isEmpty();
        assertThat(rig.rows(Rig.requestId(ofGemini))).isEmpty();
    }

    @Test
    void modelsAreListedInTheCallersWords() throws Exception {
        JsonNode openAi = list(Call.get("/v1/models").key(rig.key()));
        JsonNode anthropic =
                list(Call.get("/v1/models").with("x-api-key", rig.key()).with("anthropic-version", "2023-06-01"));
        JsonNode gemini = list(Call.get("/v1beta/models?pageSize=50&key=" + rig.key()));

        assertThat(openAi.path("object").asText()).isEqualTo("list");
        assertThat(texts(openAi.path("data"), "id")).contains("smart", "allowed-one");
        assertThat(openAi.path("data").get(0).path("object").asText()).isEqualTo("model");
        assertThat(texts(openAi.path("data"), "owned_by")).contains("anthropic", "gemini");

        assertThat(anthropic.path("has_more").isBoolean()).isTrue();
        assertThat(texts(anthropic.path("data"), "id")).isEqualTo(texts(openAi.path("data"), "id"));
        assertThat(texts(anthropic.path("data"), "type")).containsOnly("model");
        assertThat(texts(anthropic.path("data"), "display_name")).contains("smart");
        assertThat(texts(anthropic.path("data"), "created_at"))
                .allSatisfy(date -> assertThat(Instant.parse(date)).isNotNull());
        assertThat(anthropic.path("first_id").asText())
                .isEqualTo(anthropic.path("data").get(0).path("id").asText());

        assertThat(texts(gemini.path("models"), "name")).contains("models/smart", "models/allowed-one");
        assertThat(gemini.path("models").get(0).path("supportedGenerationMethods"))
                .extracting(JsonNode::asText)
                .contains("generateContent", "streamGenerateContent", "countTokens");
    }

    @Test
    void aKeyIsShownTheModelsThatItMayUse() throws Exception {
        JsonNode gemini = list(Call.get("/v1beta/models").with("x-goog-api-key", rig.fewKey()));

        assertThat(texts(gemini.path("models"), "name")).containsExactly("models/allowed-one");
    }

    @Test
    void oneModelIsDescribedInTheCallersWords() throws Exception {
        Call ofGemini = Call.get("/v1beta/models/smart").with("x-goog-api-key", rig.key());
        Call ofAnthropic =
                Call.get("/v1/models/smart").with("x-api-key", rig.key()).with("anthropic-version", "1");

        assertThat(list(ofGemini).path("name").asText()).isEqualTo("models/smart");
        assertThat(list(ofAnthropic).path("type").asText()).isEqualTo("model");
        assertThat(list(Call.get("/v1/models/smart").key(rig.key()))
                        .path("owned_by")
                        .asText())
                .isEqualTo("anthropic");
        CallerFormat.GEMINI.assertRefused(
                rig.answer(Call.get("/v1beta/models/nowhere").with("x-goog-api-key", rig.key())),
                ErrorKind.MODEL_NOT_FOUND);
        CallerFormat.ANTHROPIC.assertRefused(
                rig.answer(Call.get("/v1/models/nowhere")
                        .with("x-api-key", rig.key())
                        .with("anthropic-version", "1")),
                ErrorKind.MODEL_NOT_FOUND);
    }

    private static JsonNode list(Call call) throws Exception {
        Answer answer = rig.answer(call);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return CallerFormat.json(answer.text());
    }

    private static List<String> texts(JsonNode array, String member) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(element.path(member).asText()));
        return texts;
    }
}
