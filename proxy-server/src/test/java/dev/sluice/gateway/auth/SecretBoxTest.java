package dev.sluice.gateway.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SecretBoxTest {
    private static final byte[] PLAIN = "a provider's key".getBytes(UTF_8);

    @TempDir
    Path dir;

    private Peppers peppers(Map<String, String> environment) throws IOException {
        return Peppers.load(dir, environment);
    }

    @Test
    void givesBackWhatItSealedAndNothingElse() throws IOException {
        SecretBox box = new SecretBox(peppers(Map.of()), "tests");
        byte[] sealed = box.seal(PLAIN, "row 1");

        assertThat(box.open(sealed, "row 1")).isEqualTo(PLAIN);
        assertThat(box.open(sealed, "row 2")).isNull();
        assertThat(new SecretBox(peppers(Map.of()), "other tests").open(sealed, "row 1"))
                .isNull();
        assertThat(new String(sealed, UTF_8)).doesNotContain("provider");
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            assertThat(box.open(changed, "row 1")).as("byte %d", i).isNull();
            assertThat(box.open(Arrays.copyOf(sealed, i), "row 1"))
                    .as("first %d", i)
                    .isNull();
        }
    }

    @Test
    void opensWhatWasSealedBeforeThePepperWasChanged() throws IOException {
        String old = "00".repeat(32);
        byte[] sealed = new SecretBox(peppers(Map.of("SLUICE_PEPPER", old)), "tests").seal(PLAIN, "row");
        Map<String, String> changing = Map.of("SLUICE_PEPPER", "11".repeat(32), "SLUICE_PEPPER_PREVIOUS", old);

        assertThat(new SecretBox(peppers(changing), "tests").open(sealed, "row"))
                .isEqualTo(PLAIN);
        assertThat(new SecretBox(peppers(Map.of("SLUICE_PEPPER", "11".repeat(32))), "tests").open(sealed, "row"))
                .isNull();
    }
}
