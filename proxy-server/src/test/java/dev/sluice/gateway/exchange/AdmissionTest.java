package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.DONE;
import static dev.sluice.gateway.wire.Answers.FINISH;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.USAGE;
import static dev.sluice.gateway.wire.Answers.WHOLE;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.LoopLimits;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls that wait for their limits: with their bodies, within bounds, and without keeping anybody else. */
class AdmissionTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final LoopLimits limits = new LoopLimits(engine);
    private final Call first = new Call(buffers, engine);
    private final Call second = new Call(buffers, engine);

    @BeforeEach
    void oneAtOnceHasThePlace() {
        limits.allowLater(Measure.CONCURRENT, 1, Duration.ofMinutes(10));
        first.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        second.send(Call.WHOLE_BODY);
        assertThat(engine.loop().waiting()).isEqualTo(1);
        assertThat(second.client().steps()).isEmpty();
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @AfterEach
    void everythingIsReleased() {
        engine.loop().interruptAll();
        engine.settle();
        assertThat(limits.used()).isZero();
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
        assertThat(engine.loop().waiting()).isZero();
    }

    private void theFirstEnds() {
        first.provider(chunk(FINISH + USAGE + DONE) + LAST_CHUNK);
    }

    @Test
    void whoHasWaitedGoesOnWithTheWholeBody() {
        theFirstEnds();

        assertThat(second.provider().received()).endsWith(Call.WHOLE_BODY.replace("gpt-test", "m-1"));
        second.provider(json(200, WHOLE));
        assertThat(second.client().status()).isEqualTo(200);
        assertThat(engine.loop().waiting()).isZero();
    }

    @Test
    void othersGoOnMeanwhile() {
        Call other = new Call(buffers, engine)
                .key(Engine.OTHER_TEAMS_KEY)
                .send(Call.WHOLE_BODY)
                .provider(json(200, WHOLE));

        assertThat(other.client().status()).isEqualTo(200);
        assertThat(second.client().steps()).isEmpty();
    }

    @Test
    void whoWaitsIsShownAsWaiting() {
        OpenStream shown = engine.loop().openStreams().getLast();

        assertThat(shown.streaming()).isFalse();
        assertThat(shown.provider()).isNull();
        assertThat(shown.model()).isEqualTo("gpt-test");
        assertThat(shown.costNano()).isZero();
    }

    @Test
    void whoLeavesWaitsNoMore() {
        second.exchange().onClientGone();
        engine.settle();
        assertThat(engine.loop().waiting()).isZero();
        theFirstEnds();

        assertThat(engine.provider().connections()).isEqualTo(1);
        assertThat(engine.summaries().getFirst().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
    }

    @Test
    void theGatewaysEndIsTheirEnd() {
        second.exchange().interrupt();
        theFirstEnds();

        assertThat(second.client().status()).isEqualTo(503);
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void anOperatorStopsWhoWaits() {
        engine.loop().stop(engine.loop().openStreams().getLast().id());
        engine.settle();

        assertThat(second.client().status()).isEqualTo(403);
        assertThat(engine.loop().waiting()).isZero();
    }

    @Test
    void nobodyWaitsForLongerThanAMinute() {
        for (int second10 = 0; second10 < 6; second10++) {
            engine.advance(Duration.ofSeconds(10));
            first.provider(chunk(delta("still here")));
        }
        assertThat(second.client().steps()).isEmpty();
        engine.advance(Duration.ofSeconds(1));

        assertThat(second.client().status()).isEqualTo(503);
        assertThat(second.client().body()).contains("overloaded", "waited for its limits for 60 s");
        assertThat(second.client().header("retry-after")).isEqualTo("1");
        theFirstEnds();
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void noMoreWaitThanThereIsRoomFor() {
        int room = Admission.MOST_WAITING - engine.loop().waiting();
        for (int i = 0; i < room; i++) {
            assertThat(engine.loop().beginWaiting()).isTrue();
        }
        Call oneTooMany = new Call(buffers, engine).send(Call.WHOLE_BODY);

        assertThat(oneTooMany.client().status()).isEqualTo(503);
        assertThat(oneTooMany.client().body()).contains(Admission.MOST_WAITING + " calls are waiting");
        for (int i = 0; i < room; i++) {
            engine.loop().endWaiting();
        }
        theFirstEnds();
        second.provider(json(200, WHOLE));
        assertThat(second.client().status()).isEqualTo(200);
    }
}
