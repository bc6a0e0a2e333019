package dev.sluice.gateway.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What lies in a journal's directory, and whose it is. Nothing that is found there can keep a gateway from starting: what
 * has the name of a segment and is none of this node is moved to {@code quarantine/} and kept, or left where it is when even
 * that fails. Files of other names are nobody's business.
 *
 * <pre>
 * journal.lock              held by the one process that writes
 * node.id                   whose journal this is; when it is lost, the segments say it
 * 000000000042.segment      records
 * 000000000043.preparing    not finished when the process ended: deleted
 * quarantine/               damaged or foreign; can be inspected and replayed as a journal of its own
 * </pre>
 *
 * <p>Thread: that which opens the journal, then the reader's; blocks on the disk.
 */
final class JournalDirectory {
    static final String SEGMENT_SUFFIX = ".segment";
    static final String DRAFT_SUFFIX = ".preparing";
    static final String QUARANTINE = "quarantine";
    static final String NODE_FILE = "node.id";

    private static final Logger LOG = LoggerFactory.getLogger(JournalDirectory.class);
    private static final int UUID_CHARS = 36;
    private static final int MOST_DIGITS = 15;

    private final Path directory;

    /**
     * A file with the name of a segment.
     *
     * @param header null when neither copy can be read
     * @param intact whether the first copy could be read
     * @param recordsEnd where the records end at the latest
     * @param problem why there is no header
     */
    record Found(
            Path file, long bytes, @Nullable SegmentHeader header, boolean intact, long recordsEnd, String problem) {}

    /**
     * Whose journal it is, and what is to be recovered from it.
     *
     * @param segments of this node, in the order they were written in
     * @param numbers the numbers that are there, readable or not; low 32 bits
     */
    record Inventory(UUID node, List<Found> segments, Set<Integer> numbers, long highestNumber) {}

    JournalDirectory(Path directory) {
        this.directory = directory;
    }

    /** Makes the directory, readable by its owner alone, unless it is there. */
    static void create(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path absolute = directory.toAbsolutePath();
        Files.createDirectories(absolute.getParent() == null ? absolute : absolute.getParent());
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectory(
                    absolute, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectory(absolute);
        }
    }

    static String segmentName(long number) {
        return String.format(Locale.ROOT, "%012d%s", number, SEGMENT_SUFFIX);
    }

    static String draftName(long number) {
        return String.format(Locale.ROOT, "%012d%s", number, DRAFT_SUFFIX);
    }

