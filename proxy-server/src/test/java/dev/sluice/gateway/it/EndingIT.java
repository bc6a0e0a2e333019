package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Where an answer ends, and who gets what comes after. */
final class EndingIT {
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aFinishWithoutAnEndMarkerIsAnEnd(Protocol protocol) throws Exception {
        String events = Words.ROLE + Words.text("Hel") + Words.FINISH;
        Call call = rig.keyed(Call.chat(Words.streamed(rig.quickModel(Script.sse(events)))));

        Answer answer = protocol.call(rig.address(), call);

        assertThat(answer.complete()).isTrue();
        assertThat(answer.text()).isEqualTo(events);
        assertThat(rig.row(call).status()).isEqualTo("ok");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void theEndMarkerEndsTheAnswerAtOnceThoughTheProviderStaysOpen(Protocol protocol) throws Exception {
        Script script = Script.of(Script.sseHead(), Script.send(Words.STREAM), Script.stall());
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(script))));
        long start = System.nanoTime();

        Answer answer = protocol.call(rig.address(), call);

        assertThat(System.nanoTime() - start).isLessThan(500_000_000L);
        assertThat(answer.complete()).isTrue();
        assertThat(answer.text()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.number("output_tokens")).isEqualTo(7);
    }

    @Test
    void bytesAfterTheEndMarkerReachNobody() throws Exception {
        String more = Words.text("ghost") + Words.USAGE.replace("19", "9999");
        Script script = Script.of(Script.sseHead(), Script.send(Words.STREAM + more), Script.end());
        Call call = rig.keyed(Call.chat(Words.streamed(rig.quickModel(script))));

        Answer answer = rig.answer(call);

        assertThat(answer.text()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
        assertThat(rig.row(call).number("input_tokens")).isEqualTo(19);
    }

    @Test
    void aSecondAnswerOnTheConnectionReachesNobody() throws Exception {
        String ghost = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: application/json\r\n\r\nghost";
        Script script = Script.of(Script.json(200, Words.COMPLETION), Script.raw(ghost), Script.stall());
        String model = rig.model(script);
        String other = rig.model(Script.json(200, Words.COMPLETION));

        for (int i = 0; i < 5; i++) {
            Call first = rig.keyed(Call.chat(Words.chat(model)));
            assertThat(rig.answer(first).text()).isEqualTo(Words.COMPLETION);
            Call second = rig.keyed(Call.chat(Words.chat(other)));
            assertThat(rig.answer(second).text()).isEqualTo(Words.COMPLETION);
            assertThat(rig.row(second).status()).isEqualTo("ok");
        }
    }

    @Test
    void interimAnswersAreNoAnswer() throws Exception {
        Script script = Script.of(
                Script.raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
                Script.sse(Words.STREAM));
        Call call = rig.keyed(Call.chat(Words.streamed(rig.quickModel(script))));

        Answer answer = rig.answer(call);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
    }

    // Answers that are no streams.

    static List<Arguments> brokenBodies() {
        String length = String.valueOf(Words.COMPLETION.length());
        Script half = Script.of(
                Script.head(200, "content-type", "application/json", "content-length", length),
                Script.send(Words.COMPLETION.substring(0, 90)));
        return List.of(
                argumentSet(
                        "reset in the body", Script.of(half, Script.reset()), List.of("truncated", "upstream_error")),
                argumentSet(
                        "closed in the body", Script.of(half, Script.cut()), List.of("truncated", "upstream_error")),
                argumentSet("silence in the body", Script.of(half, Script.stall()), List.of("timeout")),
                argumentSet("silence before the head", Script.stall(), List.of("timeout")),
                argumentSet("reset before the head", Script.reset(), List.of("upstream_error")));
    }

    @ParameterizedTest
    @MethodSource("brokenBodies")
    void aBrokenBodyIsNeverAWholeAnswer(Script script, List<String> statuses) throws Exception {
        Call call = rig.keyed(Call.chat(Words.chat(rig.quickModel(script))));

        Answer answer = rig.answer(call);

        assertThat(answer.status() >= 500 || !answer.complete())
                .as(answer.toString())
                .isTrue();
        assertThat(rig.row(call).status()).isIn(statuses);
    }
}
