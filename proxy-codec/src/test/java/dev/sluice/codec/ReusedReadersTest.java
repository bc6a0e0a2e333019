package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.Seeds;
import dev.sluice.codec.relay.EventFork;
import dev.sluice.codec.relay.PromptTap;
import dev.sluice.codec.relay.Relay;
import dev.sluice.codec.relay.RelaySink;
import dev.sluice.codec.relay.UsageTap;
import dev.sluice.codec.tokens.Encoding;
import dev.sluice.codec.tokens.Tokenizer;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A reader that has read before says what a new one says, whatever the one before has been through: random requests and
 * answers, whole, cut, damaged, huge, given up in the middle, one behind the other on one thread, each compared with the
 * same on a thread of its own, where nothing has been read before.
 */
final class ReusedReadersTest {
    private static final int CASES = Integer.getInteger("reused.cases", 1_500);
    private static final Tokenizer EXACT = Tokenizer.of("gpt-4o");
    private static final Tokenizer OTHER = new Tokenizer(Encoding.CL100K_BASE, 1200, false, false);

    private static final List<ProviderStream> STREAMS = new ArrayList<>();

    @BeforeAll
    static void readStreams() {
        Encoding.O200K_BASE.counter();
        Encoding.CL100K_BASE.counter();
        STREAMS.addAll(WrittenStreams.crossings());
        STREAMS.addAll(WrittenStreams.golden());
        STREAMS.removeIf(stream -> !stream.isServerSentEvents());
    }

    @Test
    void sayWhatNewOnesSay() throws Exception {
        long seed = Seeds.ofThisRun();
        SplittableRandom seeds = new SplittableRandom(seed);
        List<SplittableRandom> cases = new ArrayList<>();
        for (int i = 0; i < CASES; i++) {
            cases.add(seeds.split());
        }
        List<String> reused = new ArrayList<>();
        onItsOwnThread(() -> {
            cases.forEach(random -> reused.add(outcome(random.split())));
            return "";
        });
        // The same numbers once more.
        SplittableRandom again = new SplittableRandom(seed);
        for (int i = 0; i < CASES; i++) {
            SplittableRandom random = again.split();
            String fresh = onItsOwnThread(() -> outcome(random.split()));
            assertThat(reused.get(i)).as("-Dseed=%s, case %s", seed, i).isEqualTo(fresh);
        }
    }

    @Test
    void areOutOfReachOnceTheyAreClosed() throws Exception {
        onItsOwnThread(() -> {
            ByteBuf body = Cuts.direct().buffer("{\"model\":\"first\"}".getBytes(UTF_8), 0, 17);
            InboundDialect openai = Dialects.inbound().getFirst();
            CallPath path = new CallPath(Endpoint.CHAT_COMPLETIONS);
            RequestReader first = openai.newRequest(path, 64);
            read(first, body);
            first.close();
            RequestReader second = openai.newRequest(path, 64);
            read(second, body);
            first.close();
            assertThat(second.model()).isEqualTo("first");
            assertThatThrownBy(first::model).isInstanceOf(IllegalStateException.class);
            second.close();

            AnswerReader answer = ProviderStream.dialect(Endpoint.CHAT_COMPLETIONS)
                    .newAnswer(Endpoint.CHAT_COMPLETIONS, /* stream= */ false, ChatEvents.IGNORED);
            answer.close();
            answer.close();
            assertThatThrownBy(answer::usage).isInstanceOf(IllegalStateException.class);
            UsageTap tap = new UsageTap(EXACT);
            tap.close();
            tap.close();
            assertThatThrownBy(tap::total).isInstanceOf(IllegalStateException.class);
            body.release();
            return "";
        });
    }

    private static void read(RequestReader request, ByteBuf body) {
        try {
            request.feed(body);
            request.end();
        } catch (MalformedRequestException e) {
            throw new AssertionError(e);
        }
    }

