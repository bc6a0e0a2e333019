package dev.sluice.gateway.config;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A configuration was refused, whole; carries everything that is wrong with it, in the order of the file. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Path file;
    private final transient List<Problem> problems;
    private final transient FileStates files;

    ConfigException(@Nullable Path file, List<Problem> problems, FileStates files) {
        super(problems.stream().map(problem -> problem.text(origin(file))).collect(Collectors.joining("\n")));
        this.file = file;
        this.problems = List.copyOf(problems);
        this.files = files;
    }

    /** The file that was read; null when the environment alone was. */
    public @Nullable Path file() {
        return file;
    }

    /** At least one. */
    public List<Problem> problems() {
        return problems;
    }

    /** What was read until then. */
    public FileStates files() {
        return files;
    }

    /** What to call the origin in messages. */
    public String origin() {
        return origin(file);
    }

    private static String origin(@Nullable Path file) {
        return file == null ? "environment" : file.toString();
    }
}
