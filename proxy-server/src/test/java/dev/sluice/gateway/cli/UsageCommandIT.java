package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageCommandIT {
    @TempDir
    Path dir;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private int status = 200;
    private String answer = UsageTextTest.JSON;

    UsageCommandIT() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void start() {
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("authorization"));
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private Ran usage(Map<String, String> environment, String... more) {
        String[] args = new String[more.length + 3];
        args[0] = "usage";
        args[1] = "--admin";
        args[2] = url() + "/";
        System.arraycopy(more, 0, args, 3, more.length);
        return Ran.sluice(dir, environment, args);
    }

    @Test
    void asksTheAdminApi() {
        Ran ran = usage(
                Map.of("SLUICE_ADMIN_TOKEN", "secret"),
                "--by",
                "day",
                "--from",
                "2026-11-01",
                "--to",
                "2026-11-30T12:00:00Z");

        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("gpt-4o", "total", "0.123457");
        assertThat(requests)
                .containsExactly(
                        "GET /admin/api/usage?by=day&from=2026-11-01&to=2026-11-30T12%3A00%3A00Z Bearer secret");
    }

    @Test
    void groupsByModelAndSendsNoTokenWhenNothingIsSaid() {
        Ran ran = Ran.sluice(dir, Map.of("SLUICE_ADMIN", url()), "usage");

        assertThat(ran.code()).isZero();
        assertThat(requests).containsExactly("GET /admin/api/usage?by=model null");
    }

    @Test
    void printsTheAnswerItselfAsJson() {
        assertThat(usage(Map.of(), "--json").out().strip()).isEqualTo(UsageTextTest.JSON.strip());
    }

    @Test
    void printsTheCsvOfTheAdminApiAsItIs() {
        answer = "model,requests\r\n\"own, \"\"one\"\"\",1\r\n";

        assertThat(usage(Map.of(), "--csv").out()).isEqualTo(answer);
        assertThat(requests).containsExactly("GET /admin/api/usage?by=model&format=csv null");
    }

    @Test
    void asksForSeveralGroupingsAndFilters() {
        Ran ran = usage(
                Map.of(),
                "--by",
                "day,upstream_model,tag",
                "--tag",
                "cost center",
                "--team",
                "a&b=c",
                "--key",
                "k",
                "--model",
                "m",
                "--provider",
                "p",
                "--endpoint",
                "e",
                "--status",
                "ok",
                "--user",
                "ünder");

        assertThat(ran.code()).isZero();
        assertThat(requests)
                .containsExactly("GET /admin/api/usage?by=day,upstream_model,tag&tag=cost+center&key=k&team=a%26b%3Dc"
                        + "&model=m&provider=p&endpoint=e&status=ok&user=%C3%BCnder null");
    }

    @Test
    void addsNothingUpThatMayBeCountedTwice() {
        assertThat(usage(Map.of(), "--by", "tag").out()).doesNotContain("total");
        assertThat(usage(Map.of(), "--by", "tag", "--tag", "team").out()).contains("total");
    }

    @Test
    void explainsARefusedToken() {
        status = 401;

        Ran ran = usage(Map.of("SLUICE_ADMIN_TOKEN", "canary"));

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err())
                .isEqualToIgnoringNewLines("sluice: the admin API at " + url()
                        + " refused the token; set SLUICE_ADMIN_TOKEN to admin.token");
    }

    @Test
    void passesOnWhatTheAdminApiSays() {
        status = 503;
        answer = "{\"error\":{\"code\":\"database_unavailable\",\"message\":\"the database does not answer\"}}";

        assertThat(usage(Map.of()).err())
                .isEqualToIgnoringNewLines(
                        "sluice: the admin API at " + url() + " answered 503: the database does not answer");
    }

    @Test
    void explainsAnAnswerThatIsNoUsage() {
        answer = "<html>";

        Ran ran = usage(Map.of());

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).isEqualToIgnoringNewLines("sluice: the admin API answered something else than usage");
    }

    @Test
    void explainsThatNobodyListens() throws IOException {
        int port;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = unused.getLocalPort();
        }

        Ran ran = Ran.sluice(dir, Map.of("SLUICE_ADMIN", "http://127.0.0.1:" + port), "usage");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("is the gateway running?").doesNotContain("\tat ");
    }

    @Test
    void refusesWrongTimesAndAddressesAsUsage() {
        assertThat(usage(Map.of(), "--from", "yesterday").code()).isEqualTo(2);
        assertThat(usage(Map.of(), "--to", "2026-13-01").code()).isEqualTo(2);
        assertThat(Ran.sluice(dir, Map.of("SLUICE_ADMIN", "not a url"), "usage").code())
                .isEqualTo(2);
        Ran ran = usage(Map.of("SLUICE_ADMIN_TOKEN", "canary\nx: y"));
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).doesNotContain("canary");
        assertThat(requests).isEmpty();
    }
}
