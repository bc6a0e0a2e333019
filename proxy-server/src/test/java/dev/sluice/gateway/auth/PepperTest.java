package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PepperTest {
    private static final ApiKey KEY = ApiKey.generate(new SecureRandom());

    @TempDir
    Path dir;

    @Test
    void isMadeOnceAndKept() throws IOException {
        Path dataDir = dir.resolve("new/data");

        byte[] first = Pepper.load(dataDir, Map.of()).digest(KEY);

        assertThat(dataDir.resolve("pepper")).hasSize(32);
        assertThat(Pepper.load(dataDir, Map.of()).digest(KEY)).isEqualTo(first);
        assertThat(Pepper.load(dir.resolve("other"), Map.of()).digest(KEY)).isNotEqualTo(first);
        try (var files = Files.list(dataDir)) {
            assertThat(files).as("no draft stays behind").hasSize(1);
        }
    }

    @Test
    void isTheHmacOfTheWholeKey() throws Exception {
        byte[] pepper = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
        Files.write(dir.resolve("pepper"), pepper);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(pepper, "HmacSHA256"));

        assertThat(Pepper.load(dir, Map.of()).digest(KEY))
                .isEqualTo(mac.doFinal(KEY.reveal().getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void isReadableByItsOwnerOnly() throws IOException {
        assumeTrue(dir.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path file = dir.resolve("data/pepper");

        Pepper.load(dir.resolve("data"), Map.of());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Pepper.load(dir.resolve("data"), Map.of());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void isOneForAllThatStartAtOnce() throws Exception {
        List<Callable<byte[]>> starts = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            starts.add(() -> Pepper.load(dir.resolve("data"), Map.of()).digest(KEY));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<byte[]>> digests = threads.invokeAll(starts);
            for (Future<byte[]> digest : digests) {
                assertThat(digest.get()).isEqualTo(digests.getFirst().get());
            }
        }
    }

    @Test
    void aDamagedFileIsNeverReplaced() throws IOException {
        Path file = Files.write(dir.resolve("pepper"), new byte[5]);

        assertThatIOException()
                .isThrownBy(() -> Pepper.load(dir, Map.of()))
                .withMessage(file + " has 5 bytes; allowed: 32");
        assertThat(file).hasSize(5);
        Files.write(file, new byte[33]);
        assertThatIOException().isThrownBy(() -> Pepper.load(dir, Map.of()));
    }

    @Test
    void comesFromTheEnvironmentInHexOrBase64() throws IOException {
        byte[] secret = new byte[33];
        new SecureRandom().nextBytes(secret);
        List<String> forms = List.of(
                HexFormat.of().formatHex(secret),
                HexFormat.of().withUpperCase().formatHex(secret),
                Base64.getEncoder().encodeToString(secret),
                Base64.getUrlEncoder().withoutPadding().encodeToString(secret) + "\n");

        byte[] expected =
                Pepper.load(dir, Map.of("SLUICE_PEPPER", forms.getFirst())).digest(KEY);

        for (String form : forms) {
            assertThat(Pepper.load(dir, Map.of("SLUICE_PEPPER", form)).digest(KEY))
                    .isEqualTo(expected);
        }
        assertThat(dir.resolve("pepper")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "canary",
                "00112233445566778899aabbccddeeff",
                "!!!!",
                "canarycanarycanarycanarycanarycanary"
            })
    void aWeakOneFromTheEnvironmentIsRefusedUnseen(String text) {
        assertThatIOException()
                .isThrownBy(() -> Pepper.load(dir, Map.of("SLUICE_PEPPER", text)))
                .withMessageStartingWith("SLUICE_PEPPER is ")
                .withMessageContaining("allowed: at least 32 bytes in hex or base64")
                .withMessageNotContaining("canary");
    }

    @Test
    void showsNothing() throws IOException {
        assertThat(Pepper.load(dir, Map.of())).hasToString("***");
    }
}
