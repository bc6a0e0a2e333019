package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.relay.EventFork;
import dev.sluice.codec.relay.Relay;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every stream, stopped behind each of its events and in the middle of each, on its way to every caller: what the caller
 * has got by then ends as its dialect wants it, and is read as an answer that was allowed no more tokens.
 */
final class CutStreamTest {
    private static final StreamCut CUT =
            new StreamCut("budget_exceeded", "Nothing is left of 10 dollars.", Usage.of(31, 7, -1, 19, 3));

    /** Of what encoders write; nothing of it may be left. */
    private static final UnpooledByteBufAllocator ENCODED =
            new UnpooledByteBufAllocator(false, /* disableLeakDetector= */ true);

    /** What became of a stream that was stopped. */
    private record Stopped(Relay.Cut how, String written, boolean finished) {}

    @TestFactory
    Stream<DynamicTest> streamsInAnotherDialect() {
        List<DynamicTest> tests = new ArrayList<>();
        for (ProviderStream stream : all()) {
            for (Caller caller : Caller.values()) {
                tests.add(dynamicTest(stream + " for " + caller, () -> stopTranslated(stream, caller)));
            }
        }
        return tests.stream();
    }

    /** As strict as the grammars are: with streams that are known to obey them, since they are our own. */
    @TestFactory
    Stream<DynamicTest> legalStreamsAsTheyAre() {
        List<DynamicTest> tests = new ArrayList<>();
        for (ProviderStream stream : all()) {
            for (Caller caller : Caller.values()) {
                tests.add(dynamicTest(stream + " said to " + caller, () -> {
                    Crossing said = Crossing.translated(
                            stream,
                            caller.newEncoder(ENCODED),
                            new int[] {stream.bytes().length},
                            Cuts.onHeap(),
                            ChatEvents.IGNORED);
                    if (said.isComplete()) {
                        ProviderStream own = ProviderStream.of(
                                "said", caller.endpoint(), said.text().getBytes(UTF_8));
                        stopPassed(own, caller);
                    }
                }));
            }
        }
        return tests.stream();
    }

    /** Hosts with their own ideas: what they have passed is read as it was, and as an answer with an end. */
    @TestFactory
    Stream<DynamicTest> streamsAsTheyAre() {
        return all().stream()
                .filter(stream -> stream.isServerSentEvents())
                .map(stream -> dynamicTest(stream.toString(), () -> stopPassed(stream, null)));
    }

    private static List<ProviderStream> all() {
        List<ProviderStream> all = new ArrayList<>(WrittenStreams.crossings());
        all.addAll(WrittenStreams.golden());
        return all;
    }

    private static void stopTranslated(ProviderStream stream, Caller caller) {
        for (int length : places(stream)) {
            ProviderStream beginning = stream.truncated(length);
            Told told = new Told();
            Stopped stopped = translate(beginning, caller.newEncoder(ENCODED), told);
            if (isWritten(stopped)) {
                caller.check(stopped.written(), /* complete= */ true);
                List<Told.Choice> expected = caller.hears(told.choices());
                check(stopped, read(caller, stopped.written()), expected);
            }
        }
        assertThat(ENCODED.metric().usedHeapMemory()).isZero();
    }

    /** @param caller who is strict; null for nobody */
    private static void stopPassed(ProviderStream stream, @Nullable Caller caller) {
        for (int length : places(stream)) {
            ProviderStream beginning = stream.truncated(length);
            Stopped stopped = pass(beginning);
            if (!isWritten(stopped)) {
                continue;
            }
            if (caller != null) {
                caller.check(stopped.written(), /* complete= */ true);
            }
            int wholeEvents = 0;
            for (int end : stream.eventEnds()) {
                wholeEvents = end <= length ? end : wholeEvents;
            }
            Told before = new Told();
            Crossing.read(stream.truncated(wholeEvents), before);
            check(stopped, reread(stream, stopped.written()), before.choices());
        }
    }

    private static Told read(Caller caller, String written) {
        return reread(ProviderStream.of("again", caller.endpoint(), new byte[0]), written);
    }

