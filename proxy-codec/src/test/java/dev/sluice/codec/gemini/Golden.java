package dev.sluice.codec.gemini;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder of files that belong together: what goes in, and what is to come out. */
record Golden(Path folder) {
    private static final Path ROOT = Path.of("src", "test", "resources", "golden", "gemini");

    /** All cases of a family, by name. */
    static List<Golden> of(String family) {
        try (Stream<Path> folders = Files.list(ROOT.resolve(family))) {
            return folders.filter(Files::isDirectory).sorted().map(Golden::new).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String file) {
        return Files.exists(folder.resolve(file));
    }

    String read(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file, or {@code otherwise} when there is none. */
    String read(String file, String otherwise) {
        return has(file) ? read(file) : otherwise;
    }

    @Override
    public String toString() {
        return folder.getFileName().toString();
    }
}
