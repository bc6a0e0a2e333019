package dev.sluice.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.it.Rig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every official client against a provider of every dialect: whoever answers, the client hears the same. */
final class MatrixIT {
    private static final List<String> PROVIDERS =
            List.of("openai", "responses", "anthropic", "gemini", "bedrock", "ollama");

    private static ConformanceProvider provider;
    private static Rig rig;
    private static List<Client> clients = List.of();

    @BeforeAll
    static void start() throws Exception {
        provider = new ConformanceProvider(0);
        rig = Rig.start(Rig.with(provider.providers(), ""), Map.of());
        clients = clients("http://127.0.0.1:" + rig.address().getPort(), rig.key());
    }

    private static List<Client> clients(String baseUrl, String key) {
        return List.of(
                new OpenAiChatClient(baseUrl, key),
                new OpenAiResponsesClient(baseUrl, key),
                new AnthropicClient(baseUrl, key),
                new GeminiClient(baseUrl, key));
    }

    @AfterAll
    static void stop() throws Exception {
        clients.forEach(Client::close);
        rig.close();
        provider.close();
    }

    static Stream<Arguments> cells() {
        List<Arguments> cells = new ArrayList<>();
        for (int client = 0; client < 4; client++) {
            for (String to : PROVIDERS) {
                for (Scenario scenario : Scenario.values()) {
                    for (boolean stream : new boolean[] {true, false}) {
                        if (speaks(client, to)) {
                            cells.add(Arguments.of(client, to, scenario, stream));
                        }
                    }
                }
            }
        }
        return cells.stream();
    }

    /** The provider of responses serves nothing else. */
    private static boolean speaks(int client, String to) {
        return !to.equals("responses") || client == 1;
    }

    @ParameterizedTest(name = "client {0}, provider {1}, {2}, stream {3}")
    @MethodSource("cells")
    void theClientHearsWhatTheProviderSays(int client, String to, Scenario scenario, boolean stream) {
        Client asking = clients.get(client);

        Heard heard = asking.ask(to + "/" + scenario.model(), scenario, stream);

        assertThat(heard).isEqualTo(Heard.expected(scenario, asking.showsReasoning()));
    }
}
