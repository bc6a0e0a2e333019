package dev.sluice.gateway.journal;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;

/**
 * What the journal asks of the file system. One stands on the disk, the tests have one that fails on demand.
 *
 * <p>Thread: journal; each call may block.
 */
interface SegmentFiles {
    /**
     * Makes a new file of zeros that were <em>written</em> and forced, and maps it: its blocks exist, so that no store into
     * the mapping can find the disk full. A file that could not be finished is deleted.
     */
    MappedByteBuffer create(Path file, int bytes) throws IOException;

    /** Returns when these bytes of the mapping are on the disk. */
    void force(MappedByteBuffer mapping, int from, int bytes) throws IOException;

    /** Writes what the mapping shows into a new file, and forces it. A file that could not be finished is deleted. */
    void copy(MappedByteBuffer mapping, Path file) throws IOException;

    /** Replaces {@code to} atomically when it exists. */
    void rename(Path from, Path to) throws IOException;

    /** Gives the file's blocks back at once, even while it is still mapped, and removes its name. */
    void delete(Path file) throws IOException;

    /** Makes renames and deletions in it outlive a loss of power. */
    void forceDirectory(Path directory) throws IOException;

    long usableBytes(Path directory) throws IOException;
}
