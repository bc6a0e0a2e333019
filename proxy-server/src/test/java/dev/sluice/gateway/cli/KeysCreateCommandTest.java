package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.auth.ApiKeys;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Authenticator;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysCreateCommandTest {
    private static final Pattern KEY = Pattern.compile("sk-slc-[0-9A-Za-z_-]{58}");

    @TempDir
    Path dir;

    private AuthResult authenticate(String configuration, String key) throws IOException, ConfigException {
        Path file = Files.writeString(dir.resolve("sluice.yaml"), configuration);
        Authenticator keys = ApiKeys.open(ConfigLoader.load(file, Map.of(), dir).config(), Map.of());
        return keys.authenticate(key, InetAddress.getLoopbackAddress());
    }

    private static String find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ci", "a: b # \"c\" 'd' \\", "5", "null", "$$ ${HOME} $", "ü☃"})
    void itsLineMakesItsKeyKnown(String name) throws IOException, ConfigException {
        Ran ran = Ran.sluice(dir, Map.of(), "keys", "create", "--name", name, "--models", "gpt-*,own");

        assertThat(ran.code()).isZero();
        String line = find(Pattern.compile("- \\{.*}"), ran.out());
        assertThat(authenticate("keys:\n  " + line + "\n", find(KEY, ran.out())))
                .isInstanceOfSatisfying(Principal.class, principal -> {
                    assertThat(principal.name()).isEqualTo(name);
                    assertThat(principal.models()).containsExactly("gpt-*", "own");
                });
    }

    @Test
    void usesTheDataDirectoryOfTheConfiguration() throws IOException {
        Files.writeString(dir.resolve("other.yaml"), "data_dir: state\n");

        assertThat(Ran.sluice(dir, Map.of(), "keys", "create", "--name", "a", "--config", "other.yaml")
                        .code())
                .isZero();
        assertThat(dir.resolve("state/pepper")).exists();
    }

    @Test
    void aDataDirectoryOnTheLineNeedsNoValidConfiguration() throws IOException {
        Files.writeString(dir.resolve("sluice.yaml"), "nonsense\n");

        assertThat(Ran.sluice(dir, Map.of(), "keys", "create", "--name", "a", "--data-dir", "state")
                        .code())
                .isZero();
        assertThat(dir.resolve("state/pepper")).exists();
    }

    @Test
    void printsJson() {
        Ran ran = Ran.sluice(dir, Map.of(), "keys", "create", "--name", "a", "--models", "m", "--json");

        assertThat(ran.out().strip())
                .matches("\\{\"id\":\"\\w{8}\",\"name\":\"a\",\"key\":\"sk-slc-[^\"]{58}\","
                        + "\"hash\":\"hmac-sha256:[^\"]{52}\",\"models\":\\[\"m\"]}");
    }

    @Test
    void refusesWhatTheConfigurationWouldRefuse() {
        for (List<String> wrong : List.of(
                List.of("--name", ""),
                List.of("--name", "x".repeat(65)),
                List.of("--name", "a\nb"),
                List.of("--name", "a", "--models", "g*t"),
                List.of("--name", "a", "--models", "a,,b"))) {
            String[] args = new String[wrong.size() + 2];
            args[0] = "keys";
            args[1] = "create";
            for (int i = 0; i < wrong.size(); i++) {
                args[i + 2] = wrong.get(i);
            }
            assertThat(Ran.sluice(dir, Map.of(), args).code()).as("%s", wrong).isEqualTo(2);
        }
        assertThat(dir.resolve("data")).doesNotExist();
    }

    @Test
    void showsWhatIsWrongWithTheConfiguration() throws IOException {
        Path file = Files.writeString(dir.resolve("sluice.yaml"), "sever: {}\n");

        Ran ran = Ran.sluice(dir, Map.of(), "keys", "create", "--name", "a");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err())
                .isEqualToIgnoringNewLines(file + ":1:1: sever: unknown key 'sever'; did you mean 'server'?");
    }

    @Test
    void refusesAPepperThatIsNone() {
        Ran ran = Ran.sluice(dir, Map.of("SLUICE_PEPPER", "canary"), "keys", "create", "--name", "a");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err())
                .isEqualToIgnoringNewLines(
                        "sluice: SLUICE_PEPPER is not usable; allowed: at least 32 bytes in hex or base64");
    }
}
