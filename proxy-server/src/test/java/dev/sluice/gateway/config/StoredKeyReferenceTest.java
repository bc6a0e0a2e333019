package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ${db:NAME}}: a provider's key that the database keeps. */
final class StoredKeyReferenceTest {
    private static final String ALLOWED =
            "allowed: only as the whole value of a provider's api_key, or of one of its api_keys";

    @TempDir
    Path dir;

    private ConfigText text() {
        return new ConfigText(dir, Map.of("KEY", "sk-here", "REFERENCE", "${db:sneaky}"));
    }

    private static String provider(String keys) {
        return "providers:\n  openai: { dialect: openai, base_url: \"https://api.example/v1\", " + keys + " }\n";
    }

    @Test
    void isKeptAsAReference() throws ConfigException {
        Secret key = ConfigText.provider(text().config(provider("api_key: \"${db:openai.main}\"")), "openai")
                .apiKeys()
                .getFirst();

        assertThat(key.storedName()).isEqualTo("openai.main");
        assertThat(key).hasToString("${db:openai.main}").isEqualTo(Secret.stored("openai.main"));
        assertThat(key).isNotEqualTo(new Secret("openai.main")).isNotEqualTo(Secret.stored("other"));
        assertThatThrownBy(key::reveal).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void mayStandBesideOthers() throws ConfigException {
        assertThat(ConfigText.provider(
                                text().config(provider("api_keys: [\"${db:a}\", \"${KEY}\", \"${db:b}\"]")), "openai")
                        .apiKeys())
                .containsExactly(Secret.stored("a"), new Secret("sk-here"), Secret.stored("b"));
    }

    @Test
    void isNothingThatAVariableCanHold() throws ConfigException {
        assertThat(ConfigText.provider(text().config(provider("api_key: \"${REFERENCE}\"")), "openai")
                        .apiKeys())
                .containsExactly(new Secret("${db:sneaky}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x${db:a}", "${db:a}x", "${db:a}${db:b}", "Bearer ${db:a}"})
    void isTheWholeValueOrNone(String value) {
        assertThat(text().problems(provider("api_key: \"" + value + "\"")))
                .singleElement()
                .asString()
                .contains(ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"${db:}", "${db:a b}", "${db:.a}", "${db:a:-x}", "${db:a/b}"})
    void hasANameThatAKeyCanHave(String value) {
        assertThat(text().problems(provider("api_key: \"" + value + "\"")))
                .singleElement()
                .asString()
                .contains("has a '${db:...}' with a name that no key can have; allowed: up to 64 letters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "admin: { token: \"${db:a}\" }\n",
                "database: { url: \"${db:a}\" }\n",
                "data_dir: \"${db:a}\"\n",
                "server: { cors: { origins: [\"${db:a}\"] } }\n",
                "keys: [ { name: a, hash: \"${db:a}\" } ]\n",
                "providers: { b: { dialect: bedrock, base_url: \"https://b.example\","
                        + " aws: { region: r, access_key_id: i, secret_access_key: \"${db:a}\" } } }\n"
            })
    void standsNowhereElse(String yaml) {
        assertThat(text().problems(yaml))
                .anySatisfy(problem -> assertThat(problem).contains(ALLOWED));
    }
}
