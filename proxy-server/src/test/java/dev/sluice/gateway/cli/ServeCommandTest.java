package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
    @TempDir
    Path dir;

    private String greeting(Map<String, String> environment) throws ConfigException {
        StringWriter out = new StringWriter();
        ServeCommand.greet(ConfigLoader.load(null, environment, dir), new PrintWriter(out));
        return out.toString();
    }

    private void writeInitialKey() throws IOException {
        Files.createDirectories(dir.resolve("data"));
        Files.writeString(dir.resolve("data/initial-key"), "sk-slc-canary\n");
    }

    @Test
    void saysWhereItListens() throws ConfigException {
        assertThat(greeting(Map.of("SLUICE_LISTEN", "0.0.0.0:9000")).lines())
                .containsExactly(
                        "sluice dev, configuration: environment",
                        "listening on http://127.0.0.1:9000, admin on http://127.0.0.1:8081");
        assertThat(greeting(Map.of("SLUICE_LISTEN", "[::]:9000"))).contains("listening on http://[::1]:9000,");
    }

    @Test
    void showsAFirstCallThatReadsTheKeyFromItsFile() throws IOException, ConfigException {
        writeInitialKey();

        String greeting = greeting(Map.of());

        assertThat(greeting)
                .contains("curl -N http://127.0.0.1:8080/v1/chat/completions")
                .contains("\"authorization: Bearer $(cat '" + dir.resolve("data/initial-key") + "')\"")
                .contains("\"model\":\"demo\"")
                .doesNotContain("canary");
    }

    @Test
    void asksForAModelThatIsThere() throws IOException, ConfigException {
        writeInitialKey();

        assertThat(greeting(Map.of("OPENAI_API_KEY", "k"))).contains("\"model\":\"gpt-4o-mini\"");
        assertThat(greeting(Map.of("GROQ_API_KEY", "k"))).contains("\"model\":\"groq/MODEL\"");
        Files.writeString(dir.resolve("sluice.yaml"), """
                providers: { p: { dialect: openai, base_url: https://a.example } }
                models: { "a*": "p/*", "it's": p/x, own: p/x }
                """);
        assertThat(greeting(Map.of())).contains("\"model\":\"own\"");
    }

    @Test
    void needsNoKeyWithoutAuthentication() throws IOException, ConfigException {
        Files.writeString(dir.resolve("sluice.yaml"), "server: { listen: 127.0.0.1:1 }\nauth: { mode: none }\n");

        assertThat(greeting(Map.of())).contains("curl -N http://127.0.0.1:1/").doesNotContain("Bearer");
    }

    @Test
    void refusesAWrongConfigurationBeforeAnythingStarts() throws IOException {
        Path file = Files.writeString(dir.resolve("sluice.yaml"), "sever: {}\n");

        Ran ran = Ran.sluice(dir, Map.of(), "serve");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).startsWith(file + ":1:1: sever: ").doesNotContain("\tat ");
        assertThat(dir.resolve("data")).doesNotExist();
    }
}
