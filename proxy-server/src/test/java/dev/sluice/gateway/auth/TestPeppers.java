package dev.sluice.gateway.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;

/** Peppers that tests know. */
final class TestPeppers {
    private static final Path NOWHERE = Path.of("no-such-directory");

    private TestPeppers() {}

    /** The one of 32 times {@code fill}. */
    static Pepper pepper(int fill) {
        return load(Map.of("SLUICE_PEPPER", hex(fill))).current();
    }

    /** Only this one. */
    static Peppers only(int fill) {
        return load(Map.of("SLUICE_PEPPER", hex(fill)));
    }

    static Peppers rotated(int current, int previous) {
        return load(Map.of("SLUICE_PEPPER", hex(current), "SLUICE_PEPPER_PREVIOUS", hex(previous)));
    }

    private static Peppers load(Map<String, String> environment) {
        try {
            return Peppers.load(NOWHERE, environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hex(int fill) {
        return HexFormat.of().toHexDigits((byte) fill).repeat(32);
    }
}
