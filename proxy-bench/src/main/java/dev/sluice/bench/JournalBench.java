package dev.sluice.bench;

import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalAppender;
import dev.sluice.gateway.journal.JournalSettings;
import dev.sluice.gateway.journal.JournalSettings.Durability;
import dev.sluice.gateway.journal.OpenRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.SpscArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What one record of 400 bytes costs the event loop, three ways: the journal's stores into a mapped segment, a
 * {@code FileChannel.write} on the loop, and a hop to a thread that writes for all and calls back. Nanoseconds a record; each
 * is checksummed and in the page cache at the end. In memory ({@code /dev/shm}) where there is such a thing: a disk says
 * nothing about the loop. See decision 0005.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JournalBench {
    private static final int PAYLOAD_BYTES = 400;
    private static final int RECORD_BYTES = PAYLOAD_BYTES + 40;
    private static final int FILE_BYTES = 64 << 20;
    private static final int IN_FLIGHT = 64;
    private static final byte[] PAYLOAD = new byte[PAYLOAD_BYTES];
    private static final UUID ATTEMPT = UUID.randomUUID();

    /** The journal itself. */
    @State(Scope.Thread)
    public static class Mapped {
        private final Path directory = newDirectory();
        private final Journal journal = newJournal(directory);
        private final JournalAppender appender = journal.appender(0, Runnable::run);
        private final OpenRecord open = new OpenRecord();

        @TearDown
        public void close() throws IOException {
            journal.close();
            delete(directory);
        }
    }

    /** A preallocated file that is written over and over. */
    @State(Scope.Thread)
    public static class Written {
        private final Path directory = newDirectory();
        private final FileChannel file = newFile(directory);
        private final Batch batch = new Batch(1);

        @TearDown
        public void close() throws IOException {
            file.close();
            delete(directory);
        }
    }

    /** Such a file behind a thread that writes what has gathered with one call, and calls back. It never sleeps. */
    @State(Scope.Thread)
    public static class Hop {
        private final Path directory = newDirectory();
        private final FileChannel file = newFile(directory);
        private final SpscArrayQueue<byte[]> toWriter = new SpscArrayQueue<>(IN_FLIGHT);
        private final SpscArrayQueue<byte[]> toLoop = new SpscArrayQueue<>(IN_FLIGHT);
        private final Thread writer = new Thread(this::write, "writer");
        private volatile boolean stopped;
        private int inFlight;

        @Setup
        public void start() {
            writer.start();
        }

        @TearDown
        public void close() throws IOException, InterruptedException {
            stopped = true;
            writer.join();
            file.close();
            delete(directory);
        }

        void collect() {
            while (toLoop.poll() != null) {
                inFlight--;
            }
        }

        private void write() {
            Batch batch = new Batch(IN_FLIGHT);
            MessagePassingQueue.Consumer<byte[]> adding = batch::add;
            try {
                while (!stopped) {
                    int records = toWriter.drain(adding, IN_FLIGHT);
                    if (records == 0) {
                        Thread.onSpinWait();
                        continue;
                    }
                    batch.writeTo(file);
                    for (; records > 0; records--) {
                        toLoop.offer(PAYLOAD);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** OPEN and CLOSE of an attempt, as the gateway does it. */
    @Benchmark
    @OperationsPerInvocation(2)
    public void mapped(Mapped state) {
        while (!state.appender.open(state.open, ATTEMPT, PAYLOAD, PAYLOAD_BYTES, PAYLOAD_BYTES)) {
            Thread.onSpinWait();
        }
        state.appender.close(state.open, PAYLOAD, PAYLOAD_BYTES).acknowledge(1);
    }

    @Benchmark
    public void fileChannel(Written state) throws IOException {
        state.batch.add(PAYLOAD);
        state.batch.writeTo(state.file);
    }

    /** What it costs when the loop goes on meanwhile, with up to 64 records under way. */
    @Benchmark
    public void hop(Hop state) {
        while (state.inFlight == IN_FLIGHT || !state.toWriter.offer(PAYLOAD)) {
            state.collect();
        }
        state.inFlight++;
        state.collect();
    }

    /** How long an answer's last byte would wait for its record. */
    @Benchmark
    public void hopAndWait(Hop state) {
        state.toWriter.offer(PAYLOAD);
        state.inFlight++;
        while (state.inFlight > 0) {
            state.collect();
        }
    }

    /** Records with checksum, side by side. */
    private static final class Batch {
        private final CRC32C crc = new CRC32C();
        private final ByteBuffer bytes;

        Batch(int records) {
            bytes = ByteBuffer.allocateDirect(records * RECORD_BYTES);
        }

        void add(byte[] payload) {
            crc.reset();
            crc.update(payload, 0, payload.length);
            bytes.putLong(payload.length).putLong(crc.getValue()).position(bytes.position() + 24);
            bytes.put(payload);
        }

        void writeTo(FileChannel file) throws IOException {
            if (file.position() > FILE_BYTES) {
                file.position(0);
            }
            bytes.flip();
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            bytes.clear();
        }
    }

    private static Path newDirectory() {
        Path memory = Path.of("/dev/shm");
        try {
            return Files.isDirectory(memory)
                    ? Files.createTempDirectory(memory, "sluice-bench")
                    : Files.createTempDirectory("sluice-bench");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Journal newJournal(Path directory) {
        try {
            return Journal.open(
                    directory, new JournalSettings(FILE_BYTES, Durability.WRITE, Duration.ofMillis(1), 0), 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileChannel newFile(Path directory) {
        try {
            FileChannel file = FileChannel.open(
                    directory.resolve("written"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
            for (int written = 0; written < FILE_BYTES; ) {
                written += file.write(zeros.clear());
            }
            return file.position(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
