package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PricesCommandTest {
    private static final String MINE = """
            date: 2026-11-21
            providers:
              openai:
                models:
                  gpt-4o-mini: { input: "0.2", cached_input: "0.1", output: "0.8" }
                  ours: { input: "1", output: "2" }
            """;

    /** The configuration accepts no name of a file that is not there. */
    private static final String NOTHING = "providers: {}\n";

    @TempDir
    Path dir;

    private Ran sluice(String... args) {
        return Ran.sluice(dir, Map.of(), args);
    }

    private Path configured() throws IOException {
        Files.writeString(dir.resolve("sluice.yaml"), "usage: { prices: ./prices.yaml }\n");
        return write("prices.yaml", NOTHING);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(dir.resolve(name), text);
    }

    @Test
    void listsWhatIsShippedAndWhoseRowsReplaceIt() throws IOException {
        Files.writeString(configured(), MINE);

        Ran ran = sluice("prices", "list", "--provider", "openai");

        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .contains(
                        "model input cached write output long from tiers source",
                        "openai/gpt-4o-mini 0.2 0.1 - 0.8 - - override",
                        "openai/ours 1 - - 2 - - override",
                        "openai/gpt-5.5 5 0.5 - 30 272000 batch,flex,priority shipped")
                .noneMatch(line -> line.startsWith("azure"));
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void listsEveryRateAsJson() throws IOException {
        Files.writeString(configured(), MINE);

        Ran ran = sluice("prices", "list", "--json");

        assertThat(ran.code()).isZero();
        try (JsonParser parser = new JsonFactory().createParser(ran.out())) {
            while (parser.nextToken() != null) {
                // Well-formed to the end.
            }
        }
        assertThat(ran.out())
                .contains("{\"provider\":\"openai\",\"model\":\"ours\",\"source\":\"override\","
                        + "\"rates\":{\"input\":\"1\",\"output\":\"2\"},\"tiers\":[]}")
                .contains("\"model\":\"claude-haiku-4-5\",\"source\":\"shipped\",\"rates\":{\"input\":\"1\","
                        + "\"cached_input\":\"0.1\",\"cache_write\":\"1.25\",\"cache_write_1h\":\"2\",\"output\":\"5\","
                        + "\"web_search\":\"10\"},\"tiers\":[\"batch\"]}")
                .startsWith("{\"price_version\":20261121");
    }

    @Test
    void saysWhichProvidersHavePrices() {
        Ran ran = sluice("prices", "list", "--provider", "opanai");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err())
                .startsWith("sluice: there are no prices of a provider 'opanai'; there are those of anthropic, azure,");
    }

    @Test
    void checksAFileAndWarnsOfLeaps() throws IOException {
        Path file = write("new.yaml", MINE.replace("output: \"0.8\"", "output: \"8\""));

        Ran ran = sluice("prices", "check", "new.yaml");

        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines())
                .containsExactly(
                        "warning: openai/gpt-4o-mini: output is 8, the shipped one 0.6",
                        "ok: " + file + ": 1 provider, 2 models");
    }

    @Test
    void checksTheFileOfTheConfigurationWhenNoneIsNamed() throws IOException {
        assertThat(sluice("prices", "check").err().strip())
                .isEqualTo("sluice: there is no price file to check; name one, or set usage.prices");
        Path file = Files.writeString(configured(), MINE);
        assertThat(sluice("prices", "check").out().strip()).isEqualTo("ok: " + file + ": 1 provider, 2 models");
    }

    @Test
    void saysWhereAFileIsWrong() throws IOException {
        Path file = write("new.yaml", MINE.replace("\"0.8\"", "\"-8\""));
        Path target = configured();

        for (String command : new String[] {"check", "import"}) {
            Ran ran = sluice("prices", command, "new.yaml");
            assertThat(ran.code()).isEqualTo(1);
            assertThat(ran.out())
                    .startsWith(file + ":5: openai/gpt-4o-mini: output is '-8'; allowed: dollars for a million tokens");
        }
        assertThat(target).hasContent(NOTHING);
    }

    @Test
    void importsShowingWhatChanges() throws IOException {
        Path target = configured();
        write("new.yaml", MINE);

        Ran first = sluice("prices", "import", "new.yaml");

        assertThat(first.err()).isEmpty();
        assertThat(first.code()).isZero();
        assertThat(first.out().lines())
                .containsExactly(
                        "openai/gpt-4o-mini: input 0.15 -> 0.2, cached_input 0.075 -> 0.1, output 0.6 -> 0.8,"
                                + " web_search 10 -> none, tiers batch/priority -> none",
                        "openai/ours: new, input 1, output 2",
                        "ok: " + target + ": 2 models; in force when the gateway starts again");
        assertThat(target).hasContent(MINE);

        write("newer.yaml", "providers: { openai: { models: { gpt-4o-mini: { input: \"0.2\", output: \"0.8\" } } } }");
        Ran second = sluice("prices", "import", "newer.yaml");

        assertThat(second.out().lines())
                .containsExactly(
                        "openai/gpt-4o-mini: cached_input 0.1 -> none",
                        "openai/ours: has no price any more",
                        "ok: " + target + ": 1 model; in force when the gateway starts again");
        assertThat(sluice("prices", "import", "newer.yaml").out()).startsWith("no price changes");
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("sluice.yaml", "prices.yaml", "new.yaml", "newer.yaml");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt-4o-mini: { input: \"0.15\", output: \"60\" }",
                "gpt-4o-mini: { input: \"0\", output: \"0\" }",
                "gpt-4o-mini: [{ input: \"0.15\", output: \"0.6\" }, { from: 2099-01-01, input: \"15\", output: \"60\" }]",
                "gpt-5.5: { input: \"5\", output: \"30\", tiers: { flex: \"5\" } }",
                "gpt-5.5: { input: \"5\", output: \"30\", long_prompt: { from: 9, input: \"90\", output: \"90\" } }",
                "gpt-4o-mini: { input: \"0.15\", output: \"0.6\", windows: { hours: \"01:00-02:00\", multiplier: \"6\" } }",
            })
    void holdsBackWhatIsFarFromTheShippedPrice(String row) throws IOException {
        Path target = Files.writeString(configured(), MINE);
        write("new.yaml", "providers:\n  openai:\n    models:\n      " + row + "\n");

        Ran refused = sluice("prices", "import", "new.yaml");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.out()).contains("warning: openai/gpt-");
        assertThat(refused.err()).contains("1 price more than five times away", "--accept-changes");
        assertThat(target).hasContent(MINE);

        assertThat(sluice("prices", "import", "new.yaml", "--accept-changes").code())
                .isZero();
        assertThat(target).content().contains(row);
    }

    @Test
    void aChangeOfFiveTimesIsStillAChange() throws IOException {
        configured();
        write("new.yaml", "providers: { openai: { models: { gpt-4o-mini: { input: \"0.75\", output: \"3\" } } } }");

        assertThat(sluice("prices", "import", "new.yaml").code()).isZero();
    }

    @Test
    void needsAPlaceToPutTheFile() throws IOException {
        write("new.yaml", MINE);

        Ran ran = sluice("prices", "import", "new.yaml");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("names no price file to replace; set usage.prices");
    }

    @Test
    void replacesAFileThatCannotBeUsedButNotItself() throws IOException {
        Path target = Files.writeString(configured(), "providers: [");
        write("new.yaml", MINE);

        Ran ran = sluice("prices", "import", "new.yaml");

        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("warning: the file in place: " + target + ":1: not YAML");
        assertThat(target).hasContent(MINE);
        assertThat(sluice("prices", "import", "prices.yaml").err()).contains("is the price file of the configuration");
    }

    @Test
    void namesAFileThatIsNotThere() throws IOException {
        configured();

        Ran ran = sluice("prices", "import", "none.yaml");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err().strip()).isEqualTo("sluice: " + dir.resolve("none.yaml") + " does not exist");
    }
}
