package dev.sluice.gateway.cli;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.price.InvalidPricesException;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** What is said about a failure, without a stack trace. */
final class FailureText {
    private FailureText() {}

    static List<String> of(Exception exception) {
        return switch (exception) {
            case CommandFailedException e -> List.of("sluice: " + e.getMessage());
            case ConfigException e ->
                e.problems().stream()
                        .map(problem -> problem.text(
                                e.file() == null ? "environment" : e.file().toString()))
                        .toList();
            case InvalidPricesException e -> List.of("sluice: " + e.getMessage());
            case BindException e -> List.of("sluice: cannot listen: " + e.getMessage());
            case AccessDeniedException e -> List.of("sluice: no permission for " + e.getFile());
            case NoSuchFileException e -> List.of("sluice: " + e.getFile() + " does not exist");
            case FileSystemException e -> List.of("sluice: " + e.getMessage());
            case IOException e -> List.of("sluice: " + e.getMessage());
            case IllegalArgumentException e -> List.of("sluice: " + e.getMessage());
            default ->
                List.of("sluice: unexpected failure (" + exception.getClass().getSimpleName()
                        + "); SLUICE_DEBUG=1 shows where");
        };
    }
}
