package dev.sluice.gateway.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second process, and a second journal of this one, out of a journal's directory. The lock dies with the process.
 *
 * <p>Thread: any.
 */
final class JournalLock implements AutoCloseable {
    static final String FILE = "journal.lock";

    /**
     * Directories that this process holds. They are asked first: on POSIX, closing a second channel of a locked file would
     * end the lock of the first one.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private JournalLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * @param directory exists
     * @throws JournalLockedException when somebody else has it
     */
    static JournalLock take(Path directory) throws IOException {
        Path real = directory.toRealPath();
        if (!HELD.add(real)) {
            throw new JournalLockedException(directory, "this process");
        }
        FileChannel channel = null;
        try {
            Path file = real.resolve(FILE);
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.move(file, real.resolve(FILE + "." + UUID.randomUUID()));
            }
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new JournalLockedException(directory, holder(channel));
            }
            sign(channel);
            return new JournalLock(real, channel);
        } catch (IOException | RuntimeException e) {
            HELD.remove(real);
            if (channel != null) {
                channel.close();
            }
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** The number is for the message that the next one gets: without it the lock is no worse. */
    private static void sign(FileChannel channel) {
        try {
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(US_ASCII)), 0);
        } catch (IOException e) {
            // A full disk, most likely.
            return;
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(20);
        int read = channel.read(pid, 0);
        return read <= 0 ? "another process" : "process " + new String(pid.array(), 0, read, US_ASCII);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        HELD.remove(directory);
    }
}
