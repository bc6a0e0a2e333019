package dev.sluice.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import io.netty.pkitesting.X509Bundle;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Attempts that share a connection over TLS and HTTP/2. */
class AttemptHttp2Test {
    private static final int PORT = 9443;
    private static final int MAX_STREAMS = 3;

    @TempDir
    static Path directory;

    private static X509Bundle certificate;
    private static Path authority;

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final Http2Provider provider;

    AttemptHttp2Test() throws Exception {
        provider = new Http2Provider(engine, PORT, certificate, MAX_STREAMS);
    }

    @BeforeAll
    static void makeCertificate() throws Exception {
        certificate = Http2Provider.certificate();
        authority = Http2Provider.pem(certificate, directory);
    }

    @AfterEach
    void everythingIsReleased() {
        engine.close();
    }

    private Listening attempt(String host) {
        return new Listening(
                engine,
                buffers,
                new GatewayConfig.Provider(
                        "secure",
                        "openai",
                        null,
                        URI.create("https://" + host + ":" + PORT + "/v1"),
                        List.of(new Secret("the-key")),
                        null,
                        true,
                        authority,
                        null,
                        null,
                        null,
                        null,
                        GatewayConfig.TimeoutSettings.NONE,
                        GatewayConfig.Breaker.DEFAULT));
    }

    private Listening attempt() {
        return attempt("localhost");
    }

