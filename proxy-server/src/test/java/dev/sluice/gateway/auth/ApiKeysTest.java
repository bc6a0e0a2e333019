package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path dir;
    private final Pepper pepper;
    private final Peppers peppers;
    private final ApiKey key = ApiKey.generate(RANDOM);

    ApiKeysTest(@TempDir Path dir) throws IOException {
        this.dir = dir;
        this.pepper = Pepper.load(dir, Map.of());
        this.peppers = new Peppers(pepper, null);
    }

    private ApiKeys keys() {
        String hash = StoredKey.of(key, pepper).line();
        return ApiKeys.of(List.of(new GatewayConfig.Key("ci", hash, List.of("gpt-*"), null)), List.of(), peppers);
    }

    @Test
    void knowsAKeyByItsHash() {
        assertThat(keys().authenticate(key.reveal(), LOOPBACK))
                .isEqualTo(new Principal(key.id(), "ci", null, List.of("gpt-*")));
    }

    @Test
    void tellsNoKeyFromAWrongOne() {
        assertThat(keys().authenticate(null, LOOPBACK)).isEqualTo(AuthResult.Refused.MISSING);
        assertThat(keys().authenticate("", LOOPBACK)).isEqualTo(AuthResult.Refused.MISSING);
        assertThat(keys().authenticate("sk-something", LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(keys().authenticate("x".repeat(1_000_000), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void refusesAnUnknownKeyOfTheRightShape() {
        assertThat(keys().authenticate(ApiKey.generate(RANDOM).reveal(), LOOPBACK))
                .isEqualTo(AuthResult.Refused.INVALID);
    }

    /** The checksum alone would refuse a changed key: here it is right, and only the HMAC can tell. */
    @Test
    void refusesAKnownIdWithAnotherSecret() {
        ApiKey other = ApiKey.generate(RANDOM);
        StoredKey stored = StoredKey.of(other, pepper);
        String line = StoredKey.of(key, pepper).line().replace(key.id(), stored.id());
        ApiKeys keys = ApiKeys.of(List.of(new GatewayConfig.Key("ci", line, List.of(), null)), List.of(), peppers);

        assertThat(keys.authenticate(other.reveal(), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(keys.authenticate(key.reveal(), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void refusesEveryKeyUnderAnotherPepper() throws IOException {
        String hash = StoredKey.of(key, pepper).line();
        Pepper other = Pepper.load(dir.resolve("other"), Map.of());
        ApiKeys keys = ApiKeys.of(
                List.of(new GatewayConfig.Key("ci", hash, List.of(), null)), List.of(), new Peppers(other, null));

        assertThat(keys.authenticate(key.reveal(), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
    }

    /** An id that is not known goes through the same HMAC: its digest is in the work space of the thread afterwards. */
    @Test
    void computesTheHashOfAnUnknownKeyToo() {
        ApiKey unknown = ApiKey.generate(RANDOM);
        byte[] expected = pepper.digest(unknown);
        byte[] before = pepper.digest(key);
        assertThat(pepper.workspace().digest).isEqualTo(before);

        assertThat(keys().authenticate(unknown.reveal(), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);

        assertThat(pepper.workspace().digest).isEqualTo(expected);
    }

    @Test
    void refusesJunkWithoutAnyHash() {
        ApiKeys keys = keys();
        byte[] before = pepper.digest(key);

        String almost =
                key.reveal().substring(0, ApiKey.LENGTH - 1) + (key.reveal().endsWith("0") ? "1" : "0");
        assertThat(keys.authenticate(almost, LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);

        assertThat(pepper.workspace().digest).isEqualTo(before);
    }

    @Test
    void storedLineIsReadBack() {
        StoredKey stored = StoredKey.of(key, pepper);

        assertThat(StoredKey.parse(stored.line()).line()).isEqualTo(stored.line());
        assertThat(stored.line())
                .matches("hmac-sha256:[0-9A-Za-z]{8}:[0-9A-Za-z_-]{43}")
                .doesNotContain(key.reveal());
    }

    @Test
    void aStoredLineThatIsNoneIsNotRepeated() {
        for (String line : List.of(
                "", "canary", "hmac-sha256:canary12:" + "!".repeat(43), "hmac-sha256:canary12" + "x".repeat(44))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> StoredKey.parse(line))
                    .withMessageNotContaining("canary");
        }
    }

    @Test
    void firstStartMakesAKeyThatWorks() throws IOException, ConfigException {
        GatewayConfig config = config("data_dir: state\n");

        Authenticator keys = ApiKeys.open(config, Map.of());

        String text = Files.readString(dir.resolve("state/initial-key")).strip();
        assertThat(keys.authenticate(text, LOOPBACK)).isInstanceOfSatisfying(Principal.class, principal -> {
            assertThat(principal.name()).isEqualTo("initial");
            assertThat(principal.mayUse("anything")).isTrue();
        });
        assertThat(dir.resolve("state/keys")).content().doesNotContain(text).startsWith("hmac-sha256:");
        assertThat(ApiKeys.open(config, Map.of()).authenticate(text, LOOPBACK)).isInstanceOf(Principal.class);
    }

    @Test
    void configuredKeysMakeNoFirstKey() throws IOException, ConfigException {
        String hash =
                StoredKey.of(key, Pepper.load(dir.resolve("data"), Map.of())).line();
        GatewayConfig config = config("keys: [{ name: ci, hash: \"" + hash + "\" }]\n");

        Authenticator keys = ApiKeys.open(config, Map.of());

        assertThat(dir.resolve("data/keys")).doesNotExist();
        assertThat(keys.authenticate(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
    }

    @Test
    void withoutAuthenticationEverybodyIsAnonymous() throws IOException, ConfigException {
        Authenticator keys = ApiKeys.open(config("server: { listen: 127.0.0.1:0 }\nauth: { mode: none }\n"), Map.of());

        assertThat(keys.authenticate(null, LOOPBACK))
                .isEqualTo(new Principal("anonymous", "anonymous", null, List.of()));
        assertThat(keys.authenticate("junk", LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(dir.resolve("data")).doesNotExist();
    }

    private GatewayConfig config(String yaml) throws IOException, ConfigException {
        Path file = Files.writeString(dir.resolve("sluice.yaml"), yaml);
        return ConfigLoader.load(file, Map.of(), dir).config();
    }
}
