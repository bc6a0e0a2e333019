package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Other gateways, each fetched from its registry into a folder that is kept, and started with the settings that let it do
 * least: none of them checks keys or meters here. What cannot be fetched is skipped, with the reason. Thread: one.
 */
final class Peers {
    private static final int INSTALL_SECONDS = 300;
    private static final int START_SECONDS = 60;
    private static final int SHOWN_CHARACTERS = 300;

    private static final String PORTKEY = "1.15.2";
    private static final String PORTKEY_SERVER = "1.13.8";
    private static final String SPRING = "5.0.2";
    private static final String BIFROST = "1.6.3";

    private final Path work;
    private final int providerPort;

    Peers(Path work, int providerPort) {
        this.work = work;
        this.providerPort = providerPort;
    }

    /** One of them, not started yet. */
    interface Starting {
        Target start(Path home, int port) throws IOException, InterruptedException;
    }

    /** @param name in tables */
    record Peer(String name, Path home, Starting how) {
        Target start() throws IOException, InterruptedException {
            return how.start(Files.createDirectories(home), Answering.freePort());
        }
    }

    List<Peer> all() {
        return List.of(
                new Peer("Portkey", work.resolve("portkey"), this::portkey),
                new Peer("Spring Cloud Gateway", work.resolve("spring"), this::spring),
                new Peer("LiteLLM", work.resolve("litellm"), this::litellm),
                new Peer("Bifrost", work.resolve("bifrost"), this::bifrost));
    }

    static String firstLines(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + " ...";
    }

    /** Runs a command to its end; throws with what it said when that is not a good one. */
    private static String run(Path directory, String... command) throws IOException, InterruptedException {
        try (Child child = Child.start("install", directory, Map.of(), List.of(command))) {
            if (!child.process().waitFor(INSTALL_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(command[0] + " is not done after " + INSTALL_SECONDS + " s");
            }
            String said = child.tail();
            if (child.process().exitValue() != 0) {
                throw new IOException("`" + String.join(" ", command) + "` ended with "
                        + child.process().exitValue() + ": " + lastError(said));
            }
            return said;
        }
    }

    private static String lastError(String said) {
        // As pip, Maven and npm begin them.
        return said.lines()
                .filter(line -> line.startsWith("ERROR") || line.startsWith("[ERROR]") || line.startsWith("npm err"))
                .findFirst()
                .orElse(said);
    }

    private static Target started(Target target, Child child) throws IOException, InterruptedException {
        try {
            Answering.await(target, child, START_SECONDS);
            return target;
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.close();
            throw e;
        }
    }

    private static URI chat(int port) {
        return URI.create("http://127.0.0.1:" + port + "/v1/chat/completions");
    }

    private String provider() {
        return "http://127.0.0.1:" + providerPort;
    }

    // ---- Portkey ----------------------------------------------------------------------------------------------------

    private Target portkey(Path home, int port) throws IOException, InterruptedException {
        Path server = home.resolve("node_modules/@portkey-ai/gateway/build/start-server.js");
        if (!Files.exists(server)) {
            // Streams of newer releases of its HTTP server end in "immutable" headers on Node 20.
            Files.writeString(home.resolve("package.json"), """
                    {
                      "private": true,
                      "dependencies": { "@portkey-ai/gateway": "%s" },
                      "overrides": { "@hono/node-server": "%s" }
                    }
                    """.formatted(PORTKEY, PORTKEY_SERVER));
            run(home, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error");
        }
        String node = Relays.version("node", "--version");
        Child child = Child.start(
                "portkey",
                home,
                Map.of("NODE_ENV", "production", "TRUSTED_CUSTOM_HOSTS", "127.0.0.1"),
                List.of("node", server.toString(), "--port=" + port, "--headless"));
        return started(
                new Target(
                        "Portkey",
                        chat(port),
                        List.of(
                                "authorization: Bearer sk-bench",
                                "x-portkey-provider: openai",
                                "x-portkey-custom-host: " + provider() + "/v1"),
                        child,
                        "@portkey-ai/gateway " + PORTKEY + " (@hono/node-server " + PORTKEY_SERVER + "), node " + node
                                + ", `--headless`, NODE_ENV=production, one process; maps the request to the provider's"
                                + " dialect; checks no key, limits nothing, meters nothing"),
                child);
    }

    // ---- Spring Cloud Gateway ---------------------------------------------------------------------------------------

    private Target spring(Path home, int port) throws IOException, InterruptedException {
        Path libraries = home.resolve("target/lib");
        if (!Files.exists(home.resolve("target/classes/relay/Relay.class"))) {
            Files.writeString(home.resolve("pom.xml"), """
                    <project xmlns="http://maven.apache.org/POM/4.0.0">
                      <modelVersion>4.0.0</modelVersion>
                      <groupId>relay</groupId>
                      <artifactId>relay</artifactId>
                      <version>1</version>
                      <properties>
                        <maven.compiler.source>21</maven.compiler.source>
                        <maven.compiler.target>21</maven.compiler.target>
                        <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
                      </properties>
                      <dependencies>
                        <dependency>
                          <groupId>org.springframework.cloud</groupId>
                          <artifactId>spring-cloud-starter-gateway-server-webflux</artifactId>
                          <version>%s</version>
                        </dependency>
                      </dependencies>
                    </project>
                    """.formatted(SPRING));
            Path sources = Files.createDirectories(home.resolve("src/main/java/relay"));
            Files.writeString(sources.resolve("Relay.java"), """
                    package relay;

                    @org.springframework.boot.autoconfigure.SpringBootApplication
                    public class Relay {
                        public static void main(String[] args) {
                            org.springframework.boot.SpringApplication.run(Relay.class, args);
                        }
                    }
                    """);
            run(
                    home,
                    "mvn",
                    "-B",
                    "-ntp",
                    "-q",
                    "compile",
                    "dependency:copy-dependencies",
                    "-DoutputDirectory=" + libraries,
                    "-DincludeScope=runtime");
        }
        String routes = "--spring.cloud.gateway.server.webflux.routes[0].";
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dreactor.netty.ioWorkerCount=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                home.resolve("target/classes") + ":" + libraries + "/*",
                "relay.Relay",
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                routes + "id=provider",
                routes + "uri=" + provider(),
                routes + "predicates[0]=Path=/**"));
        Child child = Child.start("spring", home, Map.of(), command);
        return started(
                new Target(
                        "Spring Cloud Gateway",
                        chat(port),
                        List.of(),
                        child,
                        "spring-cloud-starter-gateway-server-webflux " + SPRING + " from " + boot(libraries) + ", Java "
                                + Runtime.version().feature()
                                + ", -Xmx512m, one event loop, one route by path; checks no"
                                + " key, limits nothing, meters nothing"),
                child);
    }

