package dev.sluice.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many connections are being opened, and for whom. */
class OriginPoolTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private int openBefore;

    @BeforeEach
    void count() {
        openBefore = engine.network().openChannels();
    }

    @AfterEach
    void everythingIsReleased() {
        engine.close();
    }

    private Listening attempt(String scheme) {
        return new Listening(
                engine,
                buffers,
                Configs.provider("alpha", scheme + "://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", "the-key"));
    }

    private int opened() {
        return engine.network().openChannels() - openBefore;
    }

    @Test
    void nothingIsDialledForAnAttemptThatIsCancelled() {
        engine.network().becomeUnreachable();
        Listening first = attempt("http").start();
        Listening second = attempt("http").start();
        assertThat(opened()).isEqualTo(2);
        first.attempt().cancel();
        assertThat(opened()).isEqualTo(1);
        second.attempt().cancel();
        assertThat(opened()).isZero();
        assertThat(first.heard()).isEmpty();
        assertThat(second.heard()).isEmpty();
    }

    @Test
    void theDialThatAllWaitForEndsWithTheLastOfThem() {
        engine.network().becomeUnreachable();
        Listening first = attempt("https").start();
        Listening second = attempt("https").start();
        assertThat(opened()).isEqualTo(1);
        first.attempt().cancel();
        assertThat(opened()).isEqualTo(1);
        second.attempt().cancel();
        assertThat(opened()).isZero();
    }

    @Test
    void afterACancelledDialTheNextAttemptConnects() {
        engine.network().becomeUnreachable();
        attempt("http").start().attempt().cancel();
        engine.network().becomeReachable();
        Listening next = attempt("http").start();
        engine.provider().last().send(Answers.json(200, "{}"));
        assertThat(next.heard()).endsWith("end");
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void whoeverWaitsIsToldWhenNobodyAcceptsForThirtySeconds() {
        engine.network().becomeUnreachable();
        Listening attempt = attempt("http").start();
        engine.advance(Duration.ofMillis(Dial.PATIENCE_MILLIS));
        assertThat(attempt.heard()).containsExactly("failed CONNECT");
        assertThat(opened()).isZero();
    }

    @Test
    void allWhoWaitForOneConnectionAreToldWhenItIsRefused() {
        engine.network().close(Engine.PROVIDER_PORT);
        Listening first = attempt("https");
        Listening second = attempt("https");
        first.attempt().start();
        second.attempt().start();
        assertThat(first.heard()).containsExactly("failed CONNECT");
        assertThat(second.heard()).containsExactly("failed CONNECT");
    }
}