    @Test
    void theRequestIsAStreamAndTheAnswerHeardInOrder() {
        Listening attempt = attempt().start();
        assertThat(provider.stream(0).header(":method")).isEqualTo("POST");
        assertThat(provider.stream(0).header(":path")).isEqualTo("/v1/chat/completions");
        assertThat(provider.stream(0).header(":authority")).isEqualTo("localhost:9443");
        assertThat(provider.stream(0).header("authorization")).isEqualTo("Bearer the-key");
        assertThat(provider.stream(0).body()).isEqualTo(Listening.BODY);
        provider.stream(0).head("200").data("one", false).data("two", true);

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "end");
        assertThat(attempt.body()).isEqualTo("onetwo");
    }

    @Test
    void interimAnswersAreLeftOut() {
        Listening attempt = attempt().start();
        provider.stream(0).head("100").head("103").answer("one");

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "end");
        assertThat(attempt.body()).isEqualTo("one");
    }

    @Test
    void aSecondHeadIsNoAnswer() {
        Listening attempt = attempt().start();
        provider.stream(0).head("200").head("200").data("one", true);

        assertThat(attempt.heard()).containsExactly("written", "head 200", "cut");
        assertThat(provider.stream(0).isClosed()).isTrue();
    }

    @Test
    void attemptsThatComeWhileTheFirstConnectsShareItsConnection() {
        Listening one = attempt();
        Listening two = attempt();
        one.attempt().start();
        two.attempt().start();
        engine.settle();

        assertThat(provider.connections()).isEqualTo(1);
        assertThat(provider.streams()).isEqualTo(2);
        assertThat(one.heard()).containsExactly("written");
        assertThat(two.heard()).containsExactly("written");
    }

    @Test
    void answersDoNotMix() {
        Listening one = attempt().start();
        Listening two = attempt().start();
        provider.stream(0).head("200").data("for one", false);
        provider.stream(1).answer("for two");
        provider.stream(0).data(", too", true);

        assertThat(one.body()).isEqualTo("for one, too");
        assertThat(two.body()).isEqualTo("for two");
    }

    @Test
    void theProvidersLimitOfStreamsOpensAnotherConnection() {
        for (int i = 0; i < MAX_STREAMS; i++) {
            attempt().start();
        }
        assertThat(provider.connections()).isEqualTo(1);
        attempt().start();

        assertThat(provider.connections()).isEqualTo(2);
        assertThat(provider.streams()).isEqualTo(MAX_STREAMS + 1);
    }

    @Test
    void anEndedStreamMakesRoomForTheNext() {
        for (int i = 0; i < MAX_STREAMS; i++) {
            attempt().start();
        }
        provider.stream(1).answer("done");
        attempt().start();

        assertThat(provider.connections()).isEqualTo(1);
        assertThat(provider.streams()).isEqualTo(MAX_STREAMS + 1);
    }

    @Test
    void aConnectionThatGoesAwayServesItsStreamsToTheEndAndTakesNoMore() {
        Listening old = attempt().start();
        provider.stream(0).head("200").data("one", false);
        provider.goAway(0);
        Listening next = attempt().start();

        assertThat(provider.connections()).isEqualTo(2);
        assertThat(next.heard()).containsExactly("written");
        provider.stream(0).data("two", true);
        assertThat(old.heard()).endsWith("end");
        assertThat(old.body()).isEqualTo("onetwo");
        assertThat(provider.isClosed(0)).isTrue();
    }

    @Test
    void aStreamThatTheProviderResetsIsCut() {
        Listening attempt = attempt().start();
        Listening neighbour = attempt().start();
        provider.stream(0).head("200").data("one", false);
        provider.stream(0).reset();
        provider.stream(1).answer("two");

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "cut");
        assertThat(neighbour.heard()).endsWith("end");
    }

    @Test
    void aConnectionThatIsLostCutsAllItsStreams() {
        Listening one = attempt().start();
        Listening two = attempt().start();
        provider.stream(0).head("200").data("one", false);
        provider.stream(1).head("200").data("two", false);
        provider.close(0);

        assertThat(one.heard()).endsWith("bytes", "cut");
        assertThat(two.heard()).endsWith("bytes", "cut");
    }

    @Test
    void aReusedConnectionThatDiesBeforeTheAnswerIsReplacedByAFreshOneOnce() {
        attempt().start();
        provider.stream(0).answer("done");
        Listening second = attempt().start();
        provider.close(0);
        assertThat(provider.connections()).isEqualTo(2);
        assertThat(second.heard()).containsExactly("written", "written");

        provider.close(1);

        assertThat(second.heard()).containsExactly("written", "written", "failed LOST");
        assertThat(provider.connections()).isEqualTo(2);
    }

    @Test
    void aCancelledAttemptResetsItsStreamAlone() {
        Listening one = attempt().start();
        Listening two = attempt().start();
        one.attempt().cancel();
        engine.settle();

        assertThat(provider.stream(0).isClosed()).isTrue();
        assertThat(provider.isClosed(0)).isFalse();
        provider.stream(1).answer("two");
        assertThat(two.heard()).endsWith("end");
    }

    @Test
    void aPausedStreamIsBoundedAndDoesNotStopItsNeighbours() {
        Listening slow = attempt().start();
        Listening quick = attempt().start();
        slow.attempt().pause();
        provider.stream(0).head("200");
        for (int i = 0; i < 40; i++) {
            provider.stream(0).data("x".repeat(10_000), false);
        }
        provider.stream(1).answer("y".repeat(200_000));

        assertThat(quick.body().length()).isEqualTo(200_000);
        assertThat(quick.heard()).endsWith("end");
        assertThat(slow.body().length()).isLessThan(200_000);
        slow.attempt().resume();
        provider.stream(0).data("", true);
        assertThat(slow.body().length()).isEqualTo(400_000);
        assertThat(slow.heard()).endsWith("end");
    }

    @Test
    void anIdleConnectionIsClosedAfterFiftySeconds() {
        attempt().start();
        engine.advance(Duration.ofSeconds(60));
        assertThat(provider.isClosed(0)).isFalse();
        provider.stream(0).answer("done");
        engine.advance(Duration.ofSeconds(49));
        assertThat(provider.isClosed(0)).isFalse();
        engine.advance(Duration.ofSeconds(3));

        assertThat(provider.isClosed(0)).isTrue();
    }

    @Test
    void aCertificateForAnotherNameIsNotTrusted() {
        Listening attempt = attempt("127.0.0.1").start();

        assertThat(attempt.heard()).containsExactly("failed TLS");
        assertThat(provider.streams()).isZero();
    }

    @Test
    void whoeverWaitsForAConnectionHearsThatItCannotBeMade() {
        engine.network().close(PORT);
        Listening one = attempt();
        Listening two = attempt();
        one.attempt().start();
        two.attempt().start();
        engine.settle();

        assertThat(one.heard()).containsExactly("failed CONNECT");
        assertThat(two.heard()).containsExactly("failed CONNECT");
    }
}
