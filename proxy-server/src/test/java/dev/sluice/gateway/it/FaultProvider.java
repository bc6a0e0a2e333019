package dev.sluice.gateway.it;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A provider that does what is wrong with providers, as a {@link Programme} says, and notes what it did. It can be asked
 * some hundred times a second beside the gateway on the same machine.
 */
final class FaultProvider implements AutoCloseable {
    private static final Pattern STREAM = Pattern.compile("\"stream\"\\s*:\\s*true");

    private final ScriptedProvider provider;
    private final Programme programme;
    private final Function<ReceivedRequest, Speech> speaker;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Queue<Turned> turned = new ConcurrentLinkedQueue<>();

    private FaultProvider(Programme programme, Function<ReceivedRequest, Speech> speaker) throws IOException {
        this.programme = programme;
        this.speaker = speaker;
        this.provider = ScriptedProvider.start(this::answer);
    }

    /** Says {@code speech}, or what faults make of it. */
    static FaultProvider start(Programme programme, Speech speech) throws IOException {
        return new FaultProvider(programme, request -> speech);
    }

    /** The same with something else to say to each request. */
    static FaultProvider start(Programme programme, Function<ReceivedRequest, Speech> speaker) throws IOException {
        return new FaultProvider(programme, speaker);
    }

    /** Where it is, without a path. */
    URI address() {
        return URI.create("http://127.0.0.1:" + provider.port());
    }

    private Script answer(ReceivedRequest request) {
        Programme.Turn turn = programme.turn(request, numbers.getAndIncrement());
        // Where the model is in the path, the path also says whether it is a stream.
        boolean streamed =
                STREAM.matcher(request.text()).find() || request.path().contains("stream");
        Speech speech = speaker.apply(request);
        Turned noted = new Turned(request, turn.fault(), speech, speech.firstContentBytes(streamed));
        turned.add(noted);
        Script script = turn.fault().script(speech, streamed, new Random(turn.seed()));
        return wire -> {
            Thread.sleep(turn.thinking());
            script.play(new NotingWire(wire, noted));
        };
    }

    /** How often it was asked. */
    int asked() {
        return numbers.get();
    }

    /** How often something was wrong. */
    long faults() {
        return turned.stream().filter(turn -> turn.fault() != Fault.NONE).count();
    }

    /** What it was asked and what it did, in order. */
    List<Turned> turned() {
        return List.copyOf(turned);
    }

    @Override
    public void close() throws IOException {
        provider.close();
    }

    /** One request, and what came of it. Written by the script's thread, read by any. */
    static final class Turned {
        private final ReceivedRequest request;
        private final Fault fault;
        private final Speech speech;
        private final int firstContentBytes;
        private final long beganNanos = System.nanoTime();
        private volatile long contentNanos;
        private final AtomicLong sentBytes = new AtomicLong();

        private Turned(ReceivedRequest request, Fault fault, Speech speech, int firstContentBytes) {
            this.request = request;
            this.fault = fault;
            this.speech = speech;
            this.firstContentBytes = firstContentBytes;
        }

        ReceivedRequest request() {
            return request;
        }

        /** What it would have said, had nothing been wrong. */
        Speech speech() {
            return speech;
        }

        Fault fault() {
            return fault;
        }

        /** When the request had been read. */
        long beganNanos() {
            return beganNanos;
        }

        /** Whether its first content was sent. */
        boolean hasContent() {
            return contentNanos != 0;
        }

        /** Of the body, without framing. */
        long sentBytes() {
            return sentBytes.get();
        }

        private void onSending(int bytes) {
            long sent = sentBytes.addAndGet(bytes);
            if (contentNanos == 0 && fault.moment() != Fault.Moment.BEFORE_CONTENT && sent >= firstContentBytes) {
                contentNanos = System.nanoTime();
            }
        }

        @Override
        public String toString() {
            return fault + (hasContent() ? " with content, " : ", ") + sentBytes() + " bytes";
        }
    }

    /** Notes what is written before it is, so that the notes never say less than what may have arrived. */
    private record NotingWire(Wire wire, Turned noted) implements Wire {

        @Override
        public ReceivedRequest request() {
            return wire.request();
        }

        @Override
        public void head(int status, String... fields) throws IOException {
            wire.head(status, fields);
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            noted.onSending(bytes.length);
            wire.write(bytes);
        }

        @Override
        public void end() throws IOException {
            wire.end();
        }

        @Override
        public void reset() throws IOException {
            wire.reset();
        }

        @Override
        public void cut() throws IOException {
            wire.cut();
        }

        @Override
        public void raw(byte[] bytes) throws IOException {
            wire.raw(bytes);
        }

        @Override
        public void splitWrites(Split split) {
            wire.splitWrites(split);
        }

        @Override
        public long awaitGone() throws IOException, InterruptedException {
            return wire.awaitGone();
        }
    }
}
