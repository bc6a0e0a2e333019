package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.Credential;
import dev.sluice.gateway.upstream.TokenEndpoint;
import dev.sluice.gateway.wire.Configs;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that a reload keeps, starts, and stops. The endpoint gives tokens of a second, so that who lives is heard. */
class ProviderCredentialsIT {
    @TempDir
    Path dir;

    private final EmbeddedChannel later = new EmbeddedChannel();
    private final ProviderCredentials credentials = new ProviderCredentials(later.eventLoop());
    private TokenEndpoint endpoint;
    private GatewayConfig.Provider vertex;
    private ProviderDialect dialect;

    @BeforeEach
    void start() throws Exception {
        endpoint = new TokenEndpoint(call -> TokenEndpoint.Reply.token("ya29." + call, 1));
        GatewayConfig.Provider plain = Configs.provider("google", "http://127.0.0.1:1", null);
        vertex = new GatewayConfig.Provider(
                "google",
                "vertex",
                null,
                plain.baseUrl(),
                List.of(),
                null,
                true,
                null,
                null,
                null,
                endpoint.keyFile(dir),
                null,
                GatewayConfig.TimeoutSettings.NONE,
                GatewayConfig.Breaker.DEFAULT);
        dialect = Configs.dialects(vertex).get(0);
    }

    @AfterEach
    void stop() {
        credentials.close();
        later.close();
        endpoint.close();
    }

    private Credential inForce() {
        ProviderCredentials.Draft draft = credentials.draft();
        Credential credential = draft.of(vertex, dialect).get(0);
        draft.keep();
        return credential;
    }

    private void rewriteKeyFile() throws IOException {
        Path file = java.util.Objects.requireNonNull(vertex.serviceAccount());
        Files.writeString(file, Files.readString(file) + "\n");
    }

    /** Whether somebody still asks for tokens. */
    private void awaitAsked() {
        int asked = endpoint.forms().size();
        await().atMost(10, TimeUnit.SECONDS).until(() -> endpoint.forms().size() > asked);
    }

    @Test
    void anUnchangedAccountGoesOn() {
        Credential before = inForce();

        assertThat(inForce()).isSameAs(before);
        assertThat(credentials.running()).isEqualTo(1);
    }

    @Test
    void anotherKeyIsAnotherAccountAndTheEarlierOneGoesOnForAWhile() throws IOException {
        Credential before = inForce();
        rewriteKeyFile();

        assertThat(inForce()).isNotSameAs(before);
        assertThat(credentials.running()).isEqualTo(2);
        awaitAsked();
        later.advanceTimeBy(14, TimeUnit.MINUTES);
        later.runScheduledPendingTasks();
        assertThat(credentials.running()).isEqualTo(2);
        later.advanceTimeBy(2, TimeUnit.MINUTES);
        later.runScheduledPendingTasks();
        assertThat(credentials.running()).isEqualTo(1);
        awaitAsked();
    }

    @Test
    void whatADiscardedDraftHasStartedEndsWithIt() throws IOException {
        Credential before = inForce();
        rewriteKeyFile();
        ProviderCredentials.Draft draft = credentials.draft();
        assertThat(draft.of(vertex, dialect).get(0)).isNotSameAs(before);
        draft.discard();

        assertThat(credentials.running()).isEqualTo(1);
        awaitAsked();
    }

    @Test
    void aDiscardedDraftTouchesNothingInForce() {
        Credential before = inForce();
        ProviderCredentials.Draft draft = credentials.draft();
        assertThat(draft.of(vertex, dialect).get(0)).isSameAs(before);
        draft.discard();

        awaitAsked();
        assertThat(inForce()).isSameAs(before);
    }
}
