package dev.sluice.gateway.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An issuer on a loopback port, as strict as a real one: says where its things are, shows its keys, logs everybody in who
 * comes with a challenge, and gives an ID token for a code once, to the client that has the verifier and the secret.
 */
public final class ScriptedIssuer implements AutoCloseable {
    public static final String CLIENT = "sluice console";
    public static final String SECRET = "canary of the client: s%cret";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private final KeyPair pair = TokenMint.rsa();
    private volatile @Nullable String keySet = TokenMint.keySet(TokenMint.jwk("key-1", pair));
    private volatile String claims = "";
    private volatile UnaryOperator<String> idToken = UnaryOperator.identity();
    private volatile List<String> clientMethods = List.of("client_secret_basic");

    private ScriptedIssuer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    public static ScriptedIssuer start() throws IOException {
        return new ScriptedIssuer();
    }

    /** What it calls itself. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The key that is called {@code key-1}. */
    public KeyPair pair() {
        return pair;
    }

    /** Its keys from now on; null: they cannot be had. */
    public void keys(@Nullable String set) {
        keySet = set;
    }

    /** Paths that were asked for, in order. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    /** @param more further claims of ID tokens, with a comma before them */
    public void claims(String more) {
        claims = more;
    }

    /** What becomes of the claims of an ID token before they are signed. */
    public void change(UnaryOperator<String> change) {
        idToken = change;
    }

    /** How clients may prove who they are. */
    public void clientMethods(String... methods) {
        clientMethods = List.of(methods);
    }

    /** A token for {@code subject} that is good for an hour. */
    public String token(String audience, String subject, String more) {
        return TokenMint.token(
                "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-1\"}",
                claims(audience, subject, more),
                TokenMint.rs256(pair));
    }

    /** Claims that are good for an hour. */
    public String claims(String audience, String subject, String more) {
        long now = java.time.Instant.now().getEpochSecond();
        return "{\"iss\":\"" + url() + "\",\"aud\":\"" + audience + "\",\"sub\":\"" + subject + "\",\"iat\":" + now
                + ",\"exp\":" + (now + 3_600) + more + "}";
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            asked.add(path);
            switch (path) {
                case "/.well-known/openid-configuration" -> send(exchange, 200, discovery());
                case "/keys" -> {
                    String set = keySet;
                    send(exchange, set == null ? 500 : 200, set == null ? "away" : set);
                }
                case "/authorize" ->
                    authorize(exchange, form(exchange.getRequestURI().getRawQuery()));
                case "/token" ->
                    redeem(exchange, form(new String(exchange.getRequestBody().readAllBytes(), US_ASCII)));
                default -> send(exchange, 404, "nothing is here");
            }
        }
    }

    private String discovery() {
        String methods = String.join("\",\"", clientMethods);
        return "{\"issuer\":\"" + url() + "\",\"jwks_uri\":\"" + url() + "/keys\",\"authorization_endpoint\":\"" + url()
                + "/authorize\",\"token_endpoint\":\"" + url()
                + "/token\",\"token_endpoint_auth_methods_supported\":[\"" + methods + "\"]}";
    }

    private void authorize(HttpExchange exchange, Map<String, String> parameters) throws IOException {
        boolean good = CLIENT.equals(parameters.get("client_id"))
                && "code".equals(parameters.get("response_type"))
                && "S256".equals(parameters.get("code_challenge_method"))
                && parameters.getOrDefault("scope", "").startsWith("openid")
                && !parameters.getOrDefault("state", "").isEmpty()
                && !parameters.getOrDefault("nonce", "").isEmpty();
        if (!good) {
            send(exchange, 400, "{\"error\":\"invalid_request\"}");
            return;
        }
        String code = UUID.randomUUID().toString();
        codes.put(code, parameters);
        exchange.getResponseHeaders()
                .set(
                        "location",
                        parameters.get("redirect_uri") + "?code=" + code + "&state="
                                + URLEncoder.encode(parameters.get("state"), UTF_8) + "&iss="
                                + URLEncoder.encode(url(), UTF_8));
        exchange.sendResponseHeaders(302, -1);
    }

    private void redeem(HttpExchange exchange, Map<String, String> form) throws IOException {
        if (!isClient(exchange.getRequestHeaders().getFirst("authorization"), form)) {
            send(exchange, 401, "{\"error\":\"invalid_client\"}");
            return;
        }
        Map<String, String> asked = codes.remove(form.getOrDefault("code", ""));
        boolean good = asked != null
                && "authorization_code".equals(form.get("grant_type"))
                && asked.get("redirect_uri").equals(form.get("redirect_uri"))
                && asked.get("code_challenge").equals(challenge(form.getOrDefault("code_verifier", "")));
        if (!good) {
            send(exchange, 400, "{\"error\":\"invalid_grant\"}");
            return;
        }
        String claims = claims(CLIENT, "ann", ",\"nonce\":\"" + asked.get("nonce") + "\"" + this.claims);
        String token =
                TokenMint.token("{\"alg\":\"RS256\",\"kid\":\"key-1\"}", idToken.apply(claims), TokenMint.rs256(pair));
        send(
                exchange,
                200,
                "{\"access_token\":\"opaque\",\"token_type\":\"Bearer\",\"expires_in\":60,\"id_token\":\"" + token
                        + "\"}");
    }

    private boolean isClient(@Nullable String authorization, Map<String, String> form) {
        if (clientMethods.contains("none")) {
            return authorization == null && !form.containsKey("client_secret") && CLIENT.equals(form.get("client_id"));
        }
        if (clientMethods.contains("client_secret_post")) {
            return authorization == null
                    && CLIENT.equals(form.get("client_id"))
                    && SECRET.equals(form.get("client_secret"));
        }
        String pair = URLEncoder.encode(CLIENT, UTF_8) + ":" + URLEncoder.encode(SECRET, UTF_8);
        return ("Basic " + Base64.getEncoder().encodeToString(pair.getBytes(US_ASCII))).equals(authorization)
                && !form.containsKey("client_secret");
    }

    private static String challenge(String verifier) {
        try {
            return TokenMint.encode(MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(US_ASCII)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, String> form(@Nullable String text) {
        Map<String, String> form = new HashMap<>();
        for (String pair : text == null || text.isEmpty() ? new String[0] : text.split("&", -1)) {
            int at = pair.indexOf('=');
            form.put(URLDecoder.decode(pair.substring(0, at), UTF_8), URLDecoder.decode(pair.substring(at + 1), UTF_8));
        }
        return form;
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().set("content-type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
