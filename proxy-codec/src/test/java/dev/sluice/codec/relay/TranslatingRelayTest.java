package dev.sluice.codec.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.relay.Relay.Ending;
import dev.sluice.codec.relay.Relay.State;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When an answer begins to reach a caller of another dialect, and when it does not. */
final class TranslatingRelayTest {
    private static final String PING = event("ping", "");
    private static final String START = event(
            "message_start",
            ",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],"
                    + "\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}");
    private static final String BLOCK =
            event("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
    private static final String CALL = event(
            "content_block_start",
            ",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"dig\",\"input\":{}}");
    private static final String TEXT =
            event("content_block_delta", ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Snow\"}");
    private static final String END = event("content_block_stop", ",\"index\":0")
            + event("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}");
    private static final String STOP = event("message_stop", "");
    private static final String ERROR =
            event("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}");
    private static final String GARBAGE = "data: <html>\n\n";
    private static final String STRAY = "<html>\n\n";
    private static final String OPENING = ": hello\n\n" + START + PING + BLOCK;

    private static String event(String type, String members) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + members + "}\n\n";
    }

    @Test
    void nothingIsTakenBeforeTheFirstContent() {
        for (String content : List.of(TEXT, CALL)) {
            byte[] opening = OPENING.getBytes(UTF_8);
            Cuts.forEachCut(opening.length, 50, cut -> {
                try (RelayRun run = RelayRun.translated()) {
                    assertThat(run.sendAll(opening, cut)).isEqualTo(State.FLOWING);
                    assertThat(run.writes).isEmpty();
                    assertThat(run.relay.holding()).isTrue();
                    assertThat(run.relay.contentSeen()).isFalse();
                    run.send(content);
                    assertThat(run.output()).startsWith("data: {").contains("\"role\":\"assistant\"");
                    assertThat(run.output()).contains(content.equals(TEXT) ? "Snow" : "dig");
                    assertThat(run.relay.holding()).isFalse();
                    assertThat(run.relay.contentSeen()).isTrue();
                }
            });
        }
    }

    @Test
    void aFailureBehindOpenersIsLikeOneThatComesFirst() {
        for (String failure : List.of(ERROR, GARBAGE, STRAY)) {
            byte[] whole = (OPENING + failure + TEXT + END + STOP).getBytes(UTF_8);
            Cuts.forEachCut(whole.length, 50, cut -> {
                try (RelayRun run = RelayRun.translated()) {
                    assertThat(run.sendAll(whole, cut)).isEqualTo(State.FAILED_UNCOMMITTED);
                    assertThat(run.answer.error() != null).isEqualTo(failure.equals(ERROR));
                    run.release();
                    assertThat(run.end(true))
                            .isEqualTo(failure.equals(ERROR) ? Ending.PROVIDER_ERROR : Ending.MALFORMED);
                    assertThat(run.output()).isEmpty();
                    assertThat(run.relay.contentSeen()).isFalse();
                }
            });
        }
    }

    @Test
    void anErrorBehindContentIsToldByTheExchange() {
        byte[] whole = (OPENING + TEXT + ERROR + TEXT + END + STOP).getBytes(UTF_8);
        Cuts.forEachCut(whole.length, 50, cut -> {
            try (RelayRun run = RelayRun.translated()) {
                assertThat(run.sendAll(whole, cut)).isEqualTo(State.FAILED_UNTOLD);
                assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
                assertThat(run.output()).contains("Snow").doesNotContain("[DONE]");
            }
        });
    }

    @Test
    void garbageBehindContentIsOverlooked() {
        for (String garbage : List.of(GARBAGE, STRAY)) {
            byte[] whole = (OPENING + TEXT + garbage + END + STOP).getBytes(UTF_8);
            Cuts.forEachCut(whole.length, 50, cut -> {
                try (RelayRun run = RelayRun.translated()) {
                    assertThat(run.sendAll(whole, cut)).isEqualTo(State.END_MARKER_SEEN);
                    assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
                    assertThat(run.output()).contains("Snow").endsWith("data: [DONE]\n\n");
                }
            });
        }
    }

