package dev.sluice.codec.openai;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** A folder of files that belong together: what goes in, and what is to come out. */
record Golden(Path folder) {

    /** All cases of a family, by name. */
    static List<Golden> of(String family) {
        URL root = Objects.requireNonNull(Golden.class.getResource("/golden/" + family), family);
        try (Stream<Path> folders = Files.list(Path.of(root.toURI()))) {
            return folders.filter(Files::isDirectory).sorted().map(Golden::new).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
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

    String name() {
        return folder.getFileName().toString();
    }

    @Override
    public String toString() {
        return name();
    }
}
