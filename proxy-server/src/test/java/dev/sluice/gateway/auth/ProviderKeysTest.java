package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProviderKeysTest {
    private static final Secret FIRST = new Secret("sk-first");
    private static final Secret SECOND = new Secret("sk-second");

    @TempDir
    Path dir;

    private final Envelope envelope = new Envelope(TestPeppers.only(1), ProviderKeys.PURPOSE);
    private final AtomicInteger changes = new AtomicInteger();
    private GatewayConfig config;

    @BeforeEach
    void read() throws IOException, ConfigException {
        Path file = Files.writeString(dir.resolve("sluice.yaml"), """
                providers:
                  one: { dialect: openai, base_url: "https://one.example/v1", api_keys: ["${db:first}", sk-plain, "${db:second}"] }
                  two: { dialect: openai, base_url: "https://two.example/v1", api_key: sk-two }
                """);
        config = ConfigLoader.load(file, Map.of(), dir).config();
    }

    private ProviderKeys open() {
        ProviderKeys keys = ProviderKeys.open(dir, TestPeppers.only(1));
        keys.onChange(changes::incrementAndGet);
        return keys;
    }

    private List<Secret> resolved(ProviderKeys keys) {
        return Objects.requireNonNull(keys.resolve(config).providers().get("one"))
                .apiKeys();
    }

    private SealedSecret sealed(Secret secret, String name) {
        return envelope.seal(secret, name);
    }

    @Test
    void aReferenceStaysUntilItsKeyIsKnown() {
        ProviderKeys keys = open();
        assertThat(resolved(keys))
                .containsExactly(Secret.stored("first"), new Secret("sk-plain"), Secret.stored("second"));

        keys.replaceAll(Map.of("first", sealed(FIRST, "first")));
        assertThat(resolved(keys)).containsExactly(FIRST, new Secret("sk-plain"), Secret.stored("second"));

        keys.replaceAll(Map.of("second", sealed(SECOND, "second")));
        assertThat(resolved(keys)).containsExactly(Secret.stored("first"), new Secret("sk-plain"), SECOND);
        assertThat(keys.resolve(config).providers().get("two"))
                .isEqualTo(config.providers().get("two"));
        assertThat(changes).hasValue(2);
    }

    @Test
    void whatDoesNotReferToAnyIsNotTouched() throws IOException, ConfigException {
        Path file = Files.writeString(
                dir.resolve("plain.yaml"),
                "providers: { two: { dialect: openai, base_url: \"https://two.example/v1\", api_key: sk-two } }\n");
        GatewayConfig plain = ConfigLoader.load(file, Map.of(), dir).config();

        assertThat(open().resolve(plain)).isSameAs(plain);
    }

    @Test
    void theNextStartHasThemWithoutADatabase() {
        open().replaceAll(Map.of("first", sealed(FIRST, "first"), "second", sealed(SECOND, "second")));

        assertThat(resolved(open())).containsExactly(FIRST, new Secret("sk-plain"), SECOND);
    }

    @Test
    void theFileIsSealedAndItsOwnersAlone() throws IOException {
        open().replaceAll(Map.of("first", sealed(FIRST, "first")));
        Path file = dir.resolve("provider-keys");

        assertThat(Files.readString(file))
                .startsWith("sluice provider keys 1\nfirst ")
                .doesNotContain("sk-");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void onlyARealChangeIsOne() {
        ProviderKeys keys = open();
        Map<String, SealedSecret> rows = Map.of("first", sealed(FIRST, "first"));
        keys.replaceAll(rows);
        keys.replaceAll(Map.copyOf(rows));
        assertThat(changes).hasValue(1);

        // Sealed anew, as after a change of the pepper: for calls it is the same.
        keys.replaceAll(Map.of("first", sealed(FIRST, "first")));
        assertThat(changes).hasValue(1);

        keys.replaceAll(Map.of());
        assertThat(changes).hasValue(2);
        assertThat(keys.knows("first")).isFalse();
    }

    @Test
    void whatCannotBeOpenedIsNotKnown() {
        ProviderKeys keys = open();

        keys.replaceAll(Map.of("first", sealed(FIRST, "second"), "second", sealed(SECOND, "second")));

        assertThat(resolved(keys)).containsExactly(Secret.stored("first"), new Secret("sk-plain"), SECOND);
        assertThat(keys).hasToString("[second]");
    }

    @Test
    void aDamagedFileIsAsGoodAsNone() throws IOException {
        for (String content :
                List.of("", "nonsense", "sluice provider keys 1\nfirst !!! !!!\n", "sluice provider keys 1\nx\n")) {
            Files.writeString(dir.resolve("provider-keys"), content);

            ProviderKeys keys = open();

            assertThat(keys.knows("first")).as(content).isFalse();
            keys.replaceAll(Map.of("first", sealed(FIRST, "first")));
            assertThat(open().knows("first")).as(content).isTrue();
        }
    }
}
