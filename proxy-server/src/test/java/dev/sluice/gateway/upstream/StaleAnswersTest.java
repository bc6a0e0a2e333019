package dev.sluice.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is remembered of answers, and for how long. */
class StaleAnswersTest {
    private static final String NAME = "api.example";
    private static final List<InetAddress> OLD = List.of(NetUtil.LOCALHOST4);
    private static final List<InetAddress> NEW = List.of(NetUtil.LOCALHOST6);

    private final MockTicker ticker = Ticker.newMockTicker();
    private final StaleAnswers answers = new StaleAnswers(ticker);

    @Test
    void nothingIsUsedForANameThatNeverHadAnAnswer() {
        assertThat(answers.onNoAnswer(NAME, "timeout")).isNull();
        assertThat(answers.whileStale(NAME)).isNull();
        assertThat(answers.isKnown(NAME)).isFalse();
        assertThat(answers.mayAskAgain(NAME)).isFalse();
    }

    @Test
    void aFreshAnswerDoesNotStandInTheWayOfAQuestion() {
        answers.onAnswer(NAME, OLD);
        assertThat(answers.isKnown(NAME)).isTrue();
        assertThat(answers.whileStale(NAME)).isNull();
        assertThat(answers.mayAskAgain(NAME)).isFalse();
    }

    @Test
    void theLastAnswerIsUsedWhenNoneComesAndFromThenOnWithoutWaiting() {
        answers.onAnswer(NAME, OLD);
        assertThat(answers.onNoAnswer(NAME, "timeout")).isEqualTo(OLD);
        assertThat(answers.whileStale(NAME)).isEqualTo(OLD);
    }

    @Test
    void aNewAnswerEndsIt() {
        answers.onAnswer(NAME, OLD);
        answers.onNoAnswer(NAME, "timeout");
        answers.onAnswer(NAME, NEW);
        assertThat(answers.whileStale(NAME)).isNull();
        assertThat(answers.onNoAnswer(NAME, "timeout")).isEqualTo(NEW);
    }

    @Test
    void oneOfAllAsksAgainEveryFiveSeconds() {
        answers.onAnswer(NAME, OLD);
        answers.onNoAnswer(NAME, "timeout");
        ticker.advance(StaleAnswers.ASK_AGAIN_NANOS - 1, TimeUnit.NANOSECONDS);
        assertThat(answers.mayAskAgain(NAME)).isFalse();
        ticker.advance(1, TimeUnit.NANOSECONDS);
        assertThat(answers.mayAskAgain(NAME)).isTrue();
        assertThat(answers.mayAskAgain(NAME)).isFalse();
        ticker.advance(StaleAnswers.ASK_AGAIN_NANOS, TimeUnit.NANOSECONDS);
        assertThat(answers.mayAskAgain(NAME)).isTrue();
    }

    @Test
    void aDayAfterItWasGoodAnAnswerIsOfNoUse() {
        answers.onAnswer(NAME, OLD);
        answers.onNoAnswer(NAME, "timeout");
        ticker.advance(StaleAnswers.MAX_AGE_NANOS, TimeUnit.NANOSECONDS);
        assertThat(answers.whileStale(NAME)).isEqualTo(OLD);
        // Asking in vain does not make it younger.
        assertThat(answers.onNoAnswer(NAME, "timeout")).isEqualTo(OLD);
        ticker.advance(1, TimeUnit.NANOSECONDS);
        assertThat(answers.whileStale(NAME)).isNull();
        assertThat(answers.onNoAnswer(NAME, "timeout")).isNull();
    }

    @Test
    void aNameThatIsGoneIsForgotten() {
        answers.onAnswer(NAME, OLD);
        answers.onNoAnswer(NAME, "timeout");
        answers.onGone(NAME);
        assertThat(answers.whileStale(NAME)).isNull();
        assertThat(answers.onNoAnswer(NAME, "timeout")).isNull();
    }

    @Test
    void beginAndEndAreLoggedOnce() {
        Logger log = (Logger) LoggerFactory.getLogger(StaleAnswers.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            answers.onAnswer(NAME, OLD);
            answers.onAnswer(NAME, OLD);
            answers.onNoAnswer(NAME, "timeout");
            answers.onNoAnswer(NAME, "timeout");
            answers.onAnswer(NAME, NEW);
            answers.onAnswer(NAME, NEW);
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN, Level.INFO);
        assertThat(lines.list.getFirst().getKeyValuePairs().toString()).contains(NAME, "timeout");
    }

    @Test
    void namesAreIndependent() {
        answers.onAnswer(NAME, OLD);
        answers.onAnswer("other.example", NEW);
        answers.onNoAnswer(NAME, "timeout");
        assertThat(answers.whileStale("other.example")).isNull();
    }

    @Test
    void thereIsRoomForAThousandNamesAndOldOnesMakeRoom() {
        for (int i = 0; i < StaleAnswers.MAX_NAMES; i++) {
            answers.onAnswer("host" + i + ".example", OLD);
        }
        answers.onAnswer(NAME, OLD);
        assertThat(answers.isKnown(NAME)).isFalse();
        answers.onAnswer("host0.example", NEW);
        assertThat(answers.onNoAnswer("host0.example", "timeout")).isEqualTo(NEW);

        ticker.advance(StaleAnswers.MAX_AGE_NANOS + 1, TimeUnit.NANOSECONDS);
        answers.onAnswer(NAME, OLD);
        assertThat(answers.isKnown(NAME)).isTrue();
    }
}
