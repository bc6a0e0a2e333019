package dev.sluice.codec.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.ProviderGolden;
import dev.sluice.codec.dialect.Endpoint;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code answer.ndjson} is a stream, {@code answer.json} a whole answer. */
final class OllamaGoldenTest {
    private final OllamaProvider provider = new OllamaProvider();

    static List<ProviderGolden> requests() {
        return ProviderGolden.cases("ollama", "chat.json");
    }

    static List<ProviderGolden> streams() {
        return ProviderGolden.cases("ollama", "answer.ndjson");
    }

    static List<ProviderGolden> bodies() {
        return ProviderGolden.cases("ollama", "answer.json");
    }

    @ParameterizedTest
    @MethodSource("requests")
    void writesARequest(ProviderGolden golden) {
        golden.assertRequest(provider);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void readsAStream(ProviderGolden golden) {
        golden.assertAnswer(
                provider,
                Endpoint.OLLAMA_CHAT,
                true,
                golden.read("answer.ndjson").getBytes(UTF_8));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void readsAWholeAnswer(ProviderGolden golden) {
        golden.assertAnswer(
                provider,
                Endpoint.OLLAMA_CHAT,
                false,
                golden.read("answer.json").getBytes(UTF_8));
    }
}