    private static Told reread(ProviderStream as, String written) {
        Told told = new Told();
        Crossing read = Crossing.read(ProviderStream.of("again", as.endpoint(), written.getBytes(UTF_8)), told);
        assertThat(read.error()).as(written).isNull();
        assertThat(read.ending()).as(written).isEqualTo(Relay.Ending.COMPLETE);
        return told;
    }

    private static void check(Stopped stopped, Told told, List<Told.Choice> expected) {
        if (stopped.finished()) {
            return;
        }
        assertThat(stopped.written())
                .contains(
                        "\"sluice\":{\"stopped_by\":\"budget_exceeded\",\"message\":\"Nothing is left of 10 dollars.\"}");
        assertThat(told.choices()).extracting(Told.Choice::finish).contains(FinishReason.LENGTH);
        for (Told.Choice choice : told.choices()) {
            for (Channel channel : Channel.values()) {
                String all = expected.stream()
                        .filter(candidate -> candidate.index() == choice.index())
                        .map(candidate -> candidate.text(channel))
                        .findFirst()
                        .orElse("");
                assertThat(all).as(stopped.written()).startsWith(choice.text(channel));
                assertThat(all.length() - choice.text(channel).length())
                        .as("characters that were lost: %s of %s", choice.text(channel), all)
                        .isLessThan(2);
            }
        }
    }

    private static boolean isWritten(Stopped stopped) {
        return switch (stopped.how()) {
            case WRITTEN -> true;
            case NOTHING_WRITTEN -> {
                assertThat(stopped.written()).isEmpty();
                yield false;
            }
            case IMPOSSIBLE -> false;
        };
    }

    /** The ends of events and the middles of events. */
    private static List<Integer> places(ProviderStream stream) {
        List<Integer> places = new ArrayList<>();
        int before = 0;
        for (int end : stream.eventEnds()) {
            places.add((before + end) / 2);
            places.add(end);
            before = end;
        }
        return places;
    }

    private static Stopped translate(ProviderStream stream, AnswerEncoder encoder, Told told) {
        try (encoder;
                AnswerReader answer =
                        stream.dialect().newAnswer(stream.endpoint(), true, new EventFork(told, encoder));
                Relay relay = Relay.translated(stream.dialect(), true, answer, encoder)) {
            return stop(stream, relay, answer);
        }
    }

    private static Stopped pass(ProviderStream stream) {
        try (AnswerReader answer = stream.dialect().newAnswer(stream.endpoint(), true, ChatEvents.IGNORED);
                Relay relay = Relay.events(answer, /* stripUsage= */ false, /* cost= */ null)) {
            return stop(stream, relay, answer);
        }
    }

    private static Stopped stop(ProviderStream stream, Relay relay, AnswerReader answer) {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        Cuts reads = Cuts.onHeap();
        byte[] bytes = stream.bytes();
        Relay.State state = relay.onBytes(reads.buffer(bytes, 0, bytes.length), piece -> collect(piece, written));
        boolean failed = state == Relay.State.FAILED_UNCOMMITTED || state == Relay.State.FAILED_UNTOLD;
        // What ends a message of Anthropic's says nothing that the event before it has not said.
        boolean reasonSaid = relay.atEventBoundary() && written.toString(UTF_8).contains("\"stop_reason\":\"");
        boolean over = failed || answer.finished() || reasonSaid || answer.error() != null;
        Relay.Cut how = relay.cut(CUT, piece -> collect(piece, written));
        if (how == Relay.Cut.IMPOSSIBLE) {
            assertThat(answer.error() != null || !over)
                    .as(written.toString(UTF_8))
                    .isTrue();
        }
        if (answer.error() != null) {
            // An error has passed: nothing more can be said.
            return new Stopped(Relay.Cut.IMPOSSIBLE, "", true);
        }
        return new Stopped(how, written.toString(UTF_8), over);
    }

    private static void collect(ByteBuf piece, ByteArrayOutputStream written) {
        assertThat(piece.isReadable()).as("an empty write").isTrue();
        byte[] bytes = new byte[piece.readableBytes()];
        piece.readBytes(bytes);
        written.writeBytes(bytes);
        piece.release();
    }
}
