package dev.sluice.gateway.journal;

import static java.util.Map.entry;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.gateway.journal.JournalReader.Recovery;
import dev.sluice.gateway.journal.JournalReader.SegmentReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a journal that was damaged: everything but the damaged records. */
class JournalReaderTest {
    private static final int HEADER = SegmentHeader.BYTES;

    @TempDir
    Path dir;

    private final Map<UUID, String> closed = new LinkedHashMap<>();
    private final List<Integer> ends = new ArrayList<>();
    private UUID cut = new UUID(0, 0);
    private Path segment = Path.of("");
    private byte[] intact = {};

    /** One segment: ten attempts that ended, of different lengths, and one that did not. */
    @BeforeEach
    void writeAJournal() throws IOException {
        Book book = new Book(dir);
        OpenRecord open = book.open("cut off");
        cut = open.attempt();
        for (int i = 0; i < 10; i++) {
            OpenRecord each = book.open("opened " + "x".repeat(i));
            JournalSegment where = book.close(each, "closed " + "y".repeat(i));
            closed.put(each.attempt(), "closed " + "y".repeat(i));
            ends.add(where.tip());
            segment = where.file();
        }
        book.crash();
        intact = Files.readAllBytes(segment);
        for (SegmentReport report : JournalReader.inspect(dir)) {
            if (report.opens() == 0) {
                Files.delete(dir.resolve(report.file()));
            }
        }
        Files.delete(segment);
    }

    @Test
    void losesOnlyWhatWasCutOffWhereverTheFileEnds() throws IOException {
        for (int length = 0; length <= intact.length; length++) {
            Recovered recovered = recoverFrom(Arrays.copyOf(intact, length));

            int whole = length < HEADER ? 0 : endsUpTo(length);
            assertThat(recovered.closed).as("cut at %d", length).hasSize(whole);
            assertThat(closed.entrySet()).containsAll(recovered.closed.entrySet());
        }
    }

    @Test
    void losesOnlyTheRecordInWhichABitWasFlipped() throws IOException {
        Random random = new Random(7);
        int used = ends.getLast();
        for (int at = 0; at < intact.length; at++) {
            byte[] damaged = intact.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));

            Recovered recovered = recoverFrom(damaged);

