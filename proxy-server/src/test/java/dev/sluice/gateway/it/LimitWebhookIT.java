package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gateway and somebody who wants to be told. */
@Timeout(120)
final class LimitWebhookIT {
    private static final String SECRET = "canary-of-the-webhook";

    private record Received(String method, String path, String type, String signature, byte[] body) {
        String text() {
            return new String(body, UTF_8);
        }
    }

    private static String hmac(byte[] body) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
        return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body));
    }

    @Test
    void whoIsToBeToldIsToldOnceForEachPercentage() throws Exception {
        List<Received> received = new CopyOnWriteArrayList<>();
        AtomicInteger refused = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.createContext("/", exchange -> {
            received.add(new Received(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders().getFirst("content-type"),
                    exchange.getRequestHeaders().getFirst("x-sluice-signature"),
                    exchange.getRequestBody().readAllBytes()));
            exchange.sendResponseHeaders(refused.getAndIncrement() == 0 ? 503 : 204, -1);
            exchange.close();
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/hooks?to=ops";
        try (Rig rig = Rig.start(Rig.STANDARD + """
                limits:
                  webhook: { url: "${HOOK_URL}", secret: "${HOOK_SECRET}", allow_private: true }
                  rules:
                    - { name: few, requests: 4/hour, warn: [ 50, 100 ] }
                """, Map.of("HOOK_URL", url, "HOOK_SECRET", SECRET))) {
            for (int i = 0; i < 5; i++) {
                Answer answer = rig.answer(rig.keyed(Call.chat(
                        "{\"model\":\"" + rig.model(Script.json(200, Words.COMPLETION)) + "\",\"messages\":[]}")));
                assertThat(answer.status()).isEqualTo(i < 4 ? 200 : 429);
            }
            await("two warnings, the first one twice")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> received.size() >= 3);

            assertThat(received).hasSize(3);
            assertThat(received.get(1)).usingRecursiveComparison().isEqualTo(received.get(0));
            Received half = received.get(1);
            Received all = received.get(2);
            assertThat(half.method()).isEqualTo("POST");
            assertThat(half.path()).isEqualTo("/hooks?to=ops");
            assertThat(half.type()).isEqualTo("application/json");
            assertThat(half.signature()).isEqualTo(hmac(half.body()));
            assertThat(all.signature()).isEqualTo(hmac(all.body()));
            assertThat(half.text())
                    .contains(
                            "\"rule\":\"few\"",
                            "\"measure\":\"requests\"",
                            "\"subject\":\"" + rig.keyId() + "\"",
                            "\"percent\":50",
                            "\"used\":2",
                            "\"limit\":4");
            assertThat(all.text()).contains("\"percent\":100", "\"used\":4").doesNotContain(id(half));
            assertThat(Operator.get(rig.adminAddress(), "/metrics").body())
                    .contains("sluice_limit_warnings_total 2.0", "sluice_webhook_dropped_total 0.0");
        } finally {
            server.stop(0);
        }
    }

    private static String id(Received of) {
        String text = of.text();
        int from = text.indexOf("\"id\":\"") + 6;
        return text.substring(from, from + 36);
    }
}
