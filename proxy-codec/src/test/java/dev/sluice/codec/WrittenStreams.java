package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.bedrock.EventStreamBytes;
import dev.sluice.codec.dialect.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Streams of all provider dialects that were written for tests: those in {@code crossings}, a payload a line, and all
 * that the golden files of the dialects and the relay's tests have.
 */
final class WrittenStreams {
    private static final Path ROOT = Path.of("src", "test", "resources");

    private final List<ProviderStream> streams = new ArrayList<>();

    private WrittenStreams() {}

    /** Those that are there for translations, small enough for every cut. */
    static List<ProviderStream> crossings() {
        WrittenStreams written = new WrittenStreams();
        written.addCrossings("openai", Endpoint.CHAT_COMPLETIONS);
        written.addCrossings("responses", Endpoint.RESPONSES);
        written.addCrossings("anthropic", Endpoint.MESSAGES);
        written.addCrossings("gemini", Endpoint.GENERATE_CONTENT);
        written.addCrossings("bedrock", Endpoint.CONVERSE);
        written.addCrossings("ollama", Endpoint.OLLAMA_CHAT);
        return written.streams;
    }

    /** All others. */
    static List<ProviderStream> golden() {
        WrittenStreams written = new WrittenStreams();
        for (Path file : files("golden/openai-provider/answer", "payloads.txt")) {
            written.addPayloads(file, Endpoint.CHAT_COMPLETIONS);
        }
        for (Path file : files("streams", ".sse")) {
            written.add(file, Endpoint.CHAT_COMPLETIONS, read(file));
        }
        for (Path file : files("golden/responses", "provider.sse")) {
            written.add(file, Endpoint.RESPONSES, read(file));
        }
        for (Path file : files("golden/anthropic/answers", "answer.sse")) {
            written.add(file, Endpoint.MESSAGES, read(file));
        }
        for (Path file : files("golden/gemini/answers", "stream.sse")) {
            written.add(file, Endpoint.GENERATE_CONTENT, read(file).replace("\n", "\r\n"));
        }
        for (Path file : files("golden/ollama", "answer.ndjson")) {
            written.add(file, Endpoint.OLLAMA_CHAT, read(file));
        }
        for (Path file : files("golden/bedrock", "events.txt")) {
            written.streams.add(
                    ProviderStream.of(name(file), Endpoint.CONVERSE, EventStreamBytes.ofScript(read(file))));
        }
        return written.streams;
    }

    private void addCrossings(String dialect, Endpoint endpoint) {
        for (Path file : files("crossings/" + dialect, ".txt")) {
            switch (endpoint) {
                case CONVERSE ->
                    streams.add(ProviderStream.of(name(file), endpoint, EventStreamBytes.ofScript(read(file))));
                case OLLAMA_CHAT -> add(file, endpoint, read(file));
                case CHAT_COMPLETIONS, RESPONSES, MESSAGES, GENERATE_CONTENT -> addPayloads(file, endpoint);
                default -> throw new IllegalArgumentException(endpoint + " is no chat");
            }
        }
    }

    private void addPayloads(Path file, Endpoint endpoint) {
        streams.add(ProviderStream.ofPayloads(
                name(file), endpoint, read(file).lines().toList()));
    }

    private void add(Path file, Endpoint endpoint, String text) {
        streams.add(ProviderStream.of(name(file), endpoint, text.getBytes(UTF_8)));
    }

    private static List<Path> files(String folder, String ending) {
        try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path file) {
        return ROOT.relativize(file).toString();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
