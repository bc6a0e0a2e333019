package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    @TempDir
    Path dir;

    private Ran sluice(String... args) {
        return Ran.sluice(dir, Map.of(), args);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "serve --help",
                "check -h",
                "keys --help",
                "keys create --help",
                "keys disable --help",
                "users --help",
                "users create --help",
                "teams --help",
                "teams enable --help",
                "import --help",
                "import litellm --help",
                "prices --help",
                "prices list --help",
                "prices check --help",
                "prices import --help",
                "usage --help",
                "version --help"
            })
    void hasHelpEverywhere(String line) {
        Ran ran = sluice(line.split(" ", -1));

        assertThat(ran.code()).isZero();
        assertThat(ran.out()).startsWith("Usage: sluice").contains("-h, --help");
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void helpNamesEveryCommand() {
        assertThat(sluice("--help").out())
                .contains("serve", "check", "keys", "users", "teams", "prices", "usage", "import", "version");
        assertThat(sluice("keys", "--help").out())
                .contains("create", "list", "show", "rotate", "disable", "enable", "revoke");
        assertThat(sluice("users", "--help").out()).contains("create", "list", "show", "disable", "enable");
        assertThat(sluice("teams", "--help").out()).contains("create", "list", "show", "disable", "enable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "serve --nonsense",
                "keys",
                "keys create",
                "keys show",
                "keys revoke",
                "users create",
                "users list --enabled maybe",
                "teams create",
                "import",
                "check a b",
                "prices",
                "prices import",
                "prices list extra",
                "usage --by planet",
                "usage --csv --json"
            })
    void answersTwoToWhatItDoesNotUnderstand(String line) {
        Ran ran = line.isEmpty() ? sluice() : sluice(line.split(" ", -1));

        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).isNotBlank().doesNotContain("\tat ");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void saysItsVersion() {
        assertThat(sluice("version")).isEqualTo(new Ran(0, "sluice dev" + System.lineSeparator(), ""));
    }

    @Test
    void showsMessagesForFailuresThatPeopleCanMend() {
        assertThat(report(new BindException("Address already in use"), Map.of()))
                .isEqualTo("sluice: cannot listen: Address already in use");
        assertThat(report(new AccessDeniedException("/data"), Map.of())).isEqualTo("sluice: no permission for /data");
        assertThat(report(new NoSuchFileException("/data"), Map.of())).isEqualTo("sluice: /data does not exist");
        assertThat(report(new IOException("disk is full"), Map.of())).isEqualTo("sluice: disk is full");
    }

    @Test
    void showsStackTracesOnlyWhenAskedFor() {
        assertThat(report(new IllegalStateException("canary"), Map.of()))
                .isEqualTo("sluice: unexpected failure (IllegalStateException); SLUICE_DEBUG=1 shows where");
        assertThat(report(new IllegalStateException("why"), Map.of("SLUICE_DEBUG", "1")))
                .contains("IllegalStateException: why", "\tat ");
    }

    private String report(Exception exception, Map<String, String> environment) {
        StringWriter err = new StringWriter();
        PrintWriter writer = new PrintWriter(err);
        assertThat(new Main.Surroundings(environment, dir, writer, writer).report(exception))
                .isEqualTo(1);
        writer.flush();
        return err.toString().strip();
    }
}
