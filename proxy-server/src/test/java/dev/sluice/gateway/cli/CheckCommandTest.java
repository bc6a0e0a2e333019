package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
    @TempDir
    Path dir;

    private Path write(String yaml) throws IOException {
        return Files.writeString(dir.resolve("mine.yaml"), yaml);
    }

    @Test
    void countsWhatIsThere() throws IOException {
        Path file = write("""
                providers: { p: { dialect: openai, base_url: https://a.example } }
                models: { a: p/a, b: p/b }
                """);

        Ran ran = Ran.sluice(dir, Map.of(), "check", "mine.yaml");

        assertThat(ran.code()).isZero();
        assertThat(ran.out()).isEqualToIgnoringNewLines("ok: " + file + ": 1 provider, 2 models, 0 keys\n");
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void printsEachProblemWithFileLineAndColumn() throws IOException {
        Path file = write("server:\n  listn: x\n  drain: soon\n");

        Ran ran = Ran.sluice(dir, Map.of(), "check", file.toString());

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out().lines())
                .containsExactly(
                        file + ":2:3: server.listn: unknown key 'listn'; did you mean 'listen'?",
                        file + ":3:10: server.drain: 'soon' is not a duration;"
                                + " allowed: a whole number with ms, s, m, h or d, such as 500ms or 10m");
    }

    @Test
    void warnsOfWhatHasNoEffect() throws IOException {
        Path file = write(
                "providers: { p: { dialect: openai, base_url: https://a.example, api_key: k, api_version: v1 } }\n");

        Ran ran = Ran.sluice(dir, Map.of(), "check", "mine.yaml");

        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines())
                .containsExactly(
                        file + ":1:90: warning: providers.p.api_version: has no effect in this version",
                        "ok: " + file + ": 1 provider, 0 models, 0 keys");
    }

    @Test
    void checksTheEnvironmentWithoutAFile() {
        Ran ran = Ran.sluice(dir, Map.of("OPENAI_API_KEY", "sk-canary", "GEMINI_API_KEY", "canary"), "check");

        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines()).containsExactly("ok: environment: 2 providers, 9 models, 0 keys");
    }

    @Test
    void namesAFileThatIsNotThere() {
        Ran ran = Ran.sluice(dir, Map.of(), "check", "none.yaml");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out())
                .isEqualToIgnoringNewLines("configuration file " + dir.resolve("none.yaml") + " does not exist");
    }
}
