package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitialKeyTest {
    private final Path dir;
    private final Peppers peppers;

    InitialKeyTest(@TempDir Path dir) throws IOException {
        this.dir = dir;
        this.peppers = Peppers.load(dir, Map.of());
    }

    @Test
    void isMadeOnceAndShownUntilItsFileIsDeleted() throws IOException {
        String text = InitialKey.ensure(dir, peppers);

        assertThat(text).isNotNull().startsWith("sk-slc-");
        assertThat(InitialKey.ensure(dir, peppers)).isEqualTo(text);
        Files.delete(dir.resolve("initial-key"));
        assertThat(InitialKey.ensure(dir, peppers)).isNull();
        assertThat(InitialKey.stored(dir)).hasSize(1);
        assertThat(dir.resolve("initial-key")).doesNotExist();
    }

    @Test
    void isMadeAnewWhenACrashLeftATextWithoutAHash() throws IOException {
        String first = InitialKey.ensure(dir, peppers);
        Files.delete(dir.resolve("keys"));

        String second = InitialKey.ensure(dir, peppers);

        assertThat(second).isNotNull().isNotEqualTo(first);
        assertThat(InitialKey.stored(dir))
                .extracting(StoredKey::line)
                .containsExactly(StoredKey.of(parse(second), peppers.current()).line());
    }

    private static ApiKey parse(@Nullable String text) {
        ApiKey key = text == null ? null : ApiKey.parse(text);
        if (key == null) {
            throw new AssertionError("no key");
        }
        return key;
    }

    @Test
    void aTextThatBelongsToNoHashIsNotShown() throws IOException {
        InitialKey.ensure(dir, peppers);
        Files.writeString(
                dir.resolve("initial-key"), ApiKey.generate(new SecureRandom()).reveal());
        assertThat(InitialKey.text(dir, peppers)).isNull();
        Files.writeString(dir.resolve("initial-key"), "garbage");
        assertThat(InitialKey.text(dir, peppers)).isNull();
    }

    @Test
    void itsFilesAreReadableByTheirOwnerOnly() throws IOException {
        assumeTrue(dir.getFileSystem().supportedFileAttributeViews().contains("posix"));
        InitialKey.ensure(dir, peppers);

        for (String name : new String[] {"keys", "initial-key", "pepper"}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(name))))
                    .as(name)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aDamagedFileOfHashesIsNamedWithItsLine() throws IOException {
        InitialKey.ensure(dir, peppers);
        Path file = dir.resolve("keys");
        Files.writeString(file, Files.readString(file) + "\ncanary\n");

        assertThatIOException()
                .isThrownBy(() -> InitialKey.stored(dir))
                .withMessageStartingWith(file + ":3: not a stored key")
                .withMessageNotContaining("canary");
    }
}
