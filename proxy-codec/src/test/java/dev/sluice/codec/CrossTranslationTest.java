package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.relay.Relay;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every stream, through every caller's dialect, and back: what a client library of that dialect reads is what the
 * provider said, up to what {@link Caller} names; the bytes obey the dialect's grammar, and are the same however the
 * provider's were cut. A stream that breaks off, or tells of an error, never looks like one that has ended well. Between
 * two sides of one dialect the bytes are the very same.
 */
final class CrossTranslationTest {
    private static final String RECORDINGS = "SLUICE_REPLAY_DIR";
    private static final int EVERY_CUT_BELOW_BYTES = 8 << 10;
    private static final GatewayError BROKEN_OFF =
            GatewayError.provider(ErrorKind.UPSTREAM_ERROR, "the provider's answer broke off");

    /** Of what encoders write; nothing of it may be left. */
    private static final UnpooledByteBufAllocator ENCODED =
            new UnpooledByteBufAllocator(false, /* disableLeakDetector= */ true);

    private static long crossings;

    @AfterAll
    static void count() {
        if (System.getenv(RECORDINGS) != null) {
            System.out.println("streams went through dialects " + crossings + " times");
        }
    }

    /** How thoroughly reads are cut. */
    private enum Cutting {
        /** Everywhere, in small streams; in large ones at 200 places. */
        EVERYWHERE,
        /**
         * Everywhere, but for each caller at one place in four: what a cut changes for an encoder is which events have
         * been read before, and no event is as short as that.
         */
        EVERYWHERE_BY_TURNS,
        /** At 10 places: for streams that the readers' own tests cut everywhere. */
        HERE_AND_THERE
    }

    @TestFactory
    Stream<DynamicTest> streamsForTranslation() {
        boolean thorough = System.getenv(RECORDINGS) != null;
        return tests(WrittenStreams.crossings(), thorough ? Cutting.EVERYWHERE : Cutting.EVERYWHERE_BY_TURNS);
    }

    @TestFactory
    Stream<DynamicTest> goldenStreams() {
        return tests(WrittenStreams.golden(), Cutting.HERE_AND_THERE);
    }

    @TestFactory
    Stream<DynamicTest> recordedStreams() throws IOException {
        String folder = System.getenv(RECORDINGS);
        assumeTrue(folder != null, "SLUICE_REPLAY_DIR is not set: no recorded streams are translated");
        List<ProviderStream> streams = RecordedStreams.in(Path.of(Objects.requireNonNull(folder)));
        for (ProviderStream stream : streams) {
            Crossing read = Crossing.read(stream, ChatEvents.IGNORED);
            if (!read.isComplete()) {
                System.out.println("no good end (" + read.ending() + ", " + read.error() + "): " + stream);
            }
        }
        System.out.println(streams.size() + " recorded streams");
        return tests(streams, Cutting.EVERYWHERE);
    }

    private static Stream<DynamicTest> tests(List<ProviderStream> streams, Cutting cutting) {
        assertThat(streams).isNotEmpty();
        List<DynamicTest> tests = new ArrayList<>();
        for (ProviderStream stream : streams) {
            for (Caller caller : Caller.values()) {
                tests.add(dynamicTest(stream + " for " + caller, () -> translate(stream, caller, cutting)));
            }
            tests.add(dynamicTest(stream + " cut off", () -> breakOff(stream, cutting)));
            if (stream.isServerSentEvents()) {
                tests.add(dynamicTest(stream + " as it is", () -> pass(stream, cutting)));
            }
        }
        return tests.stream();
    }

