package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.codec.dialect.ErrorKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors across dialects: OpenAI's callers at Gemini and Ollama, Gemini's at OpenAI and Ollama. */
final class TranslatedEmbeddingsIT {
    /** Numbers whose digits a detour by way of a double would change. */
    private static final String FIRST = "[0.1,-2.50e-3,1]";

    private static final String SECOND = "[0.30000001,0,-1e-7]";
    private static final String GEMINI =
            "{\n \"embeddings\": [{\"values\": " + FIRST + "}, {\"values\": " + SECOND + "}]\n}";
    private static final String OLLAMA = "{\"model\":\"llama-served\",\"embeddings\":[" + FIRST + "," + SECOND
            + "],\"total_duration\":1,\"prompt_eval_count\":9}";
    /** Not in order: the index tells. */
    private static final String OPENAI =
            "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":1,\"embedding\":"
                    + SECOND + "},{\"object\":\"embedding\",\"index\":0,\"embedding\":" + FIRST
                    + "}],\"model\":\"served\",\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}";

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with(ProviderFormat.entries(), ""), Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static String upstream(String model) {
        return model.substring(model.indexOf('/') + 1);
    }

    private static Call openAi(String model, String members) {
        return rig.keyed(Call.post(
                "/v1/embeddings", "{\"model\":\"" + model + "\",\"input\":[\"Grüße\",\"world\"]" + members + "}"));
    }

    private static Call gemini(String model, String method, String body) {
        return rig.keyed(Call.post("/v1beta/models/" + model + ":" + method, body));
    }

