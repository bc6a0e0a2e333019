package dev.sluice.gateway.journal;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The disk, with what can go wrong with one, and a record of what was asked of it. */
final class FaultyFiles implements SegmentFiles {
    private final SegmentFiles disk = new DiskFiles();
    /** What was done, in its order: {@code force 000000000001.segment}. */
    final List<String> done = new ArrayList<>();

    boolean full;
    boolean forceFails;
    boolean nextForceFails;
    boolean copyFails;
    boolean renameFails;
    /** What a disk that is not full says it has left. */
    long usableBytes = Long.MAX_VALUE;

    @Override
    public MappedByteBuffer create(Path file, int bytes) throws IOException {
        if (full) {
            throw new IOException("No space left on device");
        }
        done.add("create " + file.getFileName());
        return disk.create(file, bytes);
    }

    @Override
    public void force(MappedByteBuffer mapping, int from, int bytes) throws IOException {
        if ((forceFails || nextForceFails) && from + bytes > SegmentHeader.BYTES) {
            nextForceFails = false;
            done.add("force fails");
            throw new IOException("Input/output error");
        }
        done.add("force " + from + " " + bytes);
        disk.force(mapping, from, bytes);
    }

    @Override
    public void copy(MappedByteBuffer mapping, Path file) throws IOException {
        if (copyFails) {
            throw new IOException("Input/output error of the copy");
        }
        done.add("copy " + file.getFileName());
        disk.copy(mapping, file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        if (renameFails) {
            throw new IOException("Input/output error of the rename");
        }
        done.add("rename " + from.getFileName() + " " + to.getFileName());
        disk.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        done.add("delete " + file.getFileName());
        disk.delete(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        done.add("force directory");
        disk.forceDirectory(directory);
    }

    @Override
    public long usableBytes(Path directory) {
        return full ? 0 : usableBytes;
    }
}
