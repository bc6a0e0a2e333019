package dev.sluice.gateway.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.journal.JournalReader;
import dev.sluice.gateway.journal.JournalReader.SegmentReport;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what a journal holds, also that of a gateway that runs. Changes nothing. */
@Command(
        name = "inspect",
        description = "Say what a journal holds; changes nothing, and may be used while it is written.")
final class JournalInspectCommand implements Callable<Integer> {
    private static final List<String> HEAD =
            List.of("file", "created", "begun", "progress", "ended", "bytes", "unreadable", "problem");

    private final Main.Surroundings surroundings;

    @Parameters(paramLabel = "DIR", description = "The folder with the segments: data_dir/journal.")
    private @Nullable Path directory;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    JournalInspectCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, CommandFailedException {
        Path chosen = folder(surroundings, directory);
        List<SegmentReport> segments = JournalReader.inspect(chosen);
        if (json) {
            surroundings.out().println(json(segments));
            return ExitCode.OK;
        }
        List<List<String>> lines = new ArrayList<>();
        lines.add(HEAD);
        for (SegmentReport segment : segments) {
            lines.add(List.of(
                    segment.file(),
                    segment.node() == null
                            ? ""
                            : Instant.EPOCH
                                    .plus(segment.createdMicros(), ChronoUnit.MICROS)
                                    .truncatedTo(ChronoUnit.SECONDS)
                                    .toString(),
                    Long.toString(segment.opens()),
                    Long.toString(segment.progresses()),
                    Long.toString(segment.closes()),
                    Long.toString(segment.usedBytes()),
                    Long.toString(segment.unreadableRecords()),
                    segment.problem() == null ? "" : UsageText.printable(segment.problem())));
        }
        UsageText.columns(lines, 2, surroundings.out());
        return ExitCode.OK;
    }

    static Path folder(Main.Surroundings surroundings, @Nullable Path directory) throws CommandFailedException {
        Path chosen = surroundings
                .workingDir()
                .resolve(directory == null ? Path.of("") : directory)
                .normalize();
        if (!Files.isDirectory(chosen)) {
            throw new CommandFailedException("there is no folder " + chosen);
        }
        return chosen;
    }

    private static String json(List<SegmentReport> segments) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
            generator.writeStartArray();
            for (SegmentReport segment : segments) {
                generator.writeStartObject();
                generator.writeStringField("file", segment.file());
                generator.writeStringField(
                        "node", segment.node() == null ? null : segment.node().toString());
                generator.writeNumberField("created_micros", segment.createdMicros());
                generator.writeNumberField("opens", segment.opens());
                generator.writeNumberField("progresses", segment.progresses());
                generator.writeNumberField("closes", segment.closes());
                generator.writeNumberField("used_bytes", segment.usedBytes());
                generator.writeNumberField("unreadable_records", segment.unreadableRecords());
                generator.writeStringField("problem", segment.problem());
                generator.writeEndObject();
            }
            generator.writeEndArray();
        }
        return out.toString();
    }
}
