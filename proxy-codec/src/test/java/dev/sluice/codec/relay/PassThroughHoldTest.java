package dev.sluice.codec.relay;

import static dev.sluice.codec.relay.ChatPieces.COMMENT;
import static dev.sluice.codec.relay.ChatPieces.DONE;
import static dev.sluice.codec.relay.ChatPieces.ERROR;
import static dev.sluice.codec.relay.ChatPieces.GARBAGE;
import static dev.sluice.codec.relay.ChatPieces.OPENING;
import static dev.sluice.codec.relay.ChatPieces.ROLE;
import static dev.sluice.codec.relay.ChatPieces.STOP;
import static dev.sluice.codec.relay.ChatPieces.TEXT;
import static dev.sluice.codec.relay.ChatPieces.USAGE;
import static dev.sluice.codec.relay.ChatPieces.event;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.relay.Relay.Ending;
import dev.sluice.codec.relay.Relay.State;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a stream is not let through before, and what becomes of what is held. */
final class PassThroughHoldTest {

    @Test
    void theCostIsPutIntoReportsThatAreHeld() {
        String whole = ROLE + USAGE + COMMENT + USAGE + TEXT + DONE;
        String costed = whole.replace("\"total_tokens\":4}", "\"total_tokens\":4,\"cost\":0.25}");
        int opening = whole.indexOf(TEXT);
        Cuts.forEachCut(whole.length(), 100, cut -> {
            try (RelayRun run = RelayRun.events(false, () -> "0.25", Cuts.direct())) {
                run.sendAll(
                        whole.substring(0, opening).getBytes(UTF_8), new int[] {Math.min(cut[0], opening), opening});
                assertThat(run.writes).isEmpty();
                run.send(whole.substring(opening));
                assertThat(run.output()).isEqualTo(costed);
            }
            try (RelayRun run = RelayRun.events(false, () -> "0.25", Cuts.direct())) {
                run.sendAll(whole.getBytes(UTF_8), cut);
                assertThat(run.output()).isEqualTo(costed);
            }
        });
    }

    @Test
    void nothingIsWrittenBeforeTheFirstContent() {
        byte[] opening = OPENING.getBytes(UTF_8);
        Cuts.forEachCut(opening.length, 50, cut -> {
            try (RelayRun run = RelayRun.events(false)) {
                assertThat(run.sendAll(opening, cut)).isEqualTo(State.FLOWING);
                assertThat(run.writes).isEmpty();
                assertThat(run.relay.holding()).isTrue();
                assertThat(run.relay.contentSeen()).isFalse();
                run.send(TEXT.substring(0, 7));
                assertThat(run.relay.holding()).isTrue();
                run.send(TEXT.substring(7) + STOP);
                assertThat(run.output()).isEqualTo(OPENING + TEXT + STOP);
                assertThat(run.relay.holding()).isFalse();
                assertThat(run.relay.contentSeen()).isTrue();
            }
        });
    }

