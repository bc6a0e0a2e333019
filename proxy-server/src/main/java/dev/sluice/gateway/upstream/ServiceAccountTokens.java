package dev.sluice.gateway.upstream;

import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.route.Credential;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bearer tokens of a Google service account: an assertion signed with its key is exchanged for a token of an hour (RFC
 * 7523), long before the last one ends. A token that is still good is used as long as a new one cannot be had.
 *
 * <p>Thread: any for {@link #sign}; tokens are fetched on a thread of their own, {@code sluice-tokens}.
 */
public final class ServiceAccountTokens implements Credential, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceAccountTokens.class);

    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long ASSERTION_SECONDS = 3600;
    /** A new token is asked for when so much of the last one's life is left. */
    private static final long REFRESH_BEFORE_SECONDS = 600;

    private static final long FIRST_RETRY_SECONDS = 1;
    private static final long LAST_RETRY_SECONDS = 60;

    private record Token(Secret value, long endsAtSeconds) {}

    private final Key key;
    private final InstantSource clock;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("sluice-tokens", /* daemon= */ true));

    private volatile @Nullable Token token;
    private long retrySeconds = FIRST_RETRY_SECONDS;

    private ServiceAccountTokens(Key key, InstantSource clock) {
        this.key = key;
        this.clock = clock;
    }

    /**
     * Reads the key file and asks for the first token, in the background.
     *
     * @throws IOException when {@code keyFile} is no key of a service account; says what is wrong, never what is in it
     */
    public static ServiceAccountTokens start(Path keyFile, InstantSource clock) throws IOException {
        ServiceAccountTokens tokens = new ServiceAccountTokens(Key.read(keyFile), clock);
        tokens.thread.execute(tokens::refresh);
        return tokens;
    }

    @Override
    public boolean sign(String method, String authority, String path, ByteBuf body, HttpHeaders headers) {
        Token current = token;
        if (current == null || current.endsAtSeconds() <= clock.millis() / 1000) {
            return false;
        }
        headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + current.value().reveal());
        return true;
    }

    @Override
    public @Nullable Secret secret() {
        Token current = token;
        return current == null ? null : current.value();
    }

    @Override
    public void close() {
        thread.shutdownNow();
        http.shutdownNow();
    }

    private void refresh() {
        long delay;
        try {
            Token fetched = fetch();
            token = fetched;
            retrySeconds = FIRST_RETRY_SECONDS;
            long left = fetched.endsAtSeconds() - clock.millis() / 1000;
            delay = Math.max(left / 2, left - REFRESH_BEFORE_SECONDS);
        } catch (IOException | GeneralSecurityException e) {
            LOG.atWarn()
                    .addKeyValue("account", key.email())
                    .addKeyValue("reason", e.getMessage())
                    .log("no token could be had for a service account");
            delay = retrySeconds;
            retrySeconds = Math.min(2 * retrySeconds, LAST_RETRY_SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (!thread.isShutdown()) {
            thread.schedule(this::refresh, Math.max(1, delay), TimeUnit.SECONDS);
        }
    }

    private Token fetch() throws IOException, GeneralSecurityException, InterruptedException {
        long now = clock.millis() / 1000;
        String form = "grant_type=" + URLEncoder.encode(GRANT, StandardCharsets.UTF_8) + "&assertion=" + assertion(now);
        HttpRequest request = HttpRequest.newBuilder(key.tokenUri())
                .timeout(TIMEOUT)
                .header("content-type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException("the token endpoint answered with status " + response.statusCode());
        }
        JsonSlice answer = JsonSlice.checked(Unpooled.wrappedBuffer(response.body()));
        JsonSlice value = answer == null ? null : answer.member("access_token");
        JsonSlice life = answer == null ? null : answer.member("expires_in");
        if (value == null || !value.isString() || value.isEmpty()) {
            throw new IOException("the token endpoint answered without 'access_token'");
        }
        return new Token(new Secret(value.text()), now + (life == null ? ASSERTION_SECONDS : life.longValue(60)));
    }

    private String assertion(long nowSeconds) throws GeneralSecurityException {
        String header = new JsonWriter()
                .beginObject()
                .name("alg")
                .string("RS256")
                .name("typ")
                .string("JWT")
                .name("kid")
                .string(key.id())
                .endObject()
                .toString();
        String claims = new JsonWriter()
                .beginObject()
                .name("iss")
                .string(key.email())
                .name("scope")
                .string(SCOPE)
                .name("aud")
                .string(key.tokenUri().toString())
                .name("iat")
                .number(nowSeconds)
                .name("exp")
                .number(nowSeconds + ASSERTION_SECONDS)
                .endObject()
                .toString();
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String signed = base64.encodeToString(header.getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key.privateKey());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + base64.encodeToString(signature.sign());
    }

    /** What a key file says. */
    private record Key(String email, String id, URI tokenUri, PrivateKey privateKey) {

        static Key read(Path file) throws IOException {
            JsonSlice json = JsonSlice.checked(Unpooled.wrappedBuffer(Files.readAllBytes(file)));
            if (json == null || !json.isObject()) {
                throw new IOException(file + " is not a JSON object");
            }
            String pem = text(json, "private_key", file);
            try {
                byte[] der = Base64.getMimeDecoder()
                        .decode(pem.replace("-----BEGIN PRIVATE KEY-----", "")
                                .replace("-----END PRIVATE KEY-----", "")
                                .trim());
                PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
                return new Key(
                        text(json, "client_email", file),
                        text(json, "private_key_id", file),
                        URI.create(text(json, "token_uri", file)),
                        key);
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new IOException(file + ": 'private_key' or 'token_uri' cannot be used");
            }
        }

        private static String text(JsonSlice json, String name, Path file) throws IOException {
            JsonSlice value = json.member(name);
            if (value == null || !value.isString() || value.isEmpty()) {
                throw new IOException(file + " has no '" + name + "'; it must be the key file of a service account");
            }
            return value.text();
        }

        @Override
        public String toString() {
            return email;
        }
    }
}