    private static void translate(ProviderStream stream, Caller caller, Cutting cutting) {
        Cuts reads = Cuts.onHeap();
        Told told = new Told();
        Crossing whole = cross(stream, caller, new int[] {stream.bytes().length}, reads, told);
        check(stream, caller, whole, told);
        Set<String> accepted = new HashSet<>(Set.of(whole.text()));
        String same = caller.sameHoweverRead(whole.text());
        for (int[] ends : cuts(stream.bytes().length, cutting, caller.ordinal())) {
            Crossing cut = cross(stream, caller, ends, reads, ChatEvents.IGNORED);
            if (accepted.add(cut.text())) {
                assertThat(caller.sameHoweverRead(cut.text()))
                        .as("cut at %s", ends)
                        .isEqualTo(same);
            }
            assertThat(cut.ending() == whole.ending() && cut.usage().equals(whole.usage()))
                    .as("cut at %s: %s, %s", ends, cut.ending(), cut.usage())
                    .isTrue();
        }
        assertThat(reads.unreleasedBytes() + ENCODED.metric().usedHeapMemory()).isZero();
    }

    /** Holds what the caller got against what the provider said. */
    private static void check(ProviderStream stream, Caller caller, Crossing crossing, Told told) {
        if (!crossing.isComplete()) {
            checkBrokenOff(caller, crossing, told);
            return;
        }
        caller.check(crossing.text(), /* complete= */ true);
        Told again = new Told();
        Crossing read = Crossing.read(again(caller, crossing.text()), again);
        if (caller.isBrokenBy(told.choices())) {
            assertThat(read.ending()).isEqualTo(Relay.Ending.PROVIDER_ERROR);
            return;
        }
        assertThat(read.ending()).isEqualTo(Relay.Ending.COMPLETE);
        List<Told.Choice> expected = caller.hears(told.choices());
        assertThat(heard(again.choices(), expected)).isEqualTo(expected);
        assertThat(caller.figures(read.usage())).isEqualTo(caller.figures(crossing.usage()));
        assertThat(again.model()).isEqualTo(told.model() == null ? "asked-model" : told.model());
    }

    /** What was written is no success, and no more than a beginning; and an error event makes it a failure. */
    private static void checkBrokenOff(Caller caller, Crossing crossing, Told told) {
        String written = crossing.text();
        if (written.isEmpty()) {
            return;
        }
        caller.check(written, /* complete= */ false);
        Told again = new Told();
        assertThat(Crossing.read(again(caller, written), again).ending())
                .as(written)
                .isEqualTo(Relay.Ending.TRUNCATED);
        List<Told.Choice> expected = caller.hears(told.choices());
        for (Told.Choice choice : again.choices()) {
            Told.Choice whole = expected.stream()
                    .filter(candidate -> candidate.index() == choice.index())
                    .findFirst()
                    .orElseThrow();
            for (Channel channel : Channel.values()) {
                assertThat(whole.text(channel)).startsWith(choice.text(channel));
            }
        }
        GatewayError error = crossing.error() == null ? BROKEN_OFF : crossing.error();
        String ended = written + caller.dialect().errorEvent(error);
        Crossing read = Crossing.read(again(caller, ended), ChatEvents.IGNORED);
        assertThat(read.ending()).isEqualTo(Relay.Ending.PROVIDER_ERROR);
        assertThat(read.error()).isNotNull();
    }

    /** At each end of an event, and in the middle of each. */
    private static void breakOff(ProviderStream stream, Cutting cutting) {
        Cuts reads = Cuts.onHeap();
        int before = 0;
        for (int end : stream.eventEnds()) {
            int middle = (before + end) / 2;
            for (int length : cutting == Cutting.HERE_AND_THERE ? new int[] {end} : new int[] {middle, end}) {
                ProviderStream beginning = stream.truncated(length);
                for (Caller caller : Caller.values()) {
                    Told told = new Told();
                    Crossing crossing = cross(beginning, caller, new int[] {length}, reads, told);
                    if (crossing.isComplete()) {
                        assertThat(Terminal.isIn(beginning))
                                .as("complete at %s", length)
                                .isTrue();
                    } else {
                        checkBrokenOff(caller, crossing, told);
                    }
                }
            }
            before = end;
        }
        assertThat(reads.unreleasedBytes() + ENCODED.metric().usedHeapMemory()).isZero();
    }

