package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way to get a file wrong, with the exact place and words of the answer. */
class ConfigErrorsTest {
    @TempDir
    Path dir;

    private ConfigText text() {
        return new ConfigText(dir, Map.of("SET", "value", "EMPTY", "", "KEY", "sk-canary", "HOST", "canary.example"));
    }

    record Mistake(String yaml, List<String> problems) {}

    static List<Mistake> mistakes() throws IOException {
        List<Mistake> mistakes = new ArrayList<>();
        for (String block : resource("mistakes.txt").split("\n\n", -1)) {
            StringBuilder yaml = new StringBuilder();
            List<String> problems = new ArrayList<>();
            for (String line : block.lines().toList()) {
                if (line.startsWith("-> ")) {
                    problems.add(line.substring(3));
                } else if (!line.startsWith("#")) {
                    yaml.append(line).append('\n');
                }
            }
            if (!yaml.isEmpty()) {
                mistakes.add(new Mistake(yaml.toString(), problems));
            }
        }
        assertThat(mistakes).hasSizeGreaterThan(170);
        return mistakes;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(ConfigErrorsTest.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @BeforeEach
    void writeFiles() throws IOException {
        Files.writeString(dir.resolve("empty.txt"), "\n");
        Files.writeString(dir.resolve("large.txt"), "x".repeat(70_000));
        Files.writeString(dir.resolve("lines.txt"), "a\nb\n");
        Files.write(dir.resolve("binary.txt"), new byte[] {(byte) 0xff, 1});
        Files.writeString(dir.resolve("a.crt"), "certificate");
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void namesThePlaceTheActualAndTheAllowedValue(Mistake mistake) {
        List<String> problems = text().problems(mistake.yaml());

        assertThat(problems).isEqualTo(mistake.problems()).isNotEmpty();
        assertThat(problems).allSatisfy(problem -> assertThat(problem).doesNotContain("canary"));
    }

    @Test
    void refusesCharactersThatAreNoText() {
        assertThat(text().problems("a: b\nc: \u0007\n"))
                .containsExactly("2:4: not valid YAML: character U+0007 is not allowed");
    }

    @Test
    void refusesBytesThatAreNotUtf8() throws IOException {
        Path file = dir.resolve("sluice.yaml");
        Files.write(file, new byte[] {'a', ':', '\n', 'b', ':', ' ', (byte) 0xc3, '(', '\n'});

        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.load(file, Map.of(), dir))
                .satisfies(e -> assertThat(ConfigText.lines(e.problems()))
                        .containsExactly("2:4: a byte here is not UTF-8; allowed: UTF-8 text"));
    }

    @Test
    void refusesDeepNestingBeforeItCostsTheStack() {
        assertThat(text().problems("[".repeat(1_000_000)))
                .containsExactly("1:33: nested deeper than the allowed 32 levels");
    }

    @Test
    void refusesAliasesThatMultiply() {
        StringBuilder yaml = new StringBuilder("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int level = 1; level < 12; level++) {
            yaml.append("l%d: &l%d [%s]\n"
                    .formatted(level, level, "*l%d, ".formatted(level - 1).repeat(10)));
        }
        assertThat(text().problems(yaml.toString()))
                .containsExactly(
                        "0:0: not valid YAML: Number of aliases for non-scalar nodes exceeds the specified max=50");
    }

    @Test
    void acceptsAnAliasThatContainsItselfOnlyAsAProblem() {
        assertThat(text().problems("server: &s { tls: *s }\n")).isNotEmpty();
    }

    @Test
    void refusesAFileThatIsTooLarge() {
        assertThat(text().problems("# " + "x".repeat(1 << 20)))
                .containsExactly(
                        "0:0: configuration file " + dir.resolve("sluice.yaml") + " is larger than the allowed 1MiB");
    }

    @Test
    void namesAFileThatIsNotThere() {
        Path file = dir.resolve("none.yaml");

        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.load(file, Map.of(), dir))
                .withMessage("configuration file " + file + " does not exist");
    }

    @Test
    void namesADirectoryInPlaceOfAFile() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.load(dir, Map.of(), dir))
                .withMessage("configuration file " + dir + " cannot be read as a file");
    }

    @Test
    void saysFileLineAndColumnInItsMessage() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> text().load("server:\n  listn: x\n"))
                .withMessage(
                        dir.resolve("sluice.yaml") + ":2:3: server.listn: unknown key 'listn'; did you mean 'listen'?");
    }
}