            boolean inRecords = at >= HEADER && at < used;
            assertThat(recovered.closed)
                    .as("a bit at %d", at)
                    .hasSizeGreaterThanOrEqualTo(inRecords ? closed.size() - 1 : closed.size());
            assertThat(closed.entrySet()).containsAll(recovered.closed.entrySet());
            Set<UUID> found = new HashSet<>(recovered.closed.keySet());
            found.addAll(recovered.interrupted.keySet());
            assertThat(found).as("a CLOSE lost at %d leaves its OPEN", at).containsAll(closed.keySet());
            found.removeAll(closed.keySet());
            boolean inOpen = at >= HEADER && at < HEADER + RecordFormat.recordBytes("cut off".length());
            boolean inItsHint = at >= HEADER + 10 && at < HEADER + 16;
            assertThat(found)
                    .as("the attempt that was cut off, with a bit at %d", at)
                    .hasSizeLessThanOrEqualTo(1)
                    .isSubsetOf(cut)
                    .hasSizeGreaterThanOrEqualTo(inOpen && !inItsHint ? 0 : 1);
        }
    }

    @Test
    void findsTheRecordsBehindAZeroedPartAndCountsThoseInIt() throws IOException {
        byte[] damaged = intact.clone();
        Arrays.fill(damaged, ends.get(2), ends.get(6), (byte) 0);
        Files.write(segment, damaged);

        try (JournalReader reader = JournalReader.ofDirectory(dir)) {
            Recovered recovered = new Recovered();
            Recovery recovery = reader.recover(recovered);

            assertThat(recovery).isEqualTo(new Recovery(1, 6, 1, 1, 8));
            reader.discard();
        }
        assertThat(segment).doesNotExist();
        assertThat(quarantine()).as("kept").hasSize(1);
    }

    @Test
    void aDamagedSegmentIsKeptAndASoundOneDeletedAndNeitherBefore() throws IOException {
        byte[] damaged = intact.clone();
        damaged[ends.getFirst() + 50] ^= 1;
        Files.write(segment, damaged);
        Path sound = dir.resolve("000000000099.segment");
        Files.write(sound, renumbered(intact, 99));

        try (JournalReader reader = JournalReader.ofDirectory(dir)) {
            reader.recover(new Recovered());
            assertThat(segment).exists();
            assertThat(sound).exists();
            reader.discard();
        }

        assertThat(segment).doesNotExist();
        assertThat(sound).doesNotExist();
        assertThat(quarantine())
                .singleElement()
                .satisfies(file -> assertThat(file).hasBinaryContent(damaged));
        assertThat(Recovered.from(dir.resolve("quarantine")).closed)
                .as("and can be replayed from there")
                .hasSize(closed.size() - 1);
    }

    @Test
    void setsForeignAndUnreadableFilesAsideAndReadsTheOthers() throws IOException {
        Files.write(segment, intact);
        Files.write(dir.resolve("000000000050.segment"), foreign(intact));
        Files.write(dir.resolve("000000000051.segment"), new byte[4_096]);
        Files.write(dir.resolve("000000000052.segment"), new byte[0]);
        Files.writeString(dir.resolve("garbage.segment"), "no segment");
        Files.createDirectory(dir.resolve("000000000053.segment"));
        Files.createSymbolicLink(dir.resolve("000000000054.segment"), dir.resolve("nowhere"));
        Files.write(dir.resolve("000000000055.preparing"), new byte[100]);
        Files.createDirectories(dir.resolve("000000000056.preparing/full"));
        Files.writeString(dir.resolve("README"), "what people leave");

        Book book = new Book(dir);

        assertThat(Recovered.from(book.journal.recovered()).closed).isEqualTo(closed);
        assertThat(quarantine().map(file -> file.getFileName().toString().replaceAll("\\.[-0-9a-f]{36}", "")))
                .containsExactlyInAnyOrder(
                        "000000000050.segment",
                        "000000000051.segment",
                        "000000000053.segment",
                        "000000000054.segment",
                        "000000000056.preparing",
                        "garbage.segment");
        assertThat(dir.resolve("000000000052.segment")).doesNotExist();
        assertThat(dir.resolve("000000000055.preparing")).doesNotExist();
        assertThat(dir.resolve("README")).exists();
        assertThat(book.tryOpen("works")).isNotNull();
        book.close();
    }

    @Test
    void opensHoweverItsOwnFilesLook() throws IOException {
        Files.write(segment, intact);
        Files.delete(dir.resolve("journal.lock"));
        Files.createDirectory(dir.resolve("journal.lock"));
        Files.delete(dir.resolve("node.id"));
        Files.createDirectory(dir.resolve("node.id"));
        Files.writeString(dir.resolve("quarantine"), "no directory");

        Book book = new Book(dir);

        assertThat(Recovered.from(book.journal.recovered()).closed).isEqualTo(closed);
        assertThat(book.tryOpen("works")).isNotNull();
        assertThat(quarantine()).hasSize(1);
        book.close();
    }

    @Test
    void aNodeIdThatCannotBeReadIsFoundInTheSegments() throws IOException {
        Files.write(segment, intact);
        String node = Files.readString(dir.resolve("node.id")).trim();
        Files.writeString(dir.resolve("node.id"), "not a uuid");

        Book book = new Book(dir);

        assertThat(book.journal.nodeId()).hasToString(node);
        assertThat(Recovered.from(book.journal.recovered()).closed).isEqualTo(closed);
        book.close();
    }

    @Test
    void readsWhatRemainsWhenASegmentInTheMiddleIsMissing() throws IOException {
        Path other = dir.resolve("000000000099.segment");
        Files.write(other, renumbered(intact, 99));

        assertThat(Recovered.from(dir).closed)
                .as("no record is valid under another number")
                .isEmpty();

        Files.write(segment, intact);
        assertThat(Recovered.from(dir).closed).isEqualTo(closed);
    }

    @Test
    void neverBelievesWhatAnEarlierUseOfTheFileLeft() throws IOException {
        byte[] reused = renumbered(intact, 7);
        Files.write(segment, reused);

        try (JournalReader reader = JournalReader.ofDirectory(dir)) {
            assertThat(reader.recover(new Recovered())).isEqualTo(new Recovery(1, 0, 0, 0, 0));
        }
    }

    @Test
    void noGarbageMakesItThrow() throws IOException {
        Random random = new Random(11);
        for (int round = 0; round < 500; round++) {
            byte[] garbage = round % 2 == 0 ? new byte[random.nextInt(6_000)] : intact.clone();
            if (round % 2 == 0) {
                random.nextBytes(garbage);
                System.arraycopy(intact, 0, garbage, 0, Math.min(round % 3 * HEADER, garbage.length));
            } else {
                for (int i = random.nextInt(200); i >= 0; i--) {
                    garbage[HEADER + random.nextInt(garbage.length - HEADER)] = (byte) random.nextInt();
                }
            }

            Recovered recovered = recoverFrom(garbage);

            assertThat(closed.entrySet()).containsAll(recovered.closed.entrySet());
            for (SegmentReport report : JournalReader.inspect(dir)) {
                assertThat(report.usedBytes()).isLessThanOrEqualTo(garbage.length);
            }
        }
    }

    @Test
    void plausibleLengthsAllOverDoNotSlowItDown() throws IOException {
        byte[] adverse = Arrays.copyOf(intact, 1 << 20);
        for (int at = ends.getLast(); at + 16 < adverse.length; at += 8) {
            ByteBuffer.wrap(adverse, at, 8).putInt(64).putInt(at);
        }
        Files.write(segment, adverse);

        assertThat(Recovered.from(dir).closed).isEqualTo(closed);
    }

    @Test
    void inspectionTellsWhatIsInEachFileAndChangesNothing() throws IOException {
        Files.write(segment, intact);
        Files.writeString(dir.resolve("garbage.segment"), "no segment");
        Book running = new Book(dir.resolve("other"));
        running.close(running.open("a"), "a");

        assertThat(JournalReader.inspect(dir.resolve("other")))
                .filteredOn(report -> report.closes() == 1)
                .singleElement()
                .satisfies(report -> assertThat(report.node()).isEqualTo(running.journal.nodeId()));
        assertThat(JournalReader.inspect(dir))
                .extracting(SegmentReport::file, SegmentReport::problem)
                .containsExactly(
                        tuple(segment.getFileName().toString(), null),
                        tuple("garbage.segment", "it has no readable header"));
        assertThat(JournalReader.inspect(dir).getFirst()).satisfies(report -> {
            assertThat(report.opens()).isEqualTo(11);
            assertThat(report.closes()).isEqualTo(10);
            assertThat(report.usedBytes()).isEqualTo(ends.getLast().longValue());
        });
        assertThat(dir.resolve("garbage.segment")).exists();
        running.close();
    }

    @Test
    void aDamagedHeaderIsReadFromItsCopy() throws IOException {
        byte[] damaged = intact.clone();
        Arrays.fill(damaged, 0, HEADER, (byte) 0xFF);
        Files.write(segment, damaged);

        try (JournalReader reader = JournalReader.ofDirectory(dir)) {
            Recovered recovered = new Recovered();
            assertThat(reader.recover(recovered).damagedSegments()).isEqualTo(1);
            assertThat(recovered.closed).isEqualTo(closed);
            assertThat(recovered.interrupted).contains(entry(cut, "cut off"));
        }
    }

    private int endsUpTo(int length) {
        return (int) ends.stream()
                .filter(end -> end <= length || unpadded(end) <= length)
                .count();
    }

    /** Where the CLOSE that ends here ends without its padding. */
    private int unpadded(int end) {
        int index = ends.indexOf(end);
        return end - (8 - (RecordFormat.OVERHEAD_BYTES + "closed ".length() + index) % 8) % 8;
    }

    private Recovered recoverFrom(byte[] bytes) throws IOException {
        Files.write(segment, bytes);
        // Without the lock, which would take most of the time.
        return Recovered.from(new JournalReader(dir, new JournalDirectory(dir).takeOver(), new DiskFiles(), null));
    }

    private Stream<Path> quarantine() throws IOException {
        try (Stream<Path> files = Files.list(dir.resolve("quarantine"))) {
            return files.toList().stream();
        }
    }

    private static byte[] renumbered(byte[] segment, long number) {
        SegmentHeader header = requireNonNull(SegmentHeader.read(segment));
        return withHeader(
                segment,
                new SegmentHeader(
                        header.node(),
                        number,
                        header.appender(),
                        header.life(),
                        header.createdMicros(),
                        header.segmentBytes()));
    }

    private static byte[] foreign(byte[] segment) {
        SegmentHeader header = requireNonNull(SegmentHeader.read(segment));
        return withHeader(
                segment,
                new SegmentHeader(UUID.randomUUID(), 50, 0, header.life(), header.createdMicros(), segment.length));
    }

    private static byte[] withHeader(byte[] segment, SegmentHeader header) {
        byte[] changed = segment.clone();
        ByteBuffer buffer = ByteBuffer.wrap(changed);
        header.write(buffer, 0);
        header.write(buffer, changed.length - HEADER);
        return changed;
    }
}
