package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A process that the harness started, and will end with all that it started itself. It works in a folder of its own, by
 * which the script finds it when the harness itself was killed. Thread: any.
 */
final class Child implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 20;

    private static final Set<Child> ALIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALIVE.forEach(Child::close), "children"));
    }

    private final String name;
    private final Path log;
    private final Process process;

    private Child(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /** Starts it in {@code directory}, which is made; what it says goes to a file beside. */
    static Child start(String name, Path directory, Map<String, String> environment, List<String> command)
            throws IOException {
        Files.createDirectories(directory);
        Path log = directory.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return started(name, log, builder);
    }

    /** Starts one of the harness's own, which talks through its standard input and output. */
    static Child talking(String name, Path directory, List<String> command) throws IOException {
        Files.createDirectories(directory);
        Path log = directory.resolve(name + ".log");
        return started(
                name,
                log,
                new ProcessBuilder(command).directory(directory.toFile()).redirectError(log.toFile()));
    }

    private static Child started(String name, Path log, ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        Child child = new Child(name, log, process);
        ALIVE.add(child);
        return child;
    }

    Process process() {
        return process;
    }

    long pid() {
        return process.pid();
    }

    /** What it has said last, for those who must know why it does not answer. */
    String tail() {
        try {
            String text = Files.readString(log, UTF_8);
            return text.substring(Math.max(0, text.length() - 2_000));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void assertAlive() {
        if (!process.isAlive()) {
            throw new IllegalStateException(
                    name + " has ended with " + process.exitValue() + "; it said last:\n" + tail());
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        // An orderly end has ended these, too.
        descendants.forEach(ProcessHandle::destroyForcibly);
        ALIVE.remove(this);
    }
}
