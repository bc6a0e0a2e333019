package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;

/**
 * Google's token endpoint on a loopback port, and the service account that it knows: exchanges assertions whose signature
 * is that account's for tokens, or for whatever the test says.
 */
public final class TokenEndpoint implements AutoCloseable {
    public static final String EMAIL = "robot@project.iam.gserviceaccount.com";
    public static final String KEY_ID = "key-of-the-robot-1";

    /** What is answered to an assertion. */
    public record Reply(int status, String body) {

        /** A token that ends in so many seconds. */
        public static Reply token(String token, int seconds) {
            return new Reply(
                    200,
                    "{\"access_token\":\"" + token + "\",\"expires_in\":" + seconds + ",\"token_type\":\"Bearer\"}");
        }
    }

    private final KeyPair keys;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Map<String, String>> forms = new CopyOnWriteArrayList<>();
    private volatile IntFunction<Reply> replies;

    /** @param replies to the first, second, ... call, from 0 */
    public TokenEndpoint(IntFunction<Reply> replies) throws IOException, GeneralSecurityException {
        this.replies = replies;
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        keys = generator.generateKeyPair();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/token", this::answer);
        server.start();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/token");
    }

    /** From now on. */
    public void replyWith(IntFunction<Reply> others) {
        replies = others;
    }

    /** The forms that were sent. */
    public List<Map<String, String>> forms() {
        return List.copyOf(forms);
    }

    /** The key file of the service account, as Google's console gives it. */
    public Path keyFile(Path directory) throws IOException {
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(privateKey())
                + "\n-----END PRIVATE KEY-----\n";
        return Files.writeString(
                directory.resolve("service-account.json"),
                "{\n  \"type\": \"service_account\",\n  \"project_id\": \"project\",\n  \"private_key_id\": \"" + KEY_ID
                        + "\",\n  \"private_key\": \"" + pem.replace("\n", "\\n") + "\",\n  \"client_email\": \""
                        + EMAIL
                        + "\",\n  \"token_uri\": \"" + uri() + "\"\n}\n");
    }

    byte[] privateKey() {
        return keys.getPrivate().getEncoded();
    }

    /** Whether {@code assertion} is signed by the service account. */
    boolean isGenuine(String assertion) {
        int dot = assertion.lastIndexOf('.');
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(keys.getPublic());
            signature.update(assertion.substring(0, dot).getBytes(UTF_8));
            return signature.verify(Base64.getUrlDecoder().decode(assertion.substring(dot + 1)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    private void answer(HttpExchange call) throws IOException {
        Map<String, String> form = new HashMap<>();
        for (String pair : new String(call.getRequestBody().readAllBytes(), UTF_8).split("&", -1)) {
            int equals = pair.indexOf('=');
            form.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), UTF_8));
        }
        forms.add(form);
        Reply reply = isGenuine(form.getOrDefault("assertion", ""))
                ? replies.apply(forms.size() - 1)
                : new Reply(400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}");
        byte[] body = reply.body().getBytes(UTF_8);
        call.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
        call.getResponseBody().write(body);
        call.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
