package dev.sluice.codec.relay;

import static dev.sluice.codec.relay.ChatPieces.COMMENT;
import static dev.sluice.codec.relay.ChatPieces.DONE;
import static dev.sluice.codec.relay.ChatPieces.ERROR;
import static dev.sluice.codec.relay.ChatPieces.GARBAGE;
import static dev.sluice.codec.relay.ChatPieces.ROLE;
import static dev.sluice.codec.relay.ChatPieces.STOP;
import static dev.sluice.codec.relay.ChatPieces.TEXT;
import static dev.sluice.codec.relay.ChatPieces.USAGE;
import static dev.sluice.codec.relay.ChatPieces.event;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.relay.Relay.Ending;
import dev.sluice.codec.relay.Relay.State;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PassThroughRelayTest {

    @Test
    void wholeEventsPassInTheVeryBufferThatCameIn() {
        try (RelayRun run = RelayRun.events(false)) {
            ByteBuf first = run.send(ROLE + TEXT);
            ByteBuf second = run.send(TEXT);
            assertThat(run.writes).containsExactly(first, second);
        }
    }

    @Test
    void theHeadOfAnEventWaitsForItsEnd() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ROLE + TEXT + TEXT.substring(0, 9));
            assertThat(run.output()).isEqualTo(ROLE + TEXT);
            run.send(TEXT.substring(9, 20));
            assertThat(run.output()).isEqualTo(ROLE + TEXT);
            assertThat(run.relay.atEventBoundary()).isTrue();
            run.send(TEXT.substring(20));
            assertThat(run.output()).isEqualTo(ROLE + TEXT + TEXT);
        }
    }

    @Test
    void theCostIsPutIntoTheUsageReportWhereverTheReadsAreCut() {
        String whole = ROLE + TEXT + COMMENT + USAGE.replace("\n", "\r\n") + DONE;
        String costed = whole.replace("\"total_tokens\":4}", "\"total_tokens\":4,\"cost\":0.25}");
        Cuts.forEachCut(whole.length(), 10, cut -> {
            try (RelayRun run = RelayRun.events(false, () -> "0.25", Cuts.direct())) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
                assertThat(run.output()).isEqualTo(costed);
            }
        });
    }

    @Test
    void aCostThatNobodyKnowsChangesNothing() {
        String whole = USAGE + TEXT + USAGE + DONE;
        Cuts.forEachCut(whole.length(), 10, cut -> {
            try (RelayRun run = RelayRun.events(false, () -> null, Cuts.direct())) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                run.end(true);
                assertThat(run.output()).isEqualTo(whole);
            }
        });
    }

    @Test
    void aReportThatIsDroppedIsDroppedWithItsCost() {
        try (RelayRun run = RelayRun.events(true, () -> "0.25", Cuts.direct())) {
            run.send(TEXT + STOP + USAGE + DONE);
            assertThat(run.output()).isEqualTo(TEXT + STOP + DONE);
        }
    }

    /** Responses tell of one twice: by an event of that name, and by the end of the response. */
    @Test
    void behindAnErrorAnotherErrorPassesAndNothingElse() {
        String whole = TEXT + ERROR + TEXT + ERROR + USAGE + DONE;
        Cuts.forEachCut(whole.length(), 100, cut -> {
            try (RelayRun run = RelayRun.events(false)) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
                assertThat(run.output()).isEqualTo(TEXT + ERROR + ERROR);
            }
        });
    }

    @Test
    void anErrorBehindContentPassesAndNothingBehindIt() {
        String whole = TEXT + ERROR + TEXT + USAGE + DONE;
        Cuts.forEachCut(whole.length(), 100, cut -> {
            try (RelayRun run = RelayRun.events(false)) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
                assertThat(run.output()).isEqualTo(TEXT + ERROR);
                assertThat(run.answer.usage().inputTokens()).isEqualTo(3);
            }
        });
    }

    @Test
    void nothingButEmptyLinesPassesBehindTheEndMarker() {
        String late = USAGE.replace("3", "999");
        String whole = TEXT + STOP + DONE + TEXT + "\n" + late + DONE + "\n";
        Cuts.forEachCut(whole.length(), 100, cut -> {
            try (RelayRun run = RelayRun.events(false)) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
                assertThat(run.output().stripTrailing()).isEqualTo((TEXT + STOP + DONE).stripTrailing());
                assertThat(run.answer.usage().isReported()).isFalse();
            }
        });
    }

    @Test
    void theReportThatOnlyTheGatewayAskedForIsDroppedWhole() {
        String before = ROLE + TEXT + STOP;
        String whole = before + COMMENT + USAGE + "\n" + DONE;
        Cuts.forEachCut(whole.length(), 200, cut -> {
            try (RelayRun run = RelayRun.events(true)) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
                assertThat(run.output()).isEqualTo(before + COMMENT + "\n" + DONE);
                assertThat(run.answer.usage().inputTokens()).isEqualTo(3);
            }
        });
    }

    @Test
    void theLineFeedThatComesLateGoesWithItsReport() {
        String whole = (TEXT + USAGE + DONE).replace("\n", "\r\n");
        String expected = (TEXT + DONE).replace("\n", "\r\n");
        Cuts.forEachCut(whole.length(), 50, cut -> {
            try (RelayRun run = RelayRun.events(true)) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                assertThat(run.output()).isEqualTo(expected);
            }
        });
    }

    @Test
    void reportsInARowAndBetweenOthersAreDropped() {
        String whole = USAGE + COMMENT + USAGE + ROLE + USAGE + USAGE + TEXT + USAGE;
        Cuts.forEachCut(whole.length(), 100, cut -> {
            try (RelayRun run = RelayRun.events(true)) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                run.end(true);
                assertThat(run.output()).isEqualTo(COMMENT + ROLE + TEXT);
            }
        });
    }

    @Test
    void aReportThatTheCallerAskedForPasses() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(TEXT + USAGE + DONE);
            assertThat(run.output()).isEqualTo(TEXT + USAGE + DONE);
        }
    }

    @Test
    void aHugeEventFlowsAndIsNoBoundaryUntilItEnds() {
        String huge = event("{\"choices\":[{\"delta\":{\"content\":\"" + "x".repeat(200_000) + "\"}}]}");
        try (RelayRun run = RelayRun.events(true)) {
            run.send(ROLE + huge.substring(0, 40_000));
            assertThat(run.output()).isEmpty();
            assertThat(run.relay.atEventBoundary()).isTrue();
            run.send(huge.substring(40_000, 70_000));
            assertThat(run.output()).isEqualTo(ROLE + huge.substring(0, 70_000));
            assertThat(run.relay.holding()).isFalse();
            assertThat(run.relay.atEventBoundary()).isFalse();
            assertThat(run.relay.contentSeen()).isTrue();
            run.send(huge.substring(70_000) + TEXT.substring(0, 4));
            assertThat(run.output()).isEqualTo(ROLE + huge);
            assertThat(run.relay.atEventBoundary()).isTrue();
        }
    }

    @Test
    void aHugeReportCannotBeDroppedAnyMore() {
        String huge = USAGE.substring(0, 7) + " ".repeat(PassThroughRelay.MAX_HELD_BYTES) + USAGE.substring(7);
        try (RelayRun run = RelayRun.events(true)) {
            run.send(TEXT);
            int head = PassThroughRelay.MAX_HELD_BYTES + 1;
            run.send(huge.substring(0, head));
            run.send(huge.substring(head) + DONE);
            assertThat(run.output()).isEqualTo(TEXT + huge + DONE);
        }
    }

    @Test
    void anEndlessEventIsGarbageButItsBytesPass() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(TEXT + "data: \"");
            String piece = "x".repeat(1 << 20);
            for (int i = 0; i < 17; i++) {
                run.send(piece);
            }
            run.send("\n\n" + DONE);
            assertThat(run.end(true)).isEqualTo(Ending.TRUNCATED);
            assertThat(run.outputLength()).isEqualTo(TEXT.length() + 7 + (17 << 20) + 2 + DONE.length());
        }
    }

    @Test
    void theEndMarkerIsToldAndBytesBehindItPass() {
        try (RelayRun run = RelayRun.events(false)) {
            assertThat(run.sendFor(TEXT)).isEqualTo(State.FLOWING);
            assertThat(run.sendFor(DONE)).isEqualTo(State.END_MARKER_SEEN);
            assertThat(run.sendFor(COMMENT)).isEqualTo(State.END_MARKER_SEEN);
            assertThat(run.output()).isEqualTo(TEXT + DONE + COMMENT);
        }
    }

    @Test
    void aTruncationLeavesNoHalfEventAtTheClient() {
        String whole = ROLE + TEXT + TEXT;
        for (int cut = 0; cut < whole.length(); cut++) {
            for (boolean clean : new boolean[] {true, false}) {
                try (RelayRun run = RelayRun.events(false)) {
                    run.sendAll(whole.getBytes(UTF_8), new int[] {cut});
                    assertThat(run.end(clean)).as("cut at %s", cut).isEqualTo(Ending.TRUNCATED);
                    assertThat(run.output()).isEqualTo(whole.substring(0, lastWhole(cut)));
                }
            }
        }
    }

    /** Where what may go ends in {@code ROLE + TEXT + TEXT} cut at {@code cut}: an event may lack its last line ends. */
    private static int lastWhole(int cut) {
        int last = 0;
        for (int end : new int[] {ROLE.length() + TEXT.length(), ROLE.length() + 2 * TEXT.length()}) {
            last = cut >= end - 2 ? Math.min(cut, end) : last;
        }
        return last;
    }

    @Test
    void theLastEventCountsWithoutItsEmptyLineWhenItIsComplete() {
        for (String missing : List.of("\n", "\n\n")) {
            String last = DONE.substring(0, DONE.length() - missing.length());
            try (RelayRun run = RelayRun.events(false)) {
                run.send(TEXT + last);
                assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
                assertThat(run.output()).isEqualTo(TEXT + last);
                assertThat(run.relay.atEventBoundary()).isFalse();
            }
        }
        try (RelayRun run = RelayRun.events(true)) {
            run.send(STOP + USAGE.stripTrailing());
            assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
            assertThat(run.output()).isEqualTo(STOP);
            assertThat(run.answer.usage().outputTokens()).isEqualTo(1);
        }
    }

    @Test
    void anErrorWithoutItsEmptyLineIsAnErrorToo() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ERROR.stripTrailing());
            assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
            assertThat(run.output()).isEmpty();
        }
        try (RelayRun run = RelayRun.events(false)) {
            run.send(TEXT + ERROR.stripTrailing());
            assertThat(run.end(false)).isEqualTo(Ending.PROVIDER_ERROR);
            assertThat(run.output()).isEqualTo(TEXT + ERROR.stripTrailing());
        }
    }

    @Test
    void finishedChoicesMakeItCompleteEvenWhenTheConnectionIsLost() {
        for (boolean clean : new boolean[] {true, false}) {
            assertThat(ending(clean, TEXT + STOP)).isEqualTo(Ending.COMPLETE);
            assertThat(ending(clean, TEXT + DONE)).isEqualTo(Ending.COMPLETE);
            assertThat(ending(clean, TEXT)).isEqualTo(Ending.TRUNCATED);
            assertThat(ending(clean, "")).isEqualTo(Ending.TRUNCATED);
            assertThat(ending(clean, COMMENT)).isEqualTo(Ending.TRUNCATED);
            assertThat(ending(clean, TEXT.substring(0, 20))).isEqualTo(Ending.TRUNCATED);
        }
    }

    @Test
    void whatIsNoStreamIsMalformed() {
        assertThat(ending(true, "{\"error\":\"x\"}")).isEqualTo(Ending.MALFORMED);
        assertThat(ending(true, "<html>\n<body>\n</html>\n")).isEqualTo(Ending.MALFORMED);
    }

    private static Ending ending(boolean clean, String stream) {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(stream);
            return run.end(clean);
        }
    }

    @Test
    void anEventNamedErrorIsAnErrorWhateverItSays() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send("event: error\ndata: {\"message\":\"slow\",\"code\":\"slow_down\"}\n\n");
            assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
            assertThat(run.answer.error())
                    .isNotNull()
                    .satisfies(error -> assertThat(error.kind()).isEqualTo(ErrorKind.OVERLOADED));
        }
    }

    @Test
    void contentIsSeenWithTheFirstGeneratedOutput() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(COMMENT + ROLE + STOP);
            assertThat(run.relay.contentSeen()).isFalse();
            run.send(TEXT);
            assertThat(run.relay.contentSeen()).isTrue();
        }
    }

    @Test
    void garbageBehindContentPassesAndDoesNotUndoTheFinish() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(TEXT + GARBAGE + STOP);
            assertThat(run.output()).isEqualTo(TEXT + GARBAGE + STOP);
            assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
        }
    }
}
