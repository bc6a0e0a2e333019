package dev.sluice.gateway.it;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A file system of few megabytes, in memory, that a test may fill. Linux and root only. */
final class SmallDisk implements AutoCloseable {
    private static final int BLOCK_BYTES = 4096;

    private final Path root;
    private final Thread unmounter;

    /** Why there can be none here; empty when there can. */
    static String whyNot() {
        if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
            return "mounting a tmpfs needs Linux";
        }
        if (!"root".equals(System.getProperty("user.name"))) {
            return "mounting a tmpfs needs root";
        }
        try (SmallDisk trial = new SmallDisk(1)) {
            return Files.isWritable(trial.root) ? "" : "a tmpfs was mounted and cannot be written";
        } catch (IOException e) {
            return "a tmpfs cannot be mounted here: " + e.getMessage();
        }
    }

    SmallDisk(int megabytes) throws IOException {
        root = Files.createTempDirectory("sluice-disk");
        unmounter = new Thread(this::unmountQuietly, "disk-unmounter");
        try {
            run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m,mode=700", "tmpfs", root.toString());
        } catch (IOException e) {
            Files.delete(root);
            throw e;
        }
        Runtime.getRuntime().addShutdownHook(unmounter);
    }

    Path directory(String name) throws IOException {
        return Files.createDirectory(root.resolve(name));
    }

    /** Leaves not a byte of room. */
    void fill() throws IOException {
        try (OutputStream filler = Files.newOutputStream(root.resolve("filler"))) {
            byte[] block = new byte[BLOCK_BYTES];
            for (; ; ) {
                filler.write(block);
            }
        } catch (IOException full) {
            if (usableBytes() > 0) {
                throw full;
            }
        }
    }

    /** Takes away what {@link #fill} put there. */
    void free() throws IOException {
        Files.deleteIfExists(root.resolve("filler"));
    }

    long usableBytes() throws IOException {
        return Files.getFileStore(root).getUsableSpace();
    }

    private void unmountQuietly() {
        try {
            run("umount", "-l", root.toString());
        } catch (IOException e) {
            System.out.println(root + " stays mounted: " + e.getMessage());
        }
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(List.of(command) + ": " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(unmounter);
        run("umount", "-l", root.toString());
        Files.delete(root);
    }
}
