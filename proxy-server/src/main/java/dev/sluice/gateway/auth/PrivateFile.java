package dev.sluice.gateway.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** A file that only its owner may read, and that is there whole or not at all. Thread: any; blocks on the disk. */
public final class PrivateFile {
    private static final String DRAFT_SUFFIX = ".tmp";
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_ONLY_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private PrivateFile() {}

    /** What a file is to hold. */
    @FunctionalInterface
    interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Reads {@code file} after making sure that nobody else can.
     *
     * @throws IOException also when it is readable by others and that cannot be changed
     */
    public static byte[] read(Path file, int largestBytes) throws IOException {
        close(file);
        try (var in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(largestBytes + 1);
            if (content.length > largestBytes) {
                throw new IOException(file + " is larger than the allowed " + largestBytes + " bytes");
            }
            return content;
        }
    }

    /**
     * Opens {@code file} for reading, after making sure that nobody else can.
     *
     * @throws IOException also when it is readable by others and that cannot be changed
     */
    static FileChannel open(Path file) throws IOException {
        close(file);
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    /** Writes {@code file} unless it is there; of several that try at once, the first one wins. */
    static void createIfAbsent(Path file, byte[] content) throws IOException {
        if (Files.exists(file)) {
            return;
        }
        Path draft = writeDraft(file, whole(content));
        try {
            // Unlike a move, a link never replaces what another process has put there in the meantime.
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException e) {
            return;
        } catch (UnsupportedOperationException | IOException e) {
            Files.move(draft, file);
        } finally {
            Files.deleteIfExists(draft);
        }
        syncDirectory(file);
    }

    /** Writes {@code file}, in place of one that may be there. */
    public static void replace(Path file, byte[] content) throws IOException {
        replace(file, whole(content));
    }

    /** Writes {@code file}, in place of one that may be there, which stays when this fails. */
    static void replace(Path file, Content content) throws IOException {
        Path draft = writeDraft(file, content);
        try {
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(draft);
        }
        syncDirectory(file);
    }

    /** Removes what a process that was ended while it wrote {@code file} has left beside it. */
    static void deleteDrafts(Path file) throws IOException {
        Path directory = directoryOf(file);
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> drafts =
                    Files.newDirectoryStream(directory, draftPrefix(file) + "*" + DRAFT_SUFFIX)) {
                for (Path draft : drafts) {
                    Files.deleteIfExists(draft);
                }
            }
        }
    }

    private static Content whole(byte[] content) {
        return channel -> {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        };
    }

    private static String draftPrefix(Path file) {
        return "." + file.getFileName() + "-";
    }

    private static Path writeDraft(Path file, Content content) throws IOException {
        Path directory = directoryOf(file);
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory, attributes(file, OWNER_ONLY_DIRECTORY));
        }
        Path draft = Files.createTempFile(directory, draftPrefix(file), DRAFT_SUFFIX, attributes(file, OWNER_ONLY));
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
            content.writeTo(channel);
            channel.force(true);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(draft);
            throw e;
        }
        return draft;
    }

    private static FileAttribute<?>[] attributes(Path file, Set<PosixFilePermission> permissions) {
        return isPosix(file)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    private static void close(Path file) throws IOException {
        if (!isPosix(file)) {
            return;
        }
        Set<PosixFilePermission> open = EnumSet.noneOf(PosixFilePermission.class);
        open.addAll(Files.getPosixFilePermissions(file));
        open.removeAll(OWNER_ONLY);
        if (open.isEmpty()) {
            return;
        }
        try {
            Files.setPosixFilePermissions(file, OWNER_ONLY);
        } catch (IOException e) {
            throw new IOException(file + " can be read by others, and this cannot be changed; allowed: mode 0600", e);
        }
    }

    /** After this a crash of the machine does not undo the creation. Not every system can open a directory. */
    private static void syncDirectory(Path file) throws IOException {
        if (isPosix(file)) {
            try (FileChannel directory = FileChannel.open(directoryOf(file), StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    private static Path directoryOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        return parent == null ? file.toAbsolutePath() : parent;
    }

    private static boolean isPosix(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
