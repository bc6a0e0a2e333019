package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.bedrock.EventStreamBytes;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Streams of providers as they were recorded, which are no part of this repository: {@code SLUICE_REPLAY_DIR} says where
 * they are.
 *
 * <ul>
 *   <li>{@code .chunks.txt}: a payload on each line, of several answers one behind the other at times.
 *   <li>{@code .sse}, and any other text that begins like one: the very bytes of server-sent events.
 *   <li>{@code .bin}: the very bytes of Amazon's frames.
 * </ul>
 *
 * What they are is seen from their first payload; what is none of a dialect that is spoken here is left out and named.
 */
final class RecordedStreams {
    private static final Set<String> BEDROCK_EVENTS = Set.of(
            "messageStart",
            "contentBlockStart",
            "contentBlockDelta",
            "contentBlockStop",
            "messageStop",
            "metadata",
            "internalServerException",
            "modelStreamErrorException",
            "throttlingException",
            "validationException");

    private final Path root;
    private final List<ProviderStream> streams = new ArrayList<>();

    private RecordedStreams(Path root) {
        this.root = root;
    }

    static List<ProviderStream> in(Path root) throws IOException {
        RecordedStreams recorded = new RecordedStreams(root);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                recorded.add(file);
            }
        }
        return recorded.streams;
    }

    private void add(Path file) throws IOException {
        String name = root.relativize(file).toString();
        if (name.endsWith(".bin")) {
            streams.add(ProviderStream.of(name, Endpoint.CONVERSE, Files.readAllBytes(file)));
            return;
        }
        if (!name.endsWith(".txt") && !name.endsWith(".sse") && !name.endsWith(".json")) {
            return;
        }
        String text = Files.readString(file);
        boolean framed = text.startsWith("data:") || text.startsWith("event:") || text.startsWith(":");
        if (!framed && !name.endsWith(".chunks.txt")) {
            return;
        }
        List<String> payloads = text.lines()
                .filter(line -> framed ? line.startsWith("data:") : !line.isBlank())
                .map(line -> framed ? line.substring("data:".length()).strip() : line)
                .toList();
        Endpoint endpoint = payloads.isEmpty() ? null : endpoint(payloads.getFirst());
        if (endpoint == null) {
            System.out.println("not translated, no dialect that is spoken here: " + name);
        } else if (framed) {
            streams.add(ProviderStream.of(name, endpoint, text.getBytes(UTF_8)));
        } else if (endpoint == Endpoint.CONVERSE) {
            streams.add(ProviderStream.of(name, endpoint, frames(payloads)));
        } else {
            split(name, endpoint, payloads);
        }
    }

    /** Answers that were written into one file begin where one has ended. */
    private void split(String name, Endpoint endpoint, List<String> payloads) {
        List<String> answer = new ArrayList<>();
        int number = 1;
        boolean ended = false;
        for (String payload : payloads) {
            if (ended && (isType(payload, "message_start") || isType(payload, "response.created"))) {
                streams.add(ProviderStream.ofPayloads(name + '#' + number++, endpoint, answer));
                answer = new ArrayList<>();
                ended = false;
            }
            answer.add(payload);
            ended |= isType(payload, "message_stop")
                    || isType(payload, "response.completed")
                    || isType(payload, "response.incomplete");
        }
        streams.add(ProviderStream.ofPayloads(number == 1 ? name : name + '#' + number, endpoint, answer));
    }

    private static byte[] frames(List<String> lines) {
        EventStreamBytes frames = new EventStreamBytes();
        for (String line : lines) {
            JsonSlice event = JsonSlice.checked(Unpooled.copiedBuffer(line, UTF_8));
            if (event == null) {
                throw new AssertionError("no JSON: " + line);
            }
            JsonSlice.Member payload = event.members().getFirst();
            frames.event(payload.name(), payload.value().json());
        }
        return frames.toBytes();
    }

    private static @Nullable Endpoint endpoint(String payload) {
        JsonSlice first = JsonSlice.checked(Unpooled.copiedBuffer(payload, UTF_8));
        if (first == null || !first.isObject()) {
            return null;
        }
        JsonSlice type = first.member("type");
        if (type != null && (type.textEquals("message_start") || type.textEquals("ping"))) {
            return Endpoint.MESSAGES;
        }
        if (type != null && type.textStartsWith("response.")) {
            return Endpoint.RESPONSES;
        }
        if (first.member("candidates") != null || first.member("usageMetadata") != null) {
            return Endpoint.GENERATE_CONTENT;
        }
        if (first.member("choices") != null) {
            return Endpoint.CHAT_COMPLETIONS;
        }
        boolean bedrock = first.members().size() == 1
                && BEDROCK_EVENTS.contains(first.members().getFirst().name());
        return bedrock ? Endpoint.CONVERSE : null;
    }

    private static boolean isType(String payload, String type) {
        JsonSlice json = JsonSlice.checked(Unpooled.copiedBuffer(payload, UTF_8));
        JsonSlice named = json == null || !json.isObject() ? null : json.member("type");
        return named != null && named.textEquals(type);
    }
}