    private static void pass(ProviderStream stream, Cutting cutting) {
        Cuts reads = Cuts.onHeap();
        byte[] bytes = stream.bytes();
        Crossing told = Crossing.read(stream, ChatEvents.IGNORED);
        Crossing whole = Crossing.passed(stream, new int[] {bytes.length}, reads);
        String expected = whole.text();
        // What a provider says behind the end, or behind an error, is nobody's business.
        assertThat(new String(bytes, UTF_8)).startsWith(expected);
        int passedBytes = whole.written().size();
        if (whole.isComplete() && passedBytes < bytes.length) {
            assertThat(Terminal.isIn(stream.truncated(passedBytes)))
                    .as(expected)
                    .isTrue();
        }
        for (int[] ends : cuts(bytes.length, cutting, 0)) {
            Crossing passed = Crossing.passed(stream, ends, reads);
            if (!passed.text().equals(expected)) {
                assertThat(passed.text()).as("cut at %s", ends).isEqualTo(expected);
            }
            // Behind an error, what is left is read for its usage alone.
            boolean same = passed.usage().equals(told.usage()) || told.error() != null;
            assertThat(passed.ending() == told.ending() && same)
                    .as("cut at %s: %s, %s", ends, passed.ending(), passed.usage())
                    .isTrue();
        }
        for (int end : stream.eventEnds()) {
            ProviderStream beginning = stream.truncated(end);
            Crossing passed = Crossing.passed(beginning, new int[] {end}, reads);
            assertThat(passed.isComplete() && !Terminal.isIn(beginning))
                    .as("complete at %s", end)
                    .isFalse();
        }
        assertThat(reads.unreleasedBytes() + ENCODED.metric().usedHeapMemory()).isZero();
    }

    private static Crossing cross(ProviderStream stream, Caller caller, int[] ends, Cuts reads, ChatEvents told) {
        crossings++;
        return Crossing.translated(stream, caller.newEncoder(ENCODED), ends, reads, told);
    }

    private static ProviderStream again(Caller caller, String written) {
        return ProviderStream.of("again", caller.endpoint(), written.getBytes(UTF_8));
    }

    /** What has been read, in which the ids that are expected to be ours are named so. */
    private static List<Told.Choice> heard(List<Told.Choice> read, List<Told.Choice> expected) {
        List<Told.Choice> heard = new ArrayList<>();
        for (int i = 0; i < read.size(); i++) {
            Told.Choice choice = read.get(i);
            List<Told.Part> parts = new ArrayList<>(Told.joined(choice.parts()));
            List<Told.Part> wanted = i < expected.size() ? expected.get(i).parts() : List.of();
            for (int k = 0; k < Math.min(parts.size(), wanted.size()); k++) {
                if (parts.get(k) instanceof Told.Call call
                        && wanted.get(k) instanceof Told.Call want
                        && Caller.OUR_ID.equals(want.id())) {
                    assertThat(call.id()).as("an id of ours").isNotEmpty();
                    parts.set(k, new Told.Call(Caller.OUR_ID, call.name(), call.arguments(), call.signature()));
                }
            }
            List<Told.Citation> citations =
                    choice.citations().stream().map(Told.Citation::anywhere).toList();
            heard.add(new Told.Choice(choice.index(), parts, citations, choice.finish(), choice.stopSequence()));
        }
        return heard;
    }

    /** Ends of the reads: byte by byte, in two pieces, at random. */
    private static List<int[]> cuts(int length, Cutting cutting, int turn) {
        List<int[]> cuts = new ArrayList<>();
        int[] single = new int[length];
        for (int i = 0; i < length; i++) {
            single[i] = i + 1;
        }
        cuts.add(single);
        boolean everywhere = cutting != Cutting.HERE_AND_THERE;
        if (everywhere && length < EVERY_CUT_BELOW_BYTES) {
            int step = cutting == Cutting.EVERYWHERE ? 1 : Caller.values().length;
            for (int cut = step == 1 ? 1 : 1 + turn; cut < length; cut += step) {
                cuts.add(new int[] {cut, length});
            }
            return cuts;
        }
        Random random = new Random(length);
        for (int i = 0; i < (everywhere ? 200 : 10) && length > 1; i++) {
            cuts.add(i % 2 == 0 ? new int[] {1 + random.nextInt(length - 1), length} : Cuts.randomCut(random, length));
        }
        return cuts;
    }
}
