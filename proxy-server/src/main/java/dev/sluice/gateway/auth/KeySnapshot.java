package dev.sluice.gateway.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The content of the {@link KeyDirectory} on the disk, {@code <data_dir>/keys.snapshot}: a gateway that starts while the
 * database is away knows its callers from it. There are digests in it, no secrets.
 *
 * <pre>
 *   "SLUICEKY" · version (1) · id of the pepper (8) · Unix time (8) · number of keys (4) · the keys · HMAC-SHA-256 (32)
 * </pre>
 *
 * The HMAC is over everything before it, with a key made of the pepper: a file in which a single bit is different, of which
 * a part is missing or to which something was added is refused whole. Who can write to the disk can still put an older file
 * there, with keys in it that have been revoked since, until the database is reached.
 *
 * <p>Thread: any that may block.
 */
final class KeySnapshot {
    static final String FILE = "keys.snapshot";

    private static final long MAGIC = 0x534c55494345_4b59L;
    private static final byte VERSION = 1;
    private static final String PURPOSE = "key snapshot";
    private static final int PEPPER_ID_BYTES = 8;

    private KeySnapshot() {}

    /** What came of reading it. */
    sealed interface Loaded {

        /** @param underPreviousPepper whether it should be written again before the previous pepper is taken away */
        record Keys(int count, Instant writtenAt, boolean underPreviousPepper) implements Loaded {}

        /** There is none: the first start, or the first with this data directory. */
        record None() implements Loaded {}

        /** There is one that is not believed; the directory has not been touched. */
        record Refused(String why) implements Loaded {}
    }

    /** Fills {@code directory}, as long as nobody else does. Never fails. */
    static Loaded load(Path dataDir, Peppers peppers, KeyDirectory directory) {
        Path file = dataDir.resolve(FILE);
        if (!Files.exists(file)) {
            return new Loaded.None();
        }
        try (FileChannel channel = PrivateFile.open(file)) {
            SnapshotInput in = new SnapshotInput(channel);
            if (in.readLong() != MAGIC) {
                throw new IOException("it is no snapshot of keys");
            }
            byte version = in.readByte();
            if (version != VERSION) {
                throw new IOException("it has version " + version + "; allowed: " + VERSION);
            }
            Pepper pepper = peppers.called(in.readHex(PEPPER_ID_BYTES));
            if (pepper == null) {
                throw new IOException("it was written with another pepper than those in use");
            }
            in.authenticate(pepper.derive(PURPOSE));
            Instant writtenAt = Instant.ofEpochSecond(in.readLong());
            int count = in.readInt();
            if (count < 0) {
                throw new IOException("it is damaged");
            }
            // The HMAC is checked when the last key has been read; before that nothing of them is in force.
            directory.replaceAll(() -> new Keys(in, count));
            return new Loaded.Keys(count, writtenAt, pepper != peppers.current());
        } catch (IOException e) {
            return new Loaded.Refused(reason(e));
        } catch (UncheckedIOException e) {
            return new Loaded.Refused(reason(e.getCause()));
        } catch (IllegalArgumentException | DateTimeException e) {
            return new Loaded.Refused("it is damaged");
        }
    }

    private static String reason(@Nullable Throwable e) {
        String message = e == null ? null : e.getMessage();
        return message == null ? "it cannot be read" : message;
    }

    /** Writes the whole of {@code content}, in place of what is there; that stays if this fails. */
    static void save(Path dataDir, Peppers peppers, KeyContent content, InstantSource clock) throws IOException {
        Pepper pepper = peppers.current();
        PrivateFile.replace(dataDir.resolve(FILE), channel -> {
            SnapshotOutput out = new SnapshotOutput(channel, pepper.derive(PURPOSE));
            out.writeLong(MAGIC);
            out.writeByte(VERSION);
            out.writeHex(pepper.id());
            out.writeLong(clock.instant().getEpochSecond());
            out.writeInt(content.count());
            for (KeyRecord key : content) {
                out.write(key);
            }
            out.finish();
        });
    }

    /** The keys of a file, one after another, and its HMAC at the end. */
    private static final class Keys implements Iterator<KeyRecord> {
        private final SnapshotInput in;
        private int left;

        Keys(SnapshotInput in, int count) {
            this.in = in;
            this.left = count;
        }

        @Override
        public boolean hasNext() {
            if (left == 0) {
                left = -1;
                try {
                    in.finish();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return left > 0;
        }

        @Override
        public KeyRecord next() {
            if (left <= 0) {
                throw new NoSuchElementException();
            }
            left--;
            try {
                return in.readKey();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
