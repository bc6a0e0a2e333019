package dev.sluice.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.sluice.gateway.it.Rig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every official client against a provider of every dialect: whoever answers, the client hears the same. What passed is
 * printed as a table, and the table in {@code docs/dialects.md} must be the same one.
 */
final class MatrixIT {
    private static final Path DOCUMENT = Path.of("docs", "dialects.md");
    private static final String BEFORE_TABLE = "<!-- MatrixIT -->";

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

    @TestFactory
    Stream<DynamicNode> theClientHearsWhatTheProviderSays() {
        Matrix matrix = new Matrix(clients.stream().map(Client::name).toList(), ConformanceProvider.FORMATS);
        List<DynamicNode> tests = new ArrayList<>();
        for (Client client : clients) {
            for (String to : ConformanceProvider.FORMATS) {
                for (Scenario scenario : Scenario.asked()) {
                    if (speaks(client, to)) {
                        tests.add(test(matrix, client, to, scenario, true));
                        tests.add(test(matrix, client, to, scenario, false));
                    }
                }
            }
        }
        tests.add(DynamicTest.dynamicTest("the matrix is the documented one", () -> isDocumented(matrix)));
        return tests.stream();
    }

    /** The provider of responses serves nothing else. */
    private static boolean speaks(Client client, String to) {
        return !to.equals("responses") || client instanceof OpenAiResponsesClient;
    }

    private static DynamicNode test(Matrix matrix, Client client, String to, Scenario scenario, boolean stream) {
        String name = client.name() + " at " + to + ", " + scenario.model() + (stream ? ", stream" : ", whole");
        return DynamicTest.dynamicTest(name, () -> {
            matrix.asked(client.name(), to);

            Heard heard = client.ask(to + "/" + scenario.model(), scenario, stream);

            assertThat(heard).isEqualTo(Heard.expected(scenario, client.showsReasoning()));
            hasArrived(to, scenario);
            matrix.passed(client.name(), to);
        });
    }

    /** Whether the provider was asked in its own words. */
    private static void hasArrived(String to, Scenario scenario) throws JsonProcessingException {
        Arrived arrived = new Arrived(to, provider.lastBody(to));
        switch (scenario) {
            case IMAGE -> {
                String prefix = to.equals("ollama") ? "" : "data:image/png;base64,";
                assertThat(arrived.image()).isEqualTo(prefix + Scenario.IMAGE_BYTES);
            }
            case TOOL_LOOP -> {
                Scenario.Call call = scenario.calls().getFirst();
                Arrived.Loop loop = arrived.loop();
                assertThat(loop.answers()).isNotBlank().isEqualTo(loop.call());
                assertThat(loop.name()).isEqualTo(call.name());
                assertThat(loop.arguments()).isEqualTo(Heard.JSON.readTree(call.whole()));
                assertThat(loop.result()).contains(Scenario.TOOL_RESULT);
                assertThat(loop.signature()).isEqualTo(to.equals("gemini") ? GeminiVoice.SIGNATURE : "");
            }
            case TEXT, ONE_TOOL, PARALLEL_TOOLS, NO_ARGUMENTS, STRUCTURED, REASONING, LOOP_ENDED -> {}
        }
    }

    /** The last test: all cells are in. */
    private static void isDocumented(Matrix matrix) throws IOException {
        List<String> lines = matrix.lines();
        lines.forEach(System.out::println);
        List<String> document = Files.readAllLines(root().resolve(DOCUMENT));
        int begin = document.indexOf(BEFORE_TABLE) + 2;
        assertThat(begin).as("'%s' in %s", BEFORE_TABLE, DOCUMENT).isGreaterThan(1);
        assertThat(document.subList(begin, begin + lines.size()))
                .as("the table behind '%s' in %s", BEFORE_TABLE, DOCUMENT)
                .isEqualTo(lines);
    }

    /** Tests run in the folder of their module, or in the project's. */
    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve(DOCUMENT)) ? here : here.resolve("..").normalize();
    }
}
