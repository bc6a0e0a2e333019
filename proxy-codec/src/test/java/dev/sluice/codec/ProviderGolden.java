package dev.sluice.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.ChatRequestJson;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.stream.Stream;

/**
 * Golden files of a provider's dialect that has frames of its own: {@code golden/<dialect>/<case>}.
 *
 * <ul>
 *   <li>{@code chat.json}, a request in the words of {@link ChatRequestJson}, becomes {@code request.json}, in which white
 *       space between values does not count, and what is dropped is named in {@code dropped.txt}; or it is refused with
 *       {@code refused.txt}.
 *   <li>An answer says what is in {@code says.txt}: a script of {@link EventScript}, then what is known at its end.
 * </ul>
 */
public final class ProviderGolden {
    private static final Path ROOT = Path.of("src", "test", "resources", "golden");

    private final Path folder;

    private ProviderGolden(Path folder) {
        this.folder = folder;
    }

    /** The cases of {@code dialect} that have a file called {@code file}. */
    public static List<ProviderGolden> cases(String dialect, String file) {
        try (Stream<Path> folders = Files.list(ROOT.resolve(dialect))) {
            return folders.filter(folder -> Files.exists(folder.resolve(file)))
                    .sorted()
                    .map(ProviderGolden::new)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String read(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The case's name. */
    @Override
    public String toString() {
        return String.valueOf(folder.getFileName());
    }

    /** Holds the request that {@code dialect} makes of {@code chat.json} against the golden one. */
    public void assertRequest(ProviderDialect dialect) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        ChatRequestJson.Asked asked = ChatRequestJson.read(read("chat.json"));
        try {
            ProviderRequest written = dialect.writeChat(asked.request(), asked.model(), allocator);
            String body = written.body().toString(StandardCharsets.UTF_8);
            written.body().release();
            assertThat(JsonSlice.checked(Unpooled.copiedBuffer(body, StandardCharsets.UTF_8)))
                    .as("JSON")
                    .isNotNull();
            assertThat(compact(body)).isEqualTo(compact(read("request.json")));
            assertThat(String.join("\n", written.dropped()))
                    .isEqualTo(has("dropped.txt") ? read("dropped.txt").strip() : "");
        } catch (MalformedRequestException e) {
            assertThat(e)
                    .as("refused")
                    .hasMessage(has("refused.txt") ? read("refused.txt").strip() : "-");
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    /** Holds what {@code bytes} say, whole and in pieces of all kinds, against the golden script. */
    public void assertAnswer(ProviderDialect dialect, Endpoint endpoint, boolean stream, byte[] bytes) {
        String golden = read("says.txt");
        Cuts heap = Cuts.onHeap();
        Cuts direct = Cuts.direct();
        assertThat(says(dialect, endpoint, stream, bytes, direct, new int[] {bytes.length}))
                .as("%s, whole", this)
                .isEqualTo(golden);
        Cuts.forEachCut(bytes.length, 20, ends -> {
            String said = says(dialect, endpoint, stream, bytes, heap, ends);
            if (!said.equals(golden)) {
                assertThat(said).as("%s, cut at %s", this, ends).isEqualTo(golden);
            }
        });
        assertThat(heap.unreleasedBytes() + direct.unreleasedBytes()).isZero();
    }

    /** What an answer says, as a script, and then what is known at its end. */
    public static String says(
            ProviderDialect dialect, Endpoint endpoint, boolean stream, byte[] bytes, Cuts cuts, int[] ends) {
        EventScript.Recorder recorder = new EventScript.Recorder();
        StringJoiner events = new StringJoiner(" ");
        try (AnswerReader answer = dialect.newAnswer(endpoint, stream, recorder)) {
            FrameReader frames = stream
                    ? Objects.requireNonNull(dialect.newFrames(new Payloads(answer, events)))
                    : new Whole(new Payloads(answer, events));
            int from = 0;
            for (int to : ends) {
                ByteBuf piece = cuts.buffer(bytes, from, to);
                frames.feed(piece);
                piece.release();
                from = to;
            }
            frames.end();
            StringBuilder says = new StringBuilder(recorder.toString());
            says.append("# ").append(events).append('\n');
            says.append(usage(answer.usage()));
            says.append(answer.finished() ? "# finished" : "# unfinished");
            says.append(frames.isBroken() ? ", broken" : "");
            says.append(answer.model() == null ? "" : ", model " + answer.model());
            says.append(answer.serviceTier() == null ? "" : ", tier " + answer.serviceTier());
            says.append('\n');
            GatewayError error = answer.error();
            if (error != null) {
                says.append("# ")
                        .append(error.kind())
                        .append(' ')
                        .append(error.source())
                        .append(": ")
                        .append(error.message())
                        .append('\n');
            }
            return says.toString();
        }
    }

    private boolean has(String file) {
        return Files.exists(folder.resolve(file));
    }

    private static String usage(Usage usage) {
        StringJoiner line = new StringJoiner(" ", "usage ", "\n");
        line.add(figure(usage.inputTokens())).add(figure(usage.outputTokens()));
        add(line, "cached", usage.cachedTokens());
        add(line, "written", usage.cacheWriteTokens());
        add(line, "written1h", usage.cacheWrite1hTokens());
        return line.toString();
    }

    private static void add(StringJoiner line, String name, long figure) {
        if (figure != Usage.UNKNOWN) {
            line.add(name + '=' + figure);
        }
    }

    private static String figure(long figure) {
        return figure == Usage.UNKNOWN ? "-" : String.valueOf(figure);
    }

    /** {@code json} without what stands between values. */
    private static String compact(String json) {
        StringBuilder compact = new StringBuilder();
        boolean inString = false;
        for (int i = 0; i < json.length(); i++) {
            char next = json.charAt(i);
            if (next == '"') {
                inString = !inString;
            } else if (next == '\\') {
                compact.append(next).append(json.charAt(++i));
                continue;
            }
            if (inString || !Character.isWhitespace(next)) {
                compact.append(next);
            }
        }
        return compact.toString();
    }

    /** Hands payloads on as a relay does, and notes what they turn out to be. */
    private record Payloads(AnswerReader answer, StringJoiner events) implements FrameReader.Listener {
        @Override
        public void onName(String name) {
            if (name.equals("error")) {
                answer.onNamedError();
            } else {
                answer.onName(name);
            }
        }

        @Override
        public void onPayload(ByteBuf buffer, int index, int length) {
            answer.onPayload(buffer, index, length);
        }

        @Override
        public void onPayloadEnd() {
            events.add(answer.onPayloadEnd() + (answer.reportedUsage() ? "+usage" : ""));
        }
    }

    private record Whole(FrameReader.Listener listener) implements FrameReader {
        @Override
        public void feed(ByteBuf bytes) {
            listener.onPayload(bytes, bytes.readerIndex(), bytes.readableBytes());
        }

        @Override
        public void end() {
            listener.onPayloadEnd();
        }

        @Override
        public boolean isBroken() {
            return false;
        }
    }
}