    private static String boot(Path libraries) throws IOException {
        try (Stream<Path> files = Files.list(libraries)) {
            return files.map(file -> file.getFileName().toString().replace(".jar", ""))
                    .filter(name -> name.matches("(spring-boot|reactor-netty-http|netty-codec-http)-[0-9].*"))
                    .sorted()
                    .toList()
                    .toString();
        }
    }

    // ---- LiteLLM ----------------------------------------------------------------------------------------------------

    private Target litellm(Path home, int port) throws IOException, InterruptedException {
        Path program = home.resolve("venv/bin/litellm");
        if (!Files.exists(program)) {
            run(home, "python3", "-m", "venv", "venv");
            run(home, "venv/bin/pip", "install", "--quiet", "--retries", "1", "--timeout", "15", "litellm[proxy]");
        }
        String version = run(home, "venv/bin/pip", "show", "litellm")
                .lines()
                .filter(line -> line.startsWith("Version:"))
                .findFirst()
                .orElse("");
        Path configuration = Files.writeString(home.resolve("config.yaml"), """
                model_list:
                  - model_name: "bench-*"
                    litellm_params: { model: "openai/bench-*", api_base: "%s/v1", api_key: sk-bench }
                """.formatted(provider()), UTF_8);
        Child child = Child.start(
                "litellm",
                home,
                Map.of("LITELLM_LOG", "ERROR"),
                List.of(
                        program.toString(),
                        "--config",
                        configuration.toString(),
                        "--host",
                        "127.0.0.1",
                        "--port",
                        String.valueOf(port),
                        "--num_workers",
                        "1"));
        return started(
                new Target(
                        "LiteLLM",
                        chat(port),
                        List.of(),
                        child,
                        "litellm[proxy] " + version
                                + ", one worker, no database; maps the request to the provider's dialect"
                                + " and counts cost in memory; checks no key, limits nothing"),
                child);
    }

    // ---- Bifrost ----------------------------------------------------------------------------------------------------

    private Target bifrost(Path home, int port) throws IOException, InterruptedException {
        Path data = Files.createDirectories(home.resolve("data"));
        Files.writeString(data.resolve("config.json"), """
                {
                  "client": { "enable_logging": false, "drop_excess_requests": false },
                  "providers": {
                    "openai": {
                      "keys": [ { "name": "bench", "value": "sk-bench", "models": [], "weight": 1.0 } ],
                      "network_config": { "base_url": "%s" }
                    }
                  }
                }
                """.formatted(provider()));
        Path launcher = home.resolve("node_modules/.bin/bifrost");
        if (!Files.exists(launcher)) {
            Files.writeString(home.resolve("package.json"), """
                    { "private": true, "dependencies": { "@maximhq/bifrost": "%s" } }
                    """.formatted(BIFROST));
            run(home, "npm", "install", "--no-audit", "--no-fund", "--loglevel=error");
        }
        Child child = Child.start(
                "bifrost",
                home,
                Map.of("XDG_CACHE_HOME", home.resolve("cache").toString()),
                List.of(
                        launcher.toString(),
                        "-app-dir",
                        data.toString(),
                        "-host",
                        "127.0.0.1",
                        "-port",
                        String.valueOf(port),
                        "-log-level",
                        "error"));
        return started(
                new Target(
                        "Bifrost",
                        chat(port),
                        List.of(),
                        child,
                        "@maximhq/bifrost " + BIFROST
                                + ", logging off; maps the request to the provider's dialect; checks no"
                                + " key, limits nothing, meters nothing",
                        "openai/",
                        null),
                child);
    }
}
