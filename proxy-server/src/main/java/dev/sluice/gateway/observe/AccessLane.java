package dev.sluice.gateway.observe;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.SpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The way of one event loop's lines to the thread that writes them: bytes in chunks, one behind the other, without a lock
 * and without an object for each line.
 *
 * <pre>
 *   event loop ──▶ [ last chunk ◀── ... ◀── first chunk ] ──▶ writing thread
 *        ▲                                                        │
 *        └──────────────── chunks that are written ◀──────────────┘
 * </pre>
 *
 * An end that is seen has whole lines before it. Bounded: with too many chunks under way a line is not taken.
 *
 * <p>Thread: {@link #line} and {@link #send} the event loop's, {@link #isEmpty} and {@link #writeTo} the writing one's.
 */
final class AccessLane {
    static final int CHUNK_BYTES = 64 * 1024;
    private static final int FREE = 4;

    private final int most;
    private final JsonLine line = new JsonLine(1_024);
    private final SpscArrayQueue<Chunk> free = new SpscArrayQueue<>(FREE);
    private final AtomicInteger chunks = new AtomicInteger(1);

    /** The event loop's. */
    private Chunk last;
    /** The writing thread's. */
    private Chunk first;

    private int written;

    private int lost;

    private static final class Chunk {
        final byte[] bytes;
        /** The event loop writes behind it. */
        volatile int end;

        /** When there is one, nothing comes into this one any more. */
        volatile @Nullable Chunk next;

        Chunk(int bytes) {
            this.bytes = new byte[bytes];
        }
    }

    /** @param mostChunks under way */
    AccessLane(int mostChunks) {
        this.most = mostChunks;
        this.last = new Chunk(CHUNK_BYTES);
        this.first = last;
    }

    /** The pen for the next line; empty. */
    JsonLine line() {
        return line;
    }

    /** Sends what {@link #line} has, and clears it. @return false when there is no room */
    boolean send() {
        int length = line.length();
        Chunk chunk = last;
        int end = chunk.end;
        if (length > chunk.bytes.length - end) {
            if (chunks.get() >= most) {
                line.clear();
                return false;
            }
            chunk = chunk(length);
            end = 0;
            chunks.incrementAndGet();
            last.next = chunk;
            last = chunk;
        }
        System.arraycopy(line.bytes(), 0, chunk.bytes, end, length);
        line.clear();
        // With a fence behind it: whoever sends looks afterwards whether the other thread sleeps.
        chunk.end = end + length;
        return true;
    }

    private Chunk chunk(int atLeast) {
        Chunk used = atLeast > CHUNK_BYTES ? null : free.poll();
        return used == null ? new Chunk(Math.max(CHUNK_BYTES, atLeast)) : used;
    }

    boolean isEmpty() {
        return first.next == null && first.end == written;
    }

    /**
     * Writes what is there, one call for each chunk; no more than so many chunks as there may be, so that the thread comes
     * to look after other things.
     *
     * @return whether there was anything
     * @throws IOException what was to be written is lost: {@link #lost} of it
     */
    boolean writeTo(OutputStream out) throws IOException {
        boolean any = false;
        for (int i = 0; i <= most; i++) {
            Chunk chunk = first;
            // Asked for first: with a next one the end that is seen afterwards is the last.
            Chunk next = chunk.next;
            int from = written;
            int end = chunk.end;
            written = end;
            if (next != null) {
                first = next;
                written = 0;
                chunks.decrementAndGet();
            }
            if (end > from) {
                any = true;
                lost = 0;
                write(out, chunk, from, end);
            }
            if (next == null) {
                break;
            }
            recycle(chunk);
        }
        return any;
    }

    private void write(OutputStream out, Chunk chunk, int from, int end) throws IOException {
        boolean done = false;
        try {
            out.write(chunk.bytes, from, end - from);
            done = true;
        } finally {
            if (!done) {
                lost = lines(chunk.bytes, from, end);
            }
        }
    }

    /** How many lines were in what could not be written last. */
    int lost() {
        return lost;
    }

    private static int lines(byte[] bytes, int from, int end) {
        int lines = 0;
        for (int i = from; i < end; i++) {
            if (bytes[i] == '\n') {
                lines++;
            }
        }
        return lines;
    }

    private void recycle(Chunk chunk) {
        if (chunk.bytes.length == CHUNK_BYTES) {
            chunk.end = 0;
            chunk.next = null;
            free.offer(chunk);
        }
    }
}
