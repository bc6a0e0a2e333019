package dev.sluice.gateway.journal;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Segment files on a real file system. A mapping outlives its channel, so no descriptor stays open; it ends when the
 * garbage collector finds its buffer unreachable, which may be long after the file was deleted. {@link #delete}
 * truncates first, so that the disk has its blocks back nevertheless.
 *
 * <p>That a store into a mapping never meets a full disk holds for file systems that write in place (ext4, XFS, tmpfs), not
 * for those that copy on write (Btrfs, ZFS). Thread: journal.
 */
final class DiskFiles implements SegmentFiles {
    private static final int PAGE = 4_096;

    private final ByteBuffer zeros = ByteBuffer.allocateDirect(64 * 1_024);

    @Override
    public MappedByteBuffer create(Path file, int bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, Set.of(CREATE_NEW, READ, WRITE), ownerOnly(file))) {
            for (int rest = bytes; rest > 0; ) {
                rest -= channel.write(zeros.clear().limit(Math.min(rest, zeros.capacity())));
            }
            channel.force(true);
            MappedByteBuffer mapping = channel.map(MapMode.READ_WRITE, 0, bytes);
            // The first store into a page faults: better on this thread than on an event loop.
            for (int page = 0; page < bytes; page += PAGE) {
                mapping.put(page, (byte) 0);
            }
            return mapping;
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    @Override
    public void force(MappedByteBuffer mapping, int from, int bytes) throws IOException {
        try {
            mapping.force(from, bytes);
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void copy(MappedByteBuffer mapping, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), ownerOnly(file))) {
            ByteBuffer rest = mapping.duplicate().clear();
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, WRITE)) {
            channel.truncate(0);
        }
        Files.delete(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        // Not every system can open a directory.
        if (isPosix(directory)) {
            try (FileChannel channel = FileChannel.open(directory, READ)) {
                channel.force(true);
            }
        }
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    /** Who asked for what is nobody else's business. */
    private static FileAttribute<?>[] ownerOnly(Path file) {
        return isPosix(file)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
