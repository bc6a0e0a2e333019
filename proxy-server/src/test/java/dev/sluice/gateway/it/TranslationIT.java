package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.gateway.conformance.Scenario;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What travels with a translated answer: who gave it, what of the question was left out, what it cost. */
final class TranslationIT {
    private static final String DROPPED = "x-sluice-dropped";

    private static final String PRICES = """
            date: 2026-11-21
            providers:
              anthropic: { models: { claude-priced: { input: "3", output: "15" } } }
              gemini: { models: { gemini-priced: { input: "3", output: "15" } } }
              bedrock: { models: { amazon.priced: { input: "3", output: "15" } } }
              ollama: { models: { llama-priced: { input: "3", output: "15" } } }
            """;

    private static Rig rig;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        Path prices = Files.writeString(directory.resolve("prices.yaml"), PRICES);
        rig = Rig.start(
                Rig.with(ProviderFormat.entries(), "") + "usage: { prices: \"${PRICES}\" }\n",
                Map.of("PRICES", prices.toString()));
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    static Stream<Arguments> translatedPairs() {
        return TranslatedEndingIT.pairs().filter(pair -> {
            CallerFormat caller = (CallerFormat) pair.get()[0];
            return !caller.isNative((ProviderFormat) pair.get()[1]);
        });
    }

    @ParameterizedTest
    @MethodSource("translatedPairs")
    void aTranslatedAnswerTellsOfTheGatewaysPartInIt(CallerFormat caller, ProviderFormat provider) throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            Script script = stream ? provider.stream(Scenario.TEXT) : provider.whole(Scenario.TEXT);
            String model = provider.model(rig, script);
            Call call = rig.keyed(caller.ask(model, stream));

