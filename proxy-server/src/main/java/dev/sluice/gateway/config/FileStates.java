package dev.sluice.gateway.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was in the files from which a configuration was made: enough to see that one of them says something else now. By
 * content, for the files of a Kubernetes volume keep their names and their times while the links before them change.
 * Immutable. Thread: any; {@link #now} reads files.
 *
 * @param digests by file; {@link #ABSENT} for one that cannot be read
 */
public record FileStates(Map<Path, String> digests) {
    /** Of a configuration that was made of no file. */
    public static final FileStates NONE = new FileStates(Map.of());

    static final String ABSENT = "absent";
    /** Of the largest file of the configuration so much is looked at. */
    private static final int LARGEST_BYTES = 16 << 20;

    public FileStates {
        digests = Collections.unmodifiableMap(new LinkedHashMap<>(digests));
    }

    /** The same files, as they are now. */
    public FileStates now() {
        Map<Path, String> now = new LinkedHashMap<>();
        digests.keySet().forEach(file -> now.put(file, digest(file)));
        return new FileStates(now);
    }

    /** Whether {@code file} says here what it says there. A file that one of the two does not know is another one. */
    public boolean agreesWith(FileStates others, Path file) {
        String here = digests.get(file);
        return here != null && here.equals(others.digests.get(file));
    }

    /** Of a file; never fails. */
    public static String digest(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return digest(in.readNBytes(LARGEST_BYTES));
        } catch (IOException e) {
            return ABSENT;
        }
    }

    static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** The files only: from the digest of a short secret the secret can be guessed. */
    @Override
    public String toString() {
        return digests.keySet().toString();
    }
}
