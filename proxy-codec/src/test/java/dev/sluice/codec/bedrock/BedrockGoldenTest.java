package dev.sluice.codec.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.ProviderGolden;
import dev.sluice.codec.dialect.Endpoint;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code events.txt} is a stream, an event a line, {@code answer.json} a whole answer. */
final class BedrockGoldenTest {
    private final BedrockProvider provider = new BedrockProvider();

    static List<ProviderGolden> requests() {
        return ProviderGolden.cases("bedrock", "chat.json");
    }

    static List<ProviderGolden> streams() {
        return ProviderGolden.cases("bedrock", "events.txt");
    }

    static List<ProviderGolden> bodies() {
        return ProviderGolden.cases("bedrock", "answer.json");
    }

    @ParameterizedTest
    @MethodSource("requests")
    void writesARequest(ProviderGolden golden) {
        golden.assertRequest(provider);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void readsAStream(ProviderGolden golden) {
        golden.assertAnswer(provider, Endpoint.CONVERSE, true, EventStreamBytes.ofScript(golden.read("events.txt")));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void readsAWholeAnswer(ProviderGolden golden) {
        golden.assertAnswer(
                provider, Endpoint.CONVERSE, false, golden.read("answer.json").getBytes(UTF_8));
    }
}