            Answer answer = rig.answer(call);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.field("content-type")).startsWith(stream ? "text/event-stream" : "application/json");
            assertThat(answer.field("x-sluice-provider")).isEqualTo(provider.provider());
            assertThat(answer.field("x-sluice-model")).isEqualTo(model.substring(model.indexOf('/') + 1));
            assertThat(answer.field("x-sluice-attempts")).isEqualTo("1");
            assertThat(answer.field("x-sluice-overhead-us")).isNotNull();
            assertThat(answer.fields().all("content-type")).hasSize(1);
            assertThat(answer.field("cache-control")).isEqualTo(stream ? "no-cache" : "no-store");
            assertThat(answer.field("content-length")).isEqualTo(stream ? null : String.valueOf(answer.body().length));
            assertThat(answer.field(DROPPED)).isNull();
        }
    }

    /** 11 tokens of 3 and 7 of 15 dollars a million. */
    @ParameterizedTest
    @CsvSource({
        "CHAT, ANTHROPIC, claude-priced",
        "ANTHROPIC, GEMINI, gemini-priced",
        "GEMINI, BEDROCK, amazon.priced",
        "RESPONSES, OLLAMA, llama-priced",
        "ANTHROPIC, ANTHROPIC, claude-priced"
    })
    void aPricedAnswerTellsItsCost(CallerFormat caller, ProviderFormat provider, String model) throws Exception {
        rig.scripts().put(model, provider.whole(Scenario.TEXT));
        Call call = rig.keyed(caller.ask(provider.provider() + "/" + model, /* stream= */ false));

        Answer answer = rig.answer(call);

        assertThat(answer.field("x-sluice-cost-usd")).isEqualTo("0.000138");
        assertThat(rig.row(call).number("cost_nano")).isEqualTo(138_000L);
    }

    @Test
    void anAnswerWithoutAPriceTellsNone() throws Exception {
        String model = ProviderFormat.BEDROCK.model(rig, ProviderFormat.BEDROCK.whole(Scenario.TEXT));
        Call call = rig.keyed(CallerFormat.CHAT.ask(model, /* stream= */ false));

        assertThat(rig.answer(call).field("x-sluice-cost-usd")).isNull();
        assertThat(rig.row(call).value("cost_nano")).isNull();
    }

    static Stream<Arguments> leftOut() {
        String chat = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
        return Stream.of(
                Arguments.of(
                        "/v1/chat/completions",
                        ProviderFormat.ANTHROPIC,
                        chat + ",\"logit_bias\":{\"50256\":-100},\"seed\":7,\"presence_penalty\":0.5",
                        List.of("logit_bias", "seed", "presence_penalty")),
                Arguments.of(
                        "/v1/chat/completions",
                        ProviderFormat.GEMINI,
                        chat + ",\"logit_bias\":{\"1\":1},\"parallel_tool_calls\":false,\"user\":\"u\","
                                + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}]",
                        List.of("logit_bias", "parallel_tool_calls", "user")),
                Arguments.of(
                        "/v1/messages",
                        ProviderFormat.OPENAI,
                        chat + ",\"max_tokens\":9,\"top_k\":5,\"tools\":[{\"type\":\"web_search_20250305\","
                                + "\"name\":\"web_search\"}]",
                        List.of("top_k", "tools[web_search_20250305]")),
                Arguments.of(
                        "/v1/responses",
                        ProviderFormat.BEDROCK,
                        "\"input\":\"Hi\",\"tools\":[{\"type\":\"web_search\"}],\"truncation\":\"auto\"",
                        List.of("tools[web_search]", "truncation")));
    }

    @ParameterizedTest
    @MethodSource("leftOut")
    void whatTheProviderCannotBeToldIsNamed(String path, ProviderFormat provider, String question, List<String> names)
            throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            Script script = stream ? provider.stream(Scenario.TEXT) : provider.whole(Scenario.TEXT);
            String model = provider.model(rig, script);
            Call call = rig.keyed(
                    Call.post(path, "{\"model\":\"" + model + "\",\"stream\":" + stream + "," + question + "}"));

            Answer answer = rig.answer(call);

            assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
            assertThat(String.valueOf(answer.field(DROPPED)).split(", ")).containsExactlyInAnyOrderElementsOf(names);
            String sent =
                    rig.scripts().only(model.substring(model.indexOf('/') + 1)).text();
            assertThat(sent).doesNotContain("logit_bias", "top_k", "web_search", "truncation");
        }
    }

    /** Its own provider is told everything, and nothing is named. */
    @Test
    void nothingIsLeftOutWithinADialect() throws Exception {
        String model = ProviderFormat.OPENAI.model(rig, ProviderFormat.OPENAI.whole(Scenario.TEXT));
        String body = "{\"model\":\"" + model + "\",\"logit_bias\":{\"1\":1},\"of_the_future\":1,\"messages\":[]}";

        assertThat(rig.answer(rig.keyed(Call.chat(body))).field(DROPPED)).isNull();
    }

    @ParameterizedTest
    @EnumSource(
            value = ProviderFormat.class,
            names = {"ANTHROPIC", "GEMINI", "BEDROCK", "OLLAMA"})
    void aLegacyCompletionIsAnsweredByChats(ProviderFormat provider) throws Exception {
        String model = provider.model(rig, provider.whole(Scenario.TEXT));
        Call whole = rig.keyed(
                Call.post("/v1/completions", "{\"model\":\"" + model + "\",\"prompt\":\"Once upon\",\"n\":1}"));
        JsonNode answer = CallerFormat.json(rig.answer(whole).text());

        assertThat(answer.path("object").asText()).isEqualTo("text_completion");
        assertThat(answer.path("choices").get(0).path("text").asText())
                .isEqualTo("Hello, wörld \uD83C\uDF0D\n\"quoted\" and \\ back");
        assertThat(answer.path("choices").get(0).path("finish_reason").asText()).isEqualTo("stop");
        assertThat(answer.path("usage").path("total_tokens").asInt()).isEqualTo(18);
        assertThat(rig.scripts().only(model.substring(model.indexOf('/') + 1)).text())
                .contains("Once upon");
        assertThat(rig.row(whole).text("endpoint")).isEqualTo("completions");
        assertThat(rig.row(whole).number("output_tokens")).isEqualTo(7L);

        String streaming = provider.model(rig, provider.stream(Scenario.TEXT));
        Answer stream = rig.answer(rig.keyed(Call.post(
                "/v1/completions", "{\"model\":\"" + streaming + "\",\"prompt\":\"Once upon\",\"stream\":true}")));
        StringBuilder text = new StringBuilder();
        for (String line :
                stream.text().lines().filter(line -> line.startsWith("data: {")).toList()) {
            JsonNode event = CallerFormat.json(line.substring("data: ".length()));
            assertThat(event.path("object").asText()).isEqualTo("text_completion");
            event.path("choices")
                    .forEach(choice -> text.append(choice.path("text").asText()));
        }
        assertThat(text).hasToString("Hello, wörld \uD83C\uDF0D\n\"quoted\" and \\ back");
        assertThat(stream.text()).endsWith("data: [DONE]\n\n");
    }

    @ParameterizedTest
    @EnumSource(
            value = ProviderFormat.class,
            names = {"OPENAI", "ANTHROPIC", "BEDROCK", "OLLAMA"})
    void geminisStreamWithoutEventsIsOneArray(ProviderFormat provider) throws Exception {
        String model = provider.model(rig, provider.whole(Scenario.ONE_TOOL));
        Call call = rig.keyed(Call.post(
                "/v1beta/models/" + model + ":streamGenerateContent",
                CallerFormat.GEMINI.question(model, /* stream= */ true)));

        Answer answer = rig.answer(call);

        assertThat(answer.field("content-type")).startsWith("application/json");
        JsonNode array = CallerFormat.json(answer.text());
        assertThat(array.isArray()).isTrue();
        JsonNode part = array.get(0).at("/candidates/0/content/parts/0/functionCall");
        assertThat(part.path("name").asText()).isEqualTo("get_weather");
        assertThat(part.at("/args/city").asText()).isEqualTo("Zürich");
        assertThat(array.get(array.size() - 1)
                        .at("/usageMetadata/totalTokenCount")
                        .asInt())
                .isEqualTo(18);
        assertThat(rig.row(call).status()).isEqualTo("ok");
        assertThat(rig.row(call).text("endpoint")).startsWith("gemini.generate_content");
    }

    /** Where Gemini's libraries of old put their key; the end of {@link Rig} looks for it in all that providers got. */
    @ParameterizedTest
    @EnumSource(
            value = ProviderFormat.class,
            names = {"RESPONSES"},
            mode = EnumSource.Mode.EXCLUDE)
    void aKeyInTheQueryIsAKeyAndGoesNoFurther(ProviderFormat provider) throws Exception {
        String model = provider.model(rig, provider.whole(Scenario.TEXT));
        Call call = Call.post(
                        "/v1beta/models/" + model + ":generateContent?key=" + rig.key(),
                        CallerFormat.GEMINI.question(model, /* stream= */ false))
                .with("x-request-id", "it-key-in-query-" + provider);

        assertThat(rig.answer(call).status()).isEqualTo(200);

        ReceivedRequest received = rig.scripts().only(model.substring(model.indexOf('/') + 1));
        assertThat(received.path()).doesNotContain("key=");
        assertThat(received.head()).contains(Rig.PROVIDER_KEY);
        assertThat(rig.row(call).columns().toString()).doesNotContain(rig.key());
    }

    /** Only a provider of the caller's dialect is told what its libraries say of themselves. */
    @ParameterizedTest
    @EnumSource(
            value = ProviderFormat.class,
            names = {"OPENAI", "GEMINI", "BEDROCK", "OLLAMA"})
    void headersOfOneDialectAreNotForAnother(ProviderFormat provider) throws Exception {
        String model = provider.model(rig, provider.whole(Scenario.TEXT));
        Call call = CallerFormat.ANTHROPIC
                .key(CallerFormat.ANTHROPIC.ask(model, /* stream= */ false), rig.key())
                .with("anthropic-version", "2023-06-01")
                .with("anthropic-beta", "interleaved-thinking-2025-05-14")
                .with("x-stainless-lang", "js")
                .with("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        assertThat(rig.answer(call).status()).isEqualTo(200);

        ReceivedRequest received = rig.scripts().only(model.substring(model.indexOf('/') + 1));
        assertThat(received.fields().names())
                .doesNotContain("anthropic-version", "anthropic-beta", "x-stainless-lang")
                .contains("traceparent");
        assertThat(received.fields().all("accept-encoding")).containsExactly("identity");
        assertThat(received.fields().all("content-type")).containsExactly("application/json");
    }

    /** What every request to Anthropic needs, whoever asked. */
    @Test
    void anthropicIsToldTheVersionThatIsSpoken() throws Exception {
        String model = ProviderFormat.ANTHROPIC.model(rig, ProviderFormat.ANTHROPIC.whole(Scenario.TEXT));

        rig.answer(rig.keyed(CallerFormat.GEMINI.ask(model, /* stream= */ false)));

        ReceivedRequest received = rig.scripts().only(model.substring(model.indexOf('/') + 1));
        assertThat(received.fields().all("anthropic-version")).containsExactly("2023-06-01");
        assertThat(received.fields().all("x-api-key")).containsExactly(Rig.PROVIDER_KEY);
        assertThat(received.path()).isEqualTo("/v1/anthropic/v1/messages");
    }
}
