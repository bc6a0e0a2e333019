package dev.sluice.codec.relay;

import static dev.sluice.codec.relay.ChatPieces.DONE;
import static dev.sluice.codec.relay.ChatPieces.ERROR;
import static dev.sluice.codec.relay.ChatPieces.OPENING;
import static dev.sluice.codec.relay.ChatPieces.ROLE;
import static dev.sluice.codec.relay.ChatPieces.STOP;
import static dev.sluice.codec.relay.ChatPieces.TEXT;
import static dev.sluice.codec.relay.ChatPieces.USAGE;
import static dev.sluice.codec.relay.ChatPieces.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.relay.Relay.Cut;
import org.junit.jupiter.api.Test;

/** What a stream that is stopped leaves behind; {@code CutStreamTest} stops all kinds of them. */
final class RelayCutTest {
    private static final StreamCut CUT = new StreamCut("stopped_by_operator", "Enough.", Usage.of(3, -1, -1, 1, -1));
    private static final String HEAD =
            "{\"id\":\"\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"\",\"choices\":[";
    private static final String ENOUGH =
            ",\"sluice\":{\"stopped_by\":\"stopped_by_operator\",\"message\":\"Enough.\"}}";
    private static final String LENGTH =
            event(HEAD + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\"}]" + ENOUGH);
    private static final String TOLD_USAGE =
            event(HEAD + "],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}");

    @Test
    void theEndFollowsWhatHasPassed() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ROLE + TEXT);

            assertThat(run.cut(CUT)).isEqualTo(Cut.WRITTEN);

            assertThat(run.output()).isEqualTo(ROLE + TEXT + LENGTH + TOLD_USAGE + DONE);
        }
    }

    @Test
    void whoDidNotAskForUsageIsToldNone() {
        try (RelayRun run = RelayRun.events(true)) {
            run.send(ROLE + TEXT + USAGE);

            assertThat(run.cut(CUT.withoutUsage())).isEqualTo(Cut.WRITTEN);

            assertThat(run.output()).isEqualTo(ROLE + TEXT + LENGTH + DONE);
        }
    }

    @Test
    void halfAnEventIsNotSaid() {
        for (int length = 1; length < TEXT.length(); length++) {
            try (RelayRun run = RelayRun.events(false)) {
                run.send(ROLE + TEXT + TEXT.substring(0, length));

                assertThat(run.cut(CUT)).isEqualTo(Cut.WRITTEN);

                assertThat(run.output()).isEqualTo(ROLE + TEXT + LENGTH + TOLD_USAGE + DONE);
            }
        }
    }

    @Test
    void aChoiceThatHasFinishedKeepsItsReason() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ROLE + TEXT + STOP);

            assertThat(run.cut(CUT)).isEqualTo(Cut.WRITTEN);

            assertThat(run.output()).isEqualTo(ROLE + TEXT + STOP + TOLD_USAGE + DONE);
        }
    }

    @Test
    void usageIsToldOnce() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ROLE + TEXT + STOP + USAGE);

            assertThat(run.cut(CUT)).isEqualTo(Cut.WRITTEN);

            assertThat(run.output()).isEqualTo(ROLE + TEXT + STOP + USAGE + DONE);
        }
    }

    @Test
    void whatHasEndedIsNotEndedAgain() {
        for (String end : new String[] {DONE, ERROR}) {
            try (RelayRun run = RelayRun.events(false)) {
                run.send(ROLE + TEXT + end);

                assertThat(run.cut(CUT)).isEqualTo(Cut.WRITTEN);

                assertThat(run.output()).isEqualTo(ROLE + TEXT + end);
            }
        }
    }

    @Test
    void nothingIsWrittenWhereNothingWas() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(OPENING);

            assertThat(run.cut(CUT)).isEqualTo(Cut.NOTHING_WRITTEN);

            assertThat(run.output()).isEmpty();
        }
        try (RelayRun run = RelayRun.translatedToAnthropic()) {
            run.send(OPENING);
            assertThat(run.cut(CUT)).isEqualTo(Cut.NOTHING_WRITTEN);
            assertThat(run.output()).isEmpty();
        }
    }

    @Test
    void anAnswerThatHasNotBegunHasNoEnd() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(": wait\n\n");
            run.release();

            assertThat(run.cut(CUT)).isEqualTo(Cut.IMPOSSIBLE);

            assertThat(run.output()).isEqualTo(": wait\n\n");
        }
    }

    @Test
    void nothingCanStandInTheMiddleOfAnEvent() {
        String giant = event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + "x".repeat(80_000) + "\"}}]}");
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ROLE + TEXT);
            run.send(giant.substring(0, 70_000));

            assertThat(run.cut(CUT)).isEqualTo(Cut.IMPOSSIBLE);
        }
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ROLE + TEXT);
            run.send(giant.substring(0, 70_000));
            run.send(giant.substring(70_000));

            assertThat(run.cut(CUT)).isEqualTo(Cut.WRITTEN);

            assertThat(run.output()).isEqualTo(ROLE + TEXT + giant + LENGTH + TOLD_USAGE + DONE);
        }
    }

    @Test
    void halfABodyIsOfNoUse() {
        try (RelayRun run = RelayRun.body()) {
            run.send("{\"choices\":[");
            assertThat(run.cut(CUT)).isEqualTo(Cut.NOTHING_WRITTEN);
        }
        try (RelayRun run = RelayRun.body()) {
            run.send("{\"choices\":[{\"message\":{\"content\":\"" + "x".repeat(BodyRelay.MAX_HELD_BYTES));
            assertThat(run.cut(CUT)).isEqualTo(Cut.IMPOSSIBLE);
        }
    }
}