    @Test
    void aFieldThatNobodyKnowsIsOverlookedInAnEvent() {
        byte[] whole = (OPENING + "trace: 7\n" + TEXT + END + STOP).getBytes(UTF_8);
        Cuts.forEachCut(whole.length, 50, cut -> {
            try (RelayRun run = RelayRun.translated()) {
                run.sendAll(whole, cut);
                assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
                assertThat(run.output()).contains("Snow");
            }
        });
    }

    @Test
    void whatIsNoStreamIsMalformed() {
        for (String page : List.of("<html>\n<body>\n</html>\n", "{\"error\":\"x\"}", STRAY + "<p>\n")) {
            try (RelayRun run = RelayRun.translated()) {
                run.send(page);
                assertThat(run.end(true)).isEqualTo(Ending.MALFORMED);
                assertThat(run.output()).isEmpty();
            }
        }
    }

    @Test
    void anAnswerThatBreaksOffBehindOpenersLeavesNothing() {
        for (int cut = 0; cut <= OPENING.length(); cut++) {
            boolean clean = cut > OPENING.indexOf(PING) && cut % 2 == 0;
            try (RelayRun run = RelayRun.translated()) {
                run.send(OPENING.substring(0, cut));
                assertThat(run.end(clean)).as("cut at %s", cut).isEqualTo(Ending.TRUNCATED);
                assertThat(run.writes).isEmpty();
                assertThat(run.relay.holding()).isTrue();
            }
        }
    }

    @Test
    void anAnswerWithoutContentIsLetGoByItsEnd() {
        byte[] whole = (OPENING + END + STOP).getBytes(UTF_8);
        Cuts.forEachCut(whole.length, 50, cut -> {
            try (RelayRun run = RelayRun.translated()) {
                assertThat(run.sendAll(whole, cut)).isEqualTo(State.END_MARKER_SEEN);
                assertThat(run.writes).hasSize(1);
                assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
                assertThat(run.output()).contains("\"finish_reason\":\"stop\"").endsWith("data: [DONE]\n\n");
                assertThat(run.relay.contentSeen()).isFalse();
                assertThat(run.relay.holding()).isFalse();
            }
        });
    }

    @Test
    void afterAReleaseThatWroteNothingAnErrorStillFails() {
        for (String opening : List.of("", PING)) {
            for (String failure : List.of(ERROR, GARBAGE, STRAY)) {
                try (RelayRun run = RelayRun.translated()) {
                    run.send(opening);
                    run.release();
                    assertThat(run.relay.holding()).isFalse();
                    assertThat(run.sendFor(failure)).isEqualTo(State.FAILED_UNCOMMITTED);
                    assertThat(run.writes).isEmpty();
                }
            }
        }
    }

    @Test
    void releaseLetsTheBeginningOfAnAnswerGo() {
        try (RelayRun run = RelayRun.translatedToAnthropic()) {
            run.send(
                    "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n");
            assertThat(run.writes).isEmpty();
            run.release();
            assertThat(run.output()).contains("message_start");
            assertThat(run.relay.holding()).isFalse();
            assertThat(run.relay.contentSeen()).isFalse();
            assertThat(run.sendFor("data: {\"error\":{\"message\":\"no\"}}\n\n"))
                    .isEqualTo(State.FAILED_UNTOLD);
        }
    }

    @Test
    void openersAreLetGoWhenTheyFillTheHold() {
        String role =
                "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n";
        try (RelayRun run = RelayRun.translatedToAnthropic()) {
            int fits = TranslatingRelay.MAX_HELD_BYTES / role.length();
            for (int i = 0; i < fits; i++) {
                run.send(role);
            }
            assertThat(run.relay.holding()).isTrue();
            assertThat(run.writes).isEmpty();
            run.send(role);
            assertThat(run.relay.holding()).isFalse();
            assertThat(run.output()).contains("message_start");
        }
    }

    @Test
    void heartbeatsAloneAreNoBeginning() {
        try (RelayRun run = RelayRun.translated()) {
            for (int i = 0; i < 2 * TranslatingRelay.MAX_HELD_BYTES / PING.length(); i++) {
                assertThat(run.sendFor(PING)).isEqualTo(State.FLOWING);
            }
            assertThat(run.relay.holding()).isTrue();
            assertThat(run.sendFor(ERROR)).isEqualTo(State.FAILED_UNCOMMITTED);
            assertThat(run.writes).isEmpty();
        }
    }
}