    private static String onItsOwnThread(Supplier<String> action) throws Exception {
        AtomicReference<String> result = new AtomicReference<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new FastThreadLocalThread(() -> {
            try {
                result.set(action.get());
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        thread.start();
        thread.join();
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        return result.get();
    }

    private static String outcome(SplittableRandom random) {
        Cuts buffers = random.nextBoolean() ? Cuts.direct() : Cuts.onHeap();
        String outcome = switch (random.nextInt(3)) {
            case 0 -> ofRequest(random, buffers);
            case 1 -> ofBody(random, buffers);
            default -> ofStream(random, buffers);
        };
        assertThat(buffers.unreleasedBytes()).as(outcome).isZero();
        return outcome;
    }

    // ---- requests ---------------------------------------------------------------------------------------------------

    private static String ofRequest(SplittableRandom random, Cuts buffers) {
        InboundDialect dialect =
                Dialects.inbound().get(random.nextInt(Dialects.inbound().size()));
        CallPath path = switch (dialect.wireFormat()) {
            case OPENAI -> new CallPath(random.nextBoolean() ? Endpoint.CHAT_COMPLETIONS : Endpoint.COMPLETIONS);
            case OPENAI_RESPONSES -> new CallPath(Endpoint.RESPONSES);
            case ANTHROPIC -> new CallPath(Endpoint.MESSAGES);
            case GEMINI -> new CallPath(Endpoint.GENERATE_CONTENT, "gemini-2.5-pro", random.nextBoolean(), null);
            case BEDROCK, OLLAMA -> throw new AssertionError("nobody calls in it");
        };
        byte[] body = damaged(random, Requests.random(random).getBytes(UTF_8));
        StringBuilder said = new StringBuilder(dialect.name()).append(' ').append(path.endpoint());
        RequestReader request = dialect.newRequest(path, random.nextInt(4) == 0 ? 5 : 64);
        ByteBuf whole = buffers.buffer(body, 0, body.length);
        try {
            int from = 0;
            for (int end : cuts(random, body.length)) {
                request.feed(whole.slice(from, end - from));
                from = end;
                if (random.nextInt(40) == 0) {
                    return said.append(" given up at ").append(end).toString();
                }
            }
            request.end();
            said.append(' ').append(request.model()).append(' ').append(request.stream());
            said.append(' ').append(request.endUser()).append(' ').append(request.continues());
            said.append(' ').append(request.maxOutputTokens()).append(' ').append(request.textBytes());
            said.append(' ').append(request.addsUsageRequest()).append(request.asksForUsage());
            for (String model : List.of("other \"model\"", request.model())) {
                ByteBuf rewritten = request.rewrite(whole.retainedDuplicate(), model, true, whole.alloc());
                said.append('\n').append(rewritten.toString(UTF_8));
                rewritten.release();
            }
            try (PromptTap tap = new PromptTap(random.nextBoolean() ? EXACT : OTHER)) {
                dialect.readPrompt(path.endpoint(), whole, tap);
                said.append('\n').append(tap.tokens()).append(tap.isExact());
            }
            said.append(' ').append(dialect.conversation(path, whole));
        } catch (MalformedRequestException e) {
            said.append(" refused: ").append(e.toError());
        } finally {
            request.close();
            whole.release();
        }
        return said.toString();
    }

    // ---- answers ----------------------------------------------------------------------------------------------------

    private static String ofBody(SplittableRandom random, Cuts buffers) {
        Endpoint endpoint = Bodies.ENDPOINTS.get(random.nextInt(Bodies.ENDPOINTS.size()));
        byte[] body = damaged(random, Bodies.random(endpoint, random).getBytes(UTF_8));
        return ofAnswer(random, buffers, endpoint, /* stream= */ false, body);
    }

    private static String ofStream(SplittableRandom random, Cuts buffers) {
        ProviderStream stream = STREAMS.get(random.nextInt(STREAMS.size()));
        byte[] bytes = stream.bytes();
        if (random.nextInt(8) == 0) {
            bytes = withHugeText(bytes);
        }
        return stream + ofAnswer(random, buffers, stream.endpoint(), /* stream= */ true, damaged(random, bytes));
    }

    private static String ofAnswer(
            SplittableRandom random, Cuts buffers, Endpoint endpoint, boolean stream, byte[] bytes) {
        EventLog said = new EventLog();
        UsageTap tap = new UsageTap(random.nextBoolean() ? EXACT : OTHER);
        ChatEvents events = random.nextBoolean() ? tap : new EventFork(said, tap);
        RelaySink sink = piece -> {
            said.note("write " + piece.toString(ISO_8859_1));
            piece.release();
        };
        boolean strips = random.nextBoolean();
        try (tap;
                AnswerReader answer = ProviderStream.dialect(endpoint).newAnswer(endpoint, stream, events);
                Relay relay = stream ? Relay.events(answer, strips, null) : Relay.body(answer)) {
            int from = 0;
            for (int end : cuts(random, bytes.length)) {
                said.note(relay.onBytes(buffers.buffer(bytes, from, end), sink) + " " + relay.contentSeen());
                said.note(tap.committed() + " of " + tap.upperBound());
                from = end;
                if (random.nextInt(60) == 0) {
                    said.note("cut: " + relay.cut(new StreamCut("budget", "It is enough.", answer.usage()), sink));
                    return said + " " + tap.total();
                }
            }
            if (random.nextInt(20) > 0) {
                said.note("end: " + relay.onEnd(random.nextBoolean(), sink));
            }
            if (answer.finished()) {
                answer.onEnd();
            }
            said.note(answer.finished() + " " + answer.contentRefused() + " " + answer.reportedUsage());
            said.note(answer.usage() + " " + answer.model() + " " + answer.serviceTier() + " " + answer.error());
            said.note(tap.total() + " " + tap.refused() + " " + tap.isExact());
            return said.toString();
        }
    }

    // ---- what is read -----------------------------------------------------------------------------------------------

    private static int[] cuts(SplittableRandom random, int length) {
        int count = random.nextInt(6);
        int[] cuts = new int[count + 1];
        for (int i = 0; i < count; i++) {
            cuts[i] = random.nextInt(length + 1);
        }
        cuts[count] = length;
        Arrays.sort(cuts);
        return cuts;
    }

    private static byte[] damaged(SplittableRandom random, byte[] bytes) {
        if (bytes.length == 0) {
            return bytes;
        }
        byte[] damaged = bytes.clone();
        return switch (random.nextInt(9)) {
            case 0 -> Arrays.copyOf(damaged, random.nextInt(damaged.length));
            case 1 -> {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                yield damaged;
            }
            case 2 -> {
                int from = random.nextInt(damaged.length);
                int to = Math.min(damaged.length, from + random.nextInt(40));
                byte[] shorter = Arrays.copyOf(damaged, damaged.length - (to - from));
                System.arraycopy(damaged, to, shorter, from, damaged.length - to);
                yield shorter;
            }
            default -> damaged;
        };
    }

    /** In the first text that there is. */
    private static byte[] withHugeText(byte[] bytes) {
        String stream = new String(bytes, ISO_8859_1);
        int at = Math.max(stream.indexOf("\"content\":\"") + 11, stream.indexOf("\"text\":\"") + 8);
        String huge = "A huge text, of words and of numbers 1234567. ".repeat(2_000);
        return (stream.substring(0, at) + huge + stream.substring(at)).getBytes(ISO_8859_1);
    }
}