    @Test
    void anOpenAiCallerHasVectorsOfGeminis() throws Exception {
        String model = ProviderFormat.GEMINI.model(rig, Script.json(200, GEMINI));
        Call call = openAi(model, ",\"dimensions\":3,\"encoding_format\":\"float\",\"user\":\"u-1\"");

        Answer answer = rig.answer(call);

        String name = "models/" + upstream(model);
        assertThat(rig.scripts().only(upstream(model)).path())
                .isEqualTo("/v1/gemini/v1beta/" + name + ":batchEmbedContents");
        assertThat(rig.scripts().only(upstream(model)).text())
                .isEqualTo("{\"requests\":[{\"model\":\"" + name
                        + "\",\"content\":{\"parts\":[{\"text\":\"Grüße\"}]},\"outputDimensionality\":3},{\"model\":\""
                        + name + "\",\"content\":{\"parts\":[{\"text\":\"world\"}]},\"outputDimensionality\":3}]}");
        assertThat(answer.field("x-sluice-dropped")).isEqualTo("user");
        assertThat(answer.field("content-length")).isEqualTo(String.valueOf(answer.body().length));
        // Digit for digit.
        assertThat(answer.text()).contains("\"embedding\":" + FIRST, "\"embedding\":" + SECOND);
        JsonNode json = CallerFormat.json(answer.text());
        assertThat(json.path("object").asText()).isEqualTo("list");
        assertThat(json.at("/data/1/index").asInt()).isEqualTo(1);
        // Gemini does not say how many tokens they were: counted.
        assertThat(json.at("/usage/prompt_tokens").asInt()).isBetween(2, 8);
        assertThat(json.at("/usage/total_tokens")).isEqualTo(json.at("/usage/prompt_tokens"));
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.text("endpoint")).isEqualTo("embeddings");
        assertThat(row.number("input_tokens"))
                .isEqualTo(json.at("/usage/prompt_tokens").asLong());
        assertThat(row.text("usage_source")).isEqualTo("estimated");
    }

    @Test
    void anOpenAiCallerHasVectorsOfOllamas() throws Exception {
        String model = ProviderFormat.OLLAMA.model(rig, Script.json(200, OLLAMA));
        Call call = openAi(model, ",\"dimensions\":3");

        Answer answer = rig.answer(call);

        assertThat(rig.scripts().only(upstream(model)).path()).isEqualTo("/v1/ollama/api/embed");
        assertThat(rig.scripts().only(upstream(model)).text())
                .isEqualTo("{\"model\":\"" + upstream(model) + "\",\"input\":[\"Grüße\",\"world\"],\"dimensions\":3}");
        assertThat(answer.text()).contains("\"embedding\":" + FIRST, "\"embedding\":" + SECOND);
        assertThat(CallerFormat.json(answer.text()).at("/usage/prompt_tokens").asInt())
                .isEqualTo(9);
        assertThat(CallerFormat.json(answer.text()).path("model").asText()).isEqualTo("llama-served");
        assertThat(rig.row(call).number("input_tokens")).isEqualTo(9L);
        assertThat(rig.row(call).text("usage_source")).isEqualTo("provider");
    }

    /** What the official libraries ask for unasked. */
    @ParameterizedTest
    @EnumSource(
            value = ProviderFormat.class,
            names = {"GEMINI", "OLLAMA"})
    void whoWantsBase64GetsLittleEndianFloats(ProviderFormat provider) throws Exception {
        String model = provider.model(rig, Script.json(200, provider == ProviderFormat.GEMINI ? GEMINI : OLLAMA));

        Answer answer = rig.answer(openAi(model, ",\"encoding_format\":\"base64\""));

        JsonNode data = CallerFormat.json(answer.text()).path("data");
        assertThat(floats(data.get(0).path("embedding").asText())).containsExactly(0.1f, -2.5e-3f, 1f);
        assertThat(floats(data.get(1).path("embedding").asText())).containsExactly(0.30000001f, 0f, -1e-7f);
        assertThat(rig.scripts().only(upstream(model)).text()).doesNotContain("base64");
    }

    private static List<Float> floats(String base64) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
        List<Float> floats = new ArrayList<>();
        while (bytes.hasRemaining()) {
            floats.add(bytes.getFloat());
        }
        return floats;
    }

    @ParameterizedTest
    @CsvSource({
        "OPENAI, /v1/openai/embeddings, 8",
        "OLLAMA, /v1/ollama/api/embed, 9",
    })
    void aGeminiCallerHasVectorsOfOthers(ProviderFormat provider, String path, long tokens) throws Exception {
        String model = provider.model(rig, Script.json(200, provider == ProviderFormat.OPENAI ? OPENAI : OLLAMA));
        Call call = gemini(
                model,
                "batchEmbedContents",
                "{\"requests\":[{\"model\":\"models/x\",\"content\":{\"parts\":[{\"text\":\"Gr\"},{\"text\":\"üße\"}]},"
                        + "\"outputDimensionality\":3,\"taskType\":\"RETRIEVAL_QUERY\"},{\"model\":\"models/x\",\"content\":"
                        + "{\"parts\":[{\"text\":\"world\"}]},\"outputDimensionality\":3}]}");

        Answer answer = rig.answer(call);

        assertThat(answer.text())
                .isEqualTo("{\"embeddings\":[{\"values\":" + FIRST + "},{\"values\":" + SECOND + "}]}");
        ReceivedRequest received = rig.scripts().only(upstream(model));
        assertThat(received.path()).isEqualTo(path);
        JsonNode sent = CallerFormat.json(received.text());
        assertThat(sent.path("input")).extracting(JsonNode::asText).containsExactly("Grüße", "world");
        assertThat(sent.path("dimensions").asInt()).isEqualTo(3);
        assertThat(answer.field("x-sluice-dropped")).isEqualTo("taskType");
        UsageRow row = rig.row(call);
        assertThat(row.text("endpoint")).isEqualTo("gemini.batch_embed_contents");
        assertThat(row.number("input_tokens")).isEqualTo(tokens);
    }

    @Test
    void aGeminiCallerHasOneVector() throws Exception {
        String one = "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":" + FIRST
                + "}],\"model\":\"served\",\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}";
        String model = ProviderFormat.OPENAI.model(rig, Script.json(200, one));
        Call call = gemini(model, "embedContent", "{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}");

        assertThat(rig.answer(call).text()).isEqualTo("{\"embedding\":{\"values\":" + FIRST + "}}");
        assertThat(rig.scripts().only(upstream(model)).text())
                .isEqualTo("{\"model\":\"" + upstream(model) + "\",\"input\":\"hi\"}");
        assertThat(rig.row(call).text("endpoint")).isEqualTo("gemini.embed_content");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "nonsense",
                "{\"data\":[],\"embeddings\":[]}",
                "{\"data\":[{\"embedding\":7}],\"embeddings\":[7]}",
                "{\"data\":[{\"embedding\":\"%%%\"}],\"embeddings\":[{\"values\":\"%%%\"}]}",
                "{\"data\":[{\"embedding\":[\"a\",null]}],\"embeddings\":[{\"values\":[\"a\",null]}]}",
                "{\"data\":[{\"embedding\":[1,"
            })
    void whatAreNoVectorsIsAnError(String nonsense) throws Exception {
        for (ProviderFormat provider : new ProviderFormat[] {ProviderFormat.GEMINI, ProviderFormat.OLLAMA}) {
            for (String format : new String[] {"float", "base64"}) {
                String model = provider.model(rig, Script.json(200, nonsense));
                Call call = openAi(model, ",\"encoding_format\":\"" + format + "\"");
                CallerFormat.CHAT.assertRefused(rig.answer(call), ErrorKind.UPSTREAM_ERROR);
                assertThat(rig.row(call).status()).isIn("upstream_error", "truncated");
            }
        }
        String model = ProviderFormat.OPENAI.model(rig, Script.json(200, nonsense));
        Call call = gemini(model, "embedContent", "{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}");
        CallerFormat.GEMINI.assertRefused(rig.answer(call), ErrorKind.UPSTREAM_ERROR);
    }

    /** The numbers of tokens mean nothing to a model of another family. */
    @ParameterizedTest
    @EnumSource(
            value = ProviderFormat.class,
            names = {"GEMINI", "OLLAMA"})
    void tokensAreNoTextForOthers(ProviderFormat provider) throws Exception {
        String model = provider.model(rig, Script.json(200, GEMINI));
        Call call = rig.keyed(Call.post("/v1/embeddings", "{\"model\":\"" + model + "\",\"input\":[[1,2],[3]]}"));

        assertThat(CallerFormat.CHAT.assertRefused(rig.answer(call), ErrorKind.INVALID_REQUEST))
                .contains("input");
        assertThat(rig.rows(Rig.requestId(call))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = ProviderFormat.class,
            names = {"ANTHROPIC", "BEDROCK"})
    void whoHasNoVectorsSaysSo(ProviderFormat provider) throws Exception {
        String model = provider.model(rig, Script.json(200, "{}"));

        assertThat(CallerFormat.CHAT.assertRefused(rig.answer(openAi(model, "")), ErrorKind.INVALID_REQUEST))
                .contains("'embeddings'", provider.provider());
        assertThat(rig.scripts().requests(upstream(model))).isEmpty();
    }
}