    /** Every file with the name of a segment, by name; changes nothing. */
    List<Found> look() throws IOException {
        List<Found> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SEGMENT_SUFFIX)) {
            for (Path file : files) {
                all.add(look(file));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        all.sort(Comparator.comparing(Found::file));
        return all;
    }

    /** Takes over: finds out whose journal it is, and moves away what does not belong to it. Only under the lock. */
    Inventory takeOver() throws IOException {
        deleteDrafts();
        List<Found> all = look();
        UUID node = node(all);
        List<Found> own = new ArrayList<>();
        Set<Integer> numbers = new HashSet<>();
        long highest = 0;
        for (Found found : all) {
            SegmentHeader header = found.header();
            long named = numberInName(found.file());
            numbers.add((int) named);
            // Also those that are moved away: what cannot be moved must not be written over.
            highest = Math.max(highest, named);
            if (header != null && header.node().equals(node)) {
                own.add(found);
                numbers.add((int) header.number());
                highest = Math.max(highest, header.number());
            } else if (found.bytes() == 0) {
                deleteEmpty(found.file());
            } else {
                quarantine(found.file(), header == null ? found.problem() : "it is of node " + header.node());
            }
        }
        own.sort(Comparator.comparingLong(JournalDirectory::number));
        return new Inventory(node, List.copyOf(own), Set.copyOf(numbers), highest);
    }

    /** Moves a file away, keeping it; when that fails it stays, and stays unread. */
    void quarantine(Path file, String reason) {
        try {
            Path away = directory.resolve(QUARANTINE);
            if (!Files.isDirectory(away)) {
                if (Files.exists(away, LinkOption.NOFOLLOW_LINKS)) {
                    Files.move(away, directory.resolve(QUARANTINE + "." + UUID.randomUUID()));
                }
                Files.createDirectory(away);
            }
            Path target = away.resolve(uniqueName(file));
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
            LOG.atWarn()
                    .setMessage("a file of the journal's directory was set aside")
                    .addKeyValue("file", file)
                    .addKeyValue("movedTo", target)
                    .addKeyValue("reason", reason)
                    .log();
        } catch (IOException e) {
            LOG.atWarn()
                    .setMessage("a file of the journal's directory cannot be read and cannot be set aside")
                    .addKeyValue("file", file)
                    .addKeyValue("reason", reason)
                    .setCause(e)
                    .log();
        }
    }

    /** Still the name of a segment, if it was one. */
    private static String uniqueName(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(SEGMENT_SUFFIX)
                ? name.substring(0, name.length() - SEGMENT_SUFFIX.length()) + "." + UUID.randomUUID() + SEGMENT_SUFFIX
                : name + "." + UUID.randomUUID();
    }

    private static long number(Found found) {
        SegmentHeader header = found.header();
        return header == null ? 0 : header.number();
    }

    /** What the name says, 0 when it says nothing. */
    private static long numberInName(Path file) {
        String name = file.getFileName().toString();
        int digits = name.length() - SEGMENT_SUFFIX.length();
        try {
            return digits > MOST_DIGITS ? 0 : Math.max(0, Long.parseLong(name.substring(0, digits)));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static Found look(Path file) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return new Found(file, -1, null, false, 0, "it is no file");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long bytes = channel.size();
            SegmentHeader first = SegmentHeader.read(read(channel, 0));
            SegmentHeader copy = SegmentHeader.read(read(channel, Math.max(0, bytes - SegmentHeader.BYTES)));
            if (first != null) {
                long end = first.equals(copy) ? bytes - SegmentHeader.BYTES : bytes;
                return new Found(file, bytes, first, true, end, "");
            }
            // A copy must be at the end of its own file, not at the end of one that something was appended to.
            boolean usable = copy != null && copy.segmentBytes() == bytes;
            return new Found(
                    file, bytes, usable ? copy : null, false, bytes - SegmentHeader.BYTES, "it has no readable header");
        } catch (IOException e) {
            return new Found(file, -1, null, false, 0, "it cannot be read: " + e.getMessage());
        }
    }

    private static byte[] read(FileChannel channel, long from) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES);
        int read = 0;
        while (bytes.hasRemaining() && read >= 0) {
            read = channel.read(bytes, from + bytes.position());
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private UUID node(List<Found> all) {
        UUID kept = readNode();
        if (kept != null) {
            return kept;
        }
        SegmentHeader newest = null;
        for (Found found : all) {
            SegmentHeader header = found.header();
            if (header != null && (newest == null || header.createdMicros() > newest.createdMicros())) {
                newest = header;
            }
        }
        UUID node = newest == null ? UUID.randomUUID() : newest.node();
        writeNode(node);
        return node;
    }

    private @Nullable UUID readNode() {
        Path file = directory.resolve(NODE_FILE);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        try (var in = Files.newInputStream(file)) {
            return UUID.fromString(new String(in.readNBytes(UUID_CHARS), US_ASCII));
        } catch (IOException | IllegalArgumentException e) {
            quarantine(file, "it is no node id");
            return null;
        }
    }

    /** Without the file the next start finds the node in the segments, so a full disk is no reason to stop here. */
    private void writeNode(UUID node) {
        Path draft = directory.resolve(NODE_FILE + DRAFT_SUFFIX);
        try {
            try (FileChannel channel = FileChannel.open(
                    draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer text = ByteBuffer.wrap((node + "\n").getBytes(US_ASCII));
                while (text.hasRemaining()) {
                    channel.write(text);
                }
                channel.force(true);
            }
            Files.move(draft, directory.resolve(NODE_FILE), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.atWarn()
                    .setMessage("the journal's node id cannot be written")
                    .setCause(e)
                    .log();
        }
    }

    private void deleteDrafts() throws IOException {
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(directory, "*" + DRAFT_SUFFIX)) {
            for (Path draft : drafts) {
                try {
                    Files.delete(draft);
                } catch (IOException e) {
                    quarantine(draft, "it is no draft of ours");
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void deleteEmpty(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            LOG.atWarn()
                    .setMessage("an empty segment cannot be deleted")
                    .addKeyValue("file", file)
                    .setCause(e)
                    .log();
        }
    }
}
