package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.gateway.upstream.TokenEndpoint.Reply;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Tokens of a service account from a loopback endpoint, which checks every signature. */
final class ServiceAccountTokensIT {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    @TempDir
    private Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private final InstantSource clock = now::get;
    private @Nullable TokenEndpoint endpoint;
    private @Nullable ServiceAccountTokens tokens;

    private void start(IntFunction<Reply> replies) throws Exception {
        endpoint = new TokenEndpoint(replies);
        tokens = ServiceAccountTokens.start(endpoint.keyFile(directory), clock);
    }

    @AfterEach
    void stop() {
        if (tokens != null) {
            tokens.close();
        }
        if (endpoint != null) {
            endpoint.close();
        }
    }

    /** What a request to the provider would carry; null when it could not be signed. */
    private @Nullable String signed() {
        HttpHeaders headers = new DefaultHttpHeaders();
        boolean signed = tokens.sign("POST", "vertex.test", "/v1/x", Unpooled.EMPTY_BUFFER, headers);
        assertThat(headers.contains("authorization")).isEqualTo(signed);
        return headers.get("authorization");
    }

    private void awaitSigned(String token) {
        await().until(() -> ("Bearer " + token).equals(signed()));
    }

    private void awaitCalls(int calls) {
        await().until(() -> endpoint.forms().size() >= calls);
    }

    @Test
    void anAssertionSaysWhoAsksForWhat() throws Exception {
        start(call -> Reply.token("ya29.first", 3600));
        awaitSigned("ya29.first");

        assertThat(endpoint.forms()).hasSize(1);
        assertThat(endpoint.forms().getFirst())
                .containsEntry("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
                .containsOnlyKeys("grant_type", "assertion");
        String[] assertion = endpoint.forms().getFirst().get("assertion").split("\\.");
        assertThat(assertion).hasSize(3);
        JsonNode header = decoded(assertion[0]);
        JsonNode claims = decoded(assertion[1]);
        assertThat(header.path("alg").asText()).isEqualTo("RS256");
        assertThat(header.path("typ").asText()).isEqualTo("JWT");
        assertThat(header.path("kid").asText()).isEqualTo(TokenEndpoint.KEY_ID);
        assertThat(claims.path("iss").asText()).isEqualTo(TokenEndpoint.EMAIL);
        assertThat(claims.path("aud").asText()).isEqualTo(endpoint.uri().toString());
        assertThat(claims.path("scope").asText()).isEqualTo("https://www.googleapis.com/auth/cloud-platform");
        assertThat(claims.path("iat").asLong()).isEqualTo(NOW.getEpochSecond());
        assertThat(claims.path("exp").asLong()).isEqualTo(NOW.getEpochSecond() + 3600);
    }

    private static JsonNode decoded(String part) throws IOException {
        return new ObjectMapper().readTree(Base64.getUrlDecoder().decode(part));
    }

    @Test
    void aTokenIsRenewedBeforeItEnds() throws Exception {
        start(call -> Reply.token("ya29." + call, call == 0 ? 2 : 3600));
        awaitSigned("ya29.0");
        // The clock stands still: the first token is still good.
        awaitSigned("ya29.1");
        assertThat(tokens.secret().reveal()).isEqualTo("ya29.1");
    }

    @Test
    void aTokenThatIsStillGoodIsUsedWhileNoNewOneIsToBeHad() throws Exception {
        start(call -> call == 0 ? Reply.token("ya29.only", 2) : new Reply(503, "later"));
        awaitSigned("ya29.only");
        awaitCalls(3);
        assertThat(signed()).isEqualTo("Bearer ya29.only");
    }

    @Test
    void aTokenThatHasEndedIsNotUsed() throws Exception {
        start(call -> call == 0 ? Reply.token("ya29.only", 3600) : new Reply(503, "later"));
        awaitSigned("ya29.only");

        now.set(NOW.plusSeconds(3599));
        assertThat(signed()).isEqualTo("Bearer ya29.only");
        now.set(NOW.plusSeconds(3600));
        assertThat(signed()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "{}", "{\"access_token\":7}", "{\"access_token\":\"\"}", "[]"})
    void withoutATokenNothingIsSignedUntilThereIsOne(String nonsense) throws Exception {
        start(call -> new Reply(200, nonsense));
        awaitCalls(1);
        assertThat(signed()).isNull();
        assertThat(tokens.secret()).isNull();

        endpoint.replyWith(call -> Reply.token("ya29.late", 3600));
        awaitSigned("ya29.late");
    }

    @Test
    void anEndpointThatIsAwayIsAskedAgain() throws Exception {
        endpoint = new TokenEndpoint(call -> Reply.token("never", 3600));
        Path keyFile = endpoint.keyFile(directory);
        endpoint.close();
        tokens = ServiceAccountTokens.start(keyFile, clock);

        await().during(Duration.ofMillis(300)).until(() -> signed() == null);
    }

    @Test
    void neitherKeyNorTokenIsLogged() throws Exception {
        Logger log = (Logger) LoggerFactory.getLogger(ServiceAccountTokens.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            start(call -> call == 0
                    ? new Reply(403, "{\"error\":\"ya29.refused\"}")
                    : new Reply(200, "{\"access_tokens\":\"ya29.misspelt\"}"));
            awaitCalls(2);
            await().until(() -> lines.list.size() >= 2);
            String logged = lines.list.toString()
                    + lines.list.stream().map(ILoggingEvent::getKeyValuePairs).toList();
            assertThat(logged)
                    .contains(TokenEndpoint.EMAIL, "status 403", "'access_token'")
                    .doesNotContain("ya29", Base64.getEncoder().encodeToString(endpoint.privateKey()), "PRIVATE");
        } finally {
            log.detachAppender(lines);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "[]",
                "{\"private_key\":\"s3cret\"}",
                "{\"private_key\":\"s3cret\",\"client_email\":\"a\",\"private_key_id\":\"b\",\"token_uri\":\"http://x\"}",
                "{\"private_key\":\"czNjcmV0\",\"client_email\":\"a\",\"private_key_id\":\"b\",\"token_uri\":\"http://x\"}"
            })
    void aFileThatIsNoKeyIsRefusedWithoutAWordOfIt(String content) throws Exception {
        Path file = Files.write(directory.resolve("key.json"), content.getBytes(UTF_8));

        assertThatThrownBy(() -> ServiceAccountTokens.start(file, clock))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("key.json")
                .hasMessageNotContaining("s3cret")
                .hasMessageNotContaining("czNjcmV0");
    }
}
