package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random damage to a good file: it is accepted or refused with problems, and nothing else ever happens. */
class ConfigFuzzTest {
    private static final int ROUNDS = 300;
    private static final String[] PIECES = {
        "${",
        "}",
        "$$",
        "${file:/dev/null}",
        "${A:-",
        "*",
        "&a ",
        "*a",
        "<<: *a",
        "? ",
        "- ",
        ": ",
        "!!binary ",
        "!x ",
        "|\n",
        "\t",
        "\u0000",
        "\uD83D\uDE00",
        "\u2028",
        "%YAML 9.9\n",
        "---\n",
        "...\n",
        "'",
        "\"",
        "\\x00",
        "{",
        "[",
        "]",
        "~",
        "0",
        "-1s",
        "99999999999999999999",
        "server:",
        "models:",
        "\n  ",
        "#",
        "@",
        "`",
        "\uFEFF",
    };

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void throwsNothingButConfigException(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] good = ProductExample.YAML.getBytes(StandardCharsets.UTF_8);
        Path file = dir.resolve("sluice.yaml");
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = good;
            for (int i = random.nextInt(4); i >= 0; i--) {
                damaged = damage(damaged, random);
            }
            Files.write(file, damaged);
            try {
                ConfigLoader.load(file, ProductExample.ENVIRONMENT, dir);
            } catch (ConfigException e) {
                refused++;
                assertThat(e.problems()).isNotEmpty();
                assertThat(e.getMessage()).doesNotContain(ProductExample.CANARY);
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError(
                        "seed " + seed + " round " + round + ":\n" + new String(damaged, StandardCharsets.UTF_8), e);
            }
        }
        assertThat(refused).isBetween(ROUNDS / 4, ROUNDS);
    }

    private static byte[] damage(byte[] text, Random random) {
        int at = random.nextInt(text.length + 1);
        int end = Math.min(text.length, at + random.nextInt(20));
        return switch (random.nextInt(5)) {
            case 0 -> join(text, at, new byte[] {(byte) random.nextInt(256)}, at);
            case 1 -> join(text, at, new byte[0], end);
            case 2 -> join(text, at, PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8), at);
            case 3 -> join(text, at, PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8), end);
            default -> {
                int from = random.nextInt(text.length + 1);
                int to = Math.min(text.length, from + random.nextInt(200));
                yield join(text, at, Arrays.copyOfRange(text, from, to), at);
            }
        };
    }

    private static byte[] join(byte[] text, int end, byte[] middle, int start) {
        byte[] joined = Arrays.copyOf(text, end + middle.length + text.length - start);
        System.arraycopy(middle, 0, joined, end, middle.length);
        System.arraycopy(text, start, joined, end + middle.length, text.length - start);
        return joined;
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void throwsNothingButConfigExceptionForAnyEnvironment(long seed) {
        Random random = new Random(seed);
        String[] variables = {
            "SLUICE_LISTEN", "SLUICE_ADMIN_LISTEN", "SLUICE_DATA_DIR", "SLUICE_TRANSPORT", "SLUICE_ADMIN_TOKEN",
                    "DATABASE_URL",
            "REDIS_URL", "OLLAMA_BASE_URL", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "OPENAI_API_KEY",
                    "SLUICE_CONFIG",
        };
        for (int round = 0; round < ROUNDS; round++) {
            String value = PIECES[random.nextInt(PIECES.length)] + PIECES[random.nextInt(PIECES.length)];
            Map<String, String> environment = Map.of(variables[random.nextInt(variables.length)], value);
            try {
                assertThat(ConfigLoader.load(null, environment, dir).config()).isNotNull();
            } catch (ConfigException e) {
                assertThat(e.problems()).isNotEmpty();
            }
        }
    }
}
