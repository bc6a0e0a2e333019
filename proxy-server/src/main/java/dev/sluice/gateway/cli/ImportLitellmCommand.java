package dev.sluice.gateway.cli;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.Problem;
import dev.sluice.gateway.config.YamlTree;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Makes a configuration of the config.yaml of a LiteLLM proxy, and says what of it is lost. The result is tried out, with
 * made-up values for the variables that are not set, before anybody relies on it.
 */
@Command(
        name = "litellm",
        description = "Make a configuration from the config.yaml of a LiteLLM proxy.",
        footer = "What is lost, or not quite the same, is said with its line on stderr and at the top of the result."
                + " No secret is copied: each becomes a reference to an environment variable.")
final class ImportLitellmCommand implements Callable<Integer> {
    private final Main.Surroundings surroundings;

    @Parameters(index = "0", paramLabel = "FILE", description = "The config.yaml of LiteLLM.")
    private Path file = Path.of("");

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where to write the configuration, which must not be there yet; printed when absent.")
    private @Nullable Path out;

    ImportLitellmCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, CommandFailedException, IOException {
        Path source = surroundings.workingDir().resolve(file).normalize();
        ImportNotes notes = new ImportNotes();
        ImportVariables variables = new ImportVariables(notes);
        ImportedConfig config =
                LitellmTranslation.translate(ForeignMap.of(YamlTree.readForeign(source)), notes, variables);
        PrintWriter err = surroundings.err();
        for (ImportNotes.Note note : notes.inOrder()) {
            err.println(file + ":" + (note.line() == 0 ? "" : note.line() + ":") + " note: " + note.text());
        }
        if (config.providers().isEmpty()) {
            throw new CommandFailedException(
                    "nothing in " + file + " can be carried over; is there a model_list with providers known here?");
        }
        String written =
                ImportedYaml.write(config, String.valueOf(source.getFileName()), variables.names(), notes.inOrder());
        List<Problem> problems = out == null ? print(written, variables) : write(written, out, variables);
        if (problems.isEmpty()) {
            return ExitCode.OK;
        }
        String where = out == null ? "result" : out.toString();
        problems.forEach(problem -> err.println(problem.text(where)));
        err.println("sluice: the result is not accepted as it stands; mend the lines above");
        return ExitCode.SOFTWARE;
    }

    private List<Problem> print(String written, ImportVariables variables) throws IOException {
        surroundings.out().print(written);
        Path draft = Files.createTempFile("sluice-import-", ".yaml");
        try {
            Files.writeString(draft, written);
            return tryOut(draft, variables);
        } finally {
            Files.delete(draft);
        }
    }

    private List<Problem> write(String written, Path named, ImportVariables variables)
            throws CommandFailedException, IOException {
        Path target = surroundings.workingDir().resolve(named).normalize();
        try {
            Files.writeString(target, written, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailedException(named + " is there already and is not replaced", e);
        }
        surroundings.err().println("wrote " + named + "; sluice check " + named + " looks at it with your variables");
        return tryOut(target, variables);
    }

    private List<Problem> tryOut(Path result, ImportVariables variables) {
        try {
            ConfigLoader.load(result, variables.trial(surroundings.environment(), result), surroundings.workingDir());
            return List.of();
        } catch (ConfigException e) {
            return e.problems();
        }
    }
}
