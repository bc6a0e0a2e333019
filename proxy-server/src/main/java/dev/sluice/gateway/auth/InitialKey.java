package dev.sluice.gateway.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The key of a first start, when the operator has configured none: its hash goes to {@code <data_dir>/keys}, its text once
 * to {@code <data_dir>/initial-key}, for the operator to read and delete. Deleting both files ends the key; deleting only
 * {@code keys} makes a new one.
 *
 * <p>Thread: admin; blocks on the disk.
 */
public final class InitialKey {
    static final String STORED_FILE = "keys";
    static final String TEXT_FILE = "initial-key";

    private static final int LARGEST_FILE_BYTES = 1 << 20;

    private InitialKey() {}

    /**
     * Makes the key if there is none yet.
     *
     * @return the key's text as long as its file is there; null afterwards
     */
    public static @Nullable String ensure(Path dataDir, Peppers peppers) throws IOException {
        Path storedFile = dataDir.resolve(STORED_FILE);
        if (!Files.exists(storedFile)) {
            ApiKey key = ApiKey.generate(new SecureRandom());
            // Text first: a crash in between leaves a text without a hash, and the next start begins anew.
            PrivateFile.replace(dataDir.resolve(TEXT_FILE), ascii(key.reveal() + "\n"));
            PrivateFile.createIfAbsent(
                    storedFile, ascii(StoredKey.of(key, peppers.current()).line() + "\n"));
        }
        return text(dataDir, peppers);
    }

    /** Where the key's text is, as long as nobody has deleted it. */
    public static Path textFile(Path dataDir) {
        return dataDir.resolve(TEXT_FILE);
    }

    /** The key's text if its file is there and belongs to one of the stored hashes. */
    public static @Nullable String text(Path dataDir, Peppers peppers) throws IOException {
        Path file = dataDir.resolve(TEXT_FILE);
        if (!Files.exists(file)) {
            return null;
        }
        String text = new String(PrivateFile.read(file, LARGEST_FILE_BYTES), StandardCharsets.ISO_8859_1).strip();
        ApiKey key = ApiKey.parse(text);
        if (key == null) {
            return null;
        }
        Pepper previous = peppers.previous();
        for (StoredKey stored : stored(dataDir)) {
            if (stored.isOf(key, peppers.current()) || (previous != null && stored.isOf(key, previous))) {
                return key.reveal();
            }
        }
        return null;
    }

    /** The hashes in the data directory, one a line; none when there is no such file. */
    public static List<StoredKey> stored(Path dataDir) throws IOException {
        Path file = dataDir.resolve(STORED_FILE);
        List<StoredKey> keys = new ArrayList<>();
        if (!Files.exists(file)) {
            return keys;
        }
        int number = 0;
        String content = new String(PrivateFile.read(file, LARGEST_FILE_BYTES), StandardCharsets.ISO_8859_1);
        for (String line : content.lines().toList()) {
            number++;
            if (!line.isBlank()) {
                try {
                    keys.add(StoredKey.parse(line.strip()));
                } catch (IllegalArgumentException e) {
                    throw new IOException(file + ":" + number + ": " + e.getMessage(), e);
                }
            }
        }
        return keys;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
