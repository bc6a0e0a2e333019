package dev.sluice.gateway.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code postmaster.pid} says about the server of a data directory: line 1 its process, line 4 its port.
 * Thread: {@code sluice-database}.
 */
record PostmasterFile(long pid, int port) {

    static final String NAME = "postmaster.pid";

    /** @return null when there is no such file, or one that its writer did not finish */
    static @Nullable PostmasterFile read(Path dataDirectory) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(dataDirectory.resolve(NAME));
        } catch (NoSuchFileException e) {
            return null;
        }
        if (lines.size() < 4) {
            return null;
        }
        try {
            // A negative number marks a single-user process.
            return new PostmasterFile(
                    Math.abs(Long.parseLong(lines.get(0).strip())),
                    Integer.parseInt(lines.get(3).strip()));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** The process, if one with this id is alive; it may be another program's by now. */
    @Nullable
    ProcessHandle process() {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).orElse(null);
    }

    /** Whether the id was given to another program since, as after a container's restart. */
    static boolean isAnotherProgram(ProcessHandle process) {
        String command = process.info().command().orElse("");
        return !command.isEmpty() && !command.endsWith("/postgres");
    }
}