    @Test
    void anErrorOrGarbageBehindOpenersIsLikeOneThatComesFirst() {
        for (String failure : List.of(ERROR, GARBAGE, event("[1]"), event("12"))) {
            byte[] whole = (OPENING + failure + TEXT + DONE).getBytes(UTF_8);
            Cuts.forEachCut(whole.length, 50, cut -> {
                try (RelayRun run = RelayRun.events(false)) {
                    assertThat(run.sendAll(whole, cut)).isEqualTo(State.FAILED_UNCOMMITTED);
                    assertThat(run.heldBytes()).as("dropped").isZero();
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
    void anErrorBehindAFinishWithoutContentIsNoAnswerEither() {
        for (String failure : List.of(ERROR, GARBAGE)) {
            try (RelayRun run = RelayRun.events(false)) {
                assertThat(run.sendFor(ROLE + STOP + failure)).isEqualTo(State.FAILED_UNCOMMITTED);
                assertThat(run.end(true)).isNotEqualTo(Ending.COMPLETE);
                assertThat(run.output()).isEmpty();
            }
        }
    }

    @Test
    void anAnswerThatBreaksOffBehindOpenersLeavesNothing() {
        for (int cut = 0; cut < OPENING.length(); cut++) {
            for (boolean clean : new boolean[] {true, false}) {
                try (RelayRun run = RelayRun.events(false)) {
                    run.send(OPENING.substring(0, cut));
                    assertThat(run.end(clean)).as("cut at %s", cut).isEqualTo(Ending.TRUNCATED);
                    assertThat(run.writes).isEmpty();
                    assertThat(run.relay.holding()).isTrue();
                }
            }
        }
    }

    @Test
    void anAnswerWithoutContentIsLetGoByItsEnd() {
        try (RelayRun run = RelayRun.events(true)) {
            run.send(ROLE + STOP + USAGE);
            assertThat(run.writes).isEmpty();
            assertThat(run.sendFor(DONE)).isEqualTo(State.END_MARKER_SEEN);
            assertThat(run.output()).isEqualTo(ROLE + STOP + DONE);
            assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
            assertThat(run.relay.contentSeen()).isFalse();
        }
        for (boolean clean : new boolean[] {true, false}) {
            for (String missing : List.of("", "\n", "\n\n")) {
                String last = STOP.substring(0, STOP.length() - missing.length());
                for (boolean strips : new boolean[] {true, false}) {
                    try (RelayRun run = RelayRun.events(strips)) {
                        run.send(ROLE + COMMENT + last);
                        assertThat(run.writes).isEmpty();
                        assertThat(run.end(clean)).isEqualTo(Ending.COMPLETE);
                        assertThat(run.output()).isEqualTo(ROLE + COMMENT + last);
                        assertThat(run.relay.atEventBoundary()).isEqualTo(missing.isEmpty());
                        assertThat(run.relay.holding()).isFalse();
                    }
                }
            }
        }
    }

    @Test
    void whatIsLetGoByTheEndHasNoHalfEventInIt() {
        try (RelayRun run = RelayRun.events(true)) {
            run.send(ROLE + STOP + TEXT.substring(0, 12));
            assertThat(run.end(false)).isEqualTo(Ending.COMPLETE);
            assertThat(run.output()).isEqualTo(ROLE + STOP);
        }
        try (RelayRun run = RelayRun.events(true)) {
            run.send(ROLE + STOP + USAGE.stripTrailing());
            assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
            assertThat(run.output()).isEqualTo(ROLE + STOP);
        }
    }

    @Test
    void anErrorFirstCommitsNothing() {
        for (String first : List.of(ERROR, GARBAGE, event("[1]"), event("12"))) {
            Cuts.forEachCut((COMMENT + first + TEXT).length(), 10, cut -> {
                try (RelayRun run = RelayRun.events(false)) {
                    State state = run.sendAll((COMMENT + first + TEXT).getBytes(UTF_8), cut);
                    assertThat(state).isEqualTo(State.FAILED_UNCOMMITTED);
                    assertThat(run.end(true)).isEqualTo(first.equals(ERROR) ? Ending.PROVIDER_ERROR : Ending.MALFORMED);
                    assertThat(run.output()).isEmpty();
                    assertThat(run.relay.contentSeen()).isFalse();
                }
            });
        }
    }

    @Test
    void aDroppedUsageReportDoesNotCommit() {
        try (RelayRun run = RelayRun.events(true)) {
            run.send(COMMENT + USAGE);
            assertThat(run.writes).isEmpty();
            assertThat(run.sendFor(ERROR)).isEqualTo(State.FAILED_UNCOMMITTED);
        }
    }

    @Test
    void releaseWritesTheCommentsThatAreHeld() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(COMMENT + COMMENT + ROLE.substring(0, 8));
            run.release();
            assertThat(run.output()).isEqualTo(COMMENT + COMMENT);
            run.send(ROLE.substring(8));
            assertThat(run.output()).isEqualTo(COMMENT + COMMENT + ROLE);
        }
    }

    @Test
    void afterAReleaseThatWroteAnErrorPasses() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(COMMENT);
            run.release();
            assertThat(run.sendFor(ERROR)).isEqualTo(State.FLOWING);
            assertThat(run.output()).isEqualTo(COMMENT + ERROR);
            assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
        }
    }

    @Test
    void releaseWritesOpenersBehindWhichAllPassesAsItComes() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(OPENING + ROLE.substring(0, 9));
            assertThat(run.relay.holding()).isTrue();
            run.release();
            assertThat(run.output()).isEqualTo(OPENING);
            assertThat(run.relay.holding()).isFalse();
            run.send(ROLE.substring(9));
            assertThat(run.output()).isEqualTo(OPENING + ROLE);
            assertThat(run.sendFor(GARBAGE)).isEqualTo(State.FLOWING);
            assertThat(run.sendFor(ERROR)).isEqualTo(State.FLOWING);
            assertThat(run.output()).isEqualTo(OPENING + ROLE + GARBAGE + ERROR);
            assertThat(run.relay.contentSeen()).isFalse();
            assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
        }
    }

    @Test
    void afterAReleaseThatWroteNothingAnErrorStillFails() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ERROR.substring(0, 7));
            run.release();
            assertThat(run.writes).isEmpty();
            assertThat(run.sendFor(ERROR.substring(7))).isEqualTo(State.FAILED_UNCOMMITTED);
            assertThat(run.output()).isEmpty();
        }
    }

    @Test
    void afterAReleaseCommentsFlow() {
        try (RelayRun run = RelayRun.events(false)) {
            run.release();
            run.send(COMMENT);
            assertThat(run.output()).isEqualTo(COMMENT);
        }
    }

    @Test
    void releaseBehindTheFirstContentChangesNothing() {
        try (RelayRun run = RelayRun.events(false)) {
            run.send(ROLE + TEXT + TEXT.substring(0, 8));
            run.release();
            assertThat(run.output()).isEqualTo(ROLE + TEXT);
        }
    }

    @Test
    void heartbeatsAreLetGoWhenTheyFillTheHold() {
        String comments = COMMENT.repeat(PassThroughRelay.MAX_HELD_BYTES / COMMENT.length());
        try (RelayRun run = RelayRun.events(false)) {
            assertThat(run.sendFor(comments)).isEqualTo(State.FLOWING);
            assertThat(run.output()).isEmpty();
            assertThat(run.sendFor(COMMENT)).isEqualTo(State.FLOWING);
            assertThat(run.output()).isEqualTo(comments + COMMENT);
            run.send(TEXT + STOP + DONE);
            assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
        }
    }

    @Test
    void openersAreLetGoWhenTheyFillTheHold() {
        String openers = ROLE.repeat(PassThroughRelay.MAX_HELD_BYTES / ROLE.length());
        try (RelayRun run = RelayRun.events(false)) {
            assertThat(run.sendFor(openers)).isEqualTo(State.FLOWING);
            assertThat(run.relay.holding()).isTrue();
            assertThat(run.sendFor(ROLE)).isEqualTo(State.FLOWING);
            assertThat(run.output()).isEqualTo(openers + ROLE);
            assertThat(run.relay.holding()).isFalse();
            assertThat(run.relay.contentSeen()).isFalse();
            assertThat(run.sendFor(ERROR)).isEqualTo(State.FLOWING);
            assertThat(run.output()).isEqualTo(openers + ROLE + ERROR);
        }
    }

    @Test
    void aFirstEventLargerThanTheHoldPassesAsItIs() {
        String large = TEXT.replace("Ho", "x".repeat(2 * PassThroughRelay.MAX_HELD_BYTES));
        assertThat(large.length()).isGreaterThan(PassThroughRelay.MAX_HELD_BYTES);
        String whole = large + STOP + DONE;
        try (RelayRun run = RelayRun.events(true)) {
            for (int at = 0; at < whole.length(); at += 10_000) {
                assertThat(run.sendFor(whole.substring(at, Math.min(whole.length(), at + 10_000))))
                        .isNotEqualTo(State.FAILED_UNCOMMITTED);
            }
            assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
            assertThat(run.output()).isEqualTo(whole);
        }
    }

    @Test
    void whatFillsTheHoldAndIsNoEventStreamIsNoAnswer() {
        String page = "<p>not an event</p>\n".repeat(PassThroughRelay.MAX_HELD_BYTES / 20);
        try (RelayRun run = RelayRun.events(false)) {
            run.send(page);
            assertThat(run.sendFor(page)).isEqualTo(State.FAILED_UNCOMMITTED);
            assertThat(run.sendFor(TEXT)).isEqualTo(State.FAILED_UNCOMMITTED);
            assertThat(run.end(true)).isEqualTo(Ending.MALFORMED);
            assertThat(run.output()).isEmpty();
        }
    }

    @Test
    void closingReleasesWhatIsHeld() {
        RelayRun run = RelayRun.events(false);
        run.send(COMMENT + ROLE.substring(0, 9));
        run.close();
        assertThat(run.writes).isEmpty();
    }
}
