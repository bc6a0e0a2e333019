package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    @Test
    void hasTheDocumentedShape() {
        String text = ApiKey.generate(RANDOM).reveal();

        assertThat(text)
                .matches("sk-slc-[0-9A-Za-z]{8}_[0-9A-Za-z_-]{43}[0-9A-Za-z]{6}")
                .hasSize(ApiKey.LENGTH);
    }

    @Test
    void isReadBackAsItWasMade() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            ApiKey key = ApiKey.generate(RANDOM);
            ApiKey read = ApiKey.parse(key.reveal());

            assertThat(read).isNotNull().extracting(ApiKey::id, ApiKey::reveal).containsExactly(key.id(), key.reveal());
            ids.add(key.id());
        }
        assertThat(ids).hasSize(1000);
    }

    /** Known answer, so that keys of today are keys of tomorrow. The CRC-32C of the 59 characters is 0xFDEAC4ED. */
    @Test
    void checksumIsFixed() {
        String body = "sk-slc-Ab3dEf9h_" + "A".repeat(43);

        assertThat(ApiKey.parse(body + "0zzzzz")).isNull();
        assertThat(ApiKey.parse(body + "4eIcBx")).isNotNull();
    }

    @Test
    void oneChangedBitAnywhereIsRefused() {
        String text = ApiKey.generate(RANDOM).reveal();
        for (int i = 0; i < text.length(); i++) {
            for (int bit = 0; bit < 16; bit++) {
                StringBuilder changed = new StringBuilder(text);
                changed.setCharAt(i, (char) (text.charAt(i) ^ (1 << bit)));

                assertThat(ApiKey.parse(changed.toString())).as("%s", changed).isNull();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sk-slc-",
                "sk-",
                "Bearer x",
                "sk-slc-Ab3dEf9h_",
                "\u0000",
                "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789"
            })
    void junkIsRefused(String text) {
        assertThat(ApiKey.parse(text)).isNull();
        assertThat(ApiKey.parse(text + "x".repeat(ApiKey.LENGTH - text.length())))
                .isNull();
    }

    @Test
    void lengthsBesideTheRightOneAreRefused() {
        String text = ApiKey.generate(RANDOM).reveal();

        assertThat(ApiKey.parse(text + "0")).isNull();
        assertThat(ApiKey.parse(text.substring(0, text.length() - 1))).isNull();
        assertThat(ApiKey.parse(text + "x".repeat(100_000))).isNull();
    }

    @Test
    void showsItsIdOnly() {
        ApiKey key = ApiKey.generate(RANDOM);

        assertThat(key.toString()).isEqualTo("sk-slc-" + key.id() + "_***");
    }
}
