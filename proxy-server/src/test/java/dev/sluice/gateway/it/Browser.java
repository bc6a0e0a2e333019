package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A real browser without a window, with a profile of its own that goes with it. {@code scripts/browser} finds or installs
 * it; where there is none to be had, the test is skipped with the reason.
 */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Downloading and unpacking 70 MB. */
    private static final Duration INSTALLATION = Duration.ofMinutes(5);

    private final Path profile;
    private final Process process;
    private final Thread reaper;
    private final Devtools tools;

    private Browser(Path profile, Process process) throws IOException {
        this.profile = profile;
        this.process = process;
        this.reaper = new Thread(this::kill, "browser-reaper");
        Runtime.getRuntime().addShutdownHook(reaper);
        Path address = profile.resolve("DevToolsActivePort");
        await("the browser has started: " + profile.resolve("log"))
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .failFast(
                        "it lives",
                        () -> assertThat(process.isAlive())
                                .as(Files.readString(profile.resolve("log")))
                                .isTrue())
                .until(() ->
                        Files.exists(address) && Files.readAllLines(address).size() == 2);
        List<String> lines = Files.readAllLines(address);
        this.tools = new Devtools(URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1)));
    }

    static Browser start() throws IOException, InterruptedException {
        String program = installed();
        Path profile = Files.createTempDirectory("sluice-browser");
        List<String> command = List.of(
                program,
                "--headless",
                // The pages are our own, and a container may not have what the sandbox needs.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-software-rasterizer",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-extensions",
                "--disable-sync",
                "--no-first-run",
                // It knows no other machine than this one.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
                "--user-data-dir=" + profile,
                "--remote-debugging-port=0",
                "about:blank");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("log").toFile());
        builder.environment().put("HOME", profile.toString());
        return new Browser(profile, builder.start());
    }

    private static String installed() throws IOException, InterruptedException {
        Path out = Files.createTempFile("sluice-browser", ".out");
        Path told = Files.createTempFile("sluice-browser", ".err");
        try {
            Process finding = new ProcessBuilder(
                            Path.of("..", "scripts", "browser").toString())
                    .redirectOutput(out.toFile())
                    .redirectError(told.toFile())
                    .start();
            boolean ended = finding.waitFor(INSTALLATION.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                finding.descendants().forEach(ProcessHandle::destroyForcibly);
                finding.destroyForcibly();
                return abort("scripts/browser did not end within " + INSTALLATION);
            }
            if (finding.exitValue() != 0) {
                return abort(Files.readAllLines(told).getLast());
            }
            return Files.readString(out).strip();
        } finally {
            Files.delete(out);
            Files.delete(told);
        }
    }

    /** A new tab with the page at {@code url}, loaded. */
    Tab open(String url) throws Exception {
        String target = tools.call(null, "Target.createTarget", Map.of("url", "about:blank"))
                .get("targetId")
                .asText();
        String session = tools.call(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .get("sessionId")
                .asText();
        tools.call(session, "Network.enable", Map.of());
        tools.call(session, "Page.enable", Map.of());
        Tab tab = new Tab(session);
        tab.go(url);
        return tab;
    }

    /** All that the browser has told about what it received: heads, cookies and bodies. */
    String everything() {
        return tools.everything();
    }

    final class Tab {
        private final String session;

        private Tab(String session) {
            this.session = session;
        }

        void go(String url) throws Exception {
            JsonNode gone = tools.call(session, "Page.navigate", Map.of("url", url));
            assertThat(gone.has("errorText")).as(gone.toString()).isFalse();
            await("the page at " + url)
                    .atMost(PATIENCE)
                    .until(() -> run("document.readyState === 'complete' && location.href !== 'about:blank'")
                            .asBoolean());
        }

        /** With every request of the tab, whatever its page says. */
        void sendAlways(String header, String value) throws Exception {
            tools.call(session, "Network.setExtraHTTPHeaders", Map.of("headers", Map.of(header, value)));
        }

        void awaitTitle(String title) throws Exception {
            await("the title '" + title + "'")
                    .atMost(PATIENCE)
                    .until(() -> tools.call(session, "Target.getTargetInfo", Map.of())
                            .path("targetInfo")
                            .path("title")
                            .asText()
                            .equals(title));
        }

        /** What the page's own script answers; an error of it is one of the test. */
        JsonNode run(String script) throws Exception {
            JsonNode answer = tools.call(
                    session,
                    "Runtime.evaluate",
                    Map.of("expression", script, "awaitPromise", true, "returnByValue", true));
            assertThat(answer.has("exceptionDetails")).as(answer.toString()).isFalse();
            return answer.get("result").path("value");
        }
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() throws IOException {
        tools.close();
        kill();
        await("it is gone").atMost(PATIENCE).until(() -> !process.isAlive());
        Runtime.getRuntime().removeShutdownHook(reaper);
        await("what it wrote last").atMost(PATIENCE).ignoreExceptions().until(() -> {
            PostgresServer.deleteTree(profile);
            return !Files.exists(profile);
        });
    }
}
