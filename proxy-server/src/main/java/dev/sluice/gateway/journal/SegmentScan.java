package dev.sluice.gateway.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the records of a segment's file, one after the other, through a window of 128 KiB. Where no valid record lies, it
 * looks for the next one, eight bytes at a time. Bytes without a valid record behind them are the end: a torn record, the
 * zeros, or what an earlier use of the file left there.
 *
 * <p>Thread: confined; blocks on the disk.
 */
final class SegmentScan implements Closeable {
    private static final int WINDOW_BYTES = 2 * RecordFormat.LARGEST_RECORD_BYTES;

    private static final Logger LOG = LoggerFactory.getLogger(SegmentScan.class);

    private final FileChannel channel;
    private final RecordFormat format = new RecordFormat();
    private final ByteBuffer window;
    private long windowStart;

    private long position;
    private boolean searching;
    private long lastSequence;
    private int gaps;
    private long missing;

    private long offset;
    /** Of the record in hand, in the window. */
    private int at;

    private SegmentScan(FileChannel channel, SegmentHeader header, long from) throws IOException {
        this.channel = channel;
        this.window = ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, channel.size()))
                .limit(0);
        this.position = from;
        format.seed(header.number(), header.life());
    }

    static SegmentScan open(Path file, SegmentHeader header, long from) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new SegmentScan(channel, header, from);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Goes to the next record before {@code limit}. What lies behind it is not looked at now, and may be later.
     *
     * @return false when there is none
     */
    boolean next(long limit) throws IOException {
        while (position + RecordFormat.OVERHEAD_BYTES <= limit) {
            if (isRecordAt(position, limit)) {
                take();
                return true;
            }
            searching = true;
            position += RecordFormat.ALIGNMENT;
        }
        return false;
    }

    private boolean isRecordAt(long candidate, long limit) throws IOException {
        if (!load(candidate, RecordFormat.OVERHEAD_BYTES, limit)) {
            return false;
        }
        int length = window.getInt((int) (candidate - windowStart));
        if (length < RecordFormat.OVERHEAD_BYTES
                || length > RecordFormat.LARGEST_RECORD_BYTES
                || length > limit - candidate
                || !load(candidate, length, limit)) {
            return false;
        }
        int start = (int) (candidate - windowStart);
        return format.isRecord(window, start, window.limit()) && window.getLong(start + 16) > lastSequence;
    }

    /** @return whether so many bytes are in the window now */
    private boolean load(long from, int bytes, long limit) throws IOException {
        if (from < windowStart || from + bytes > windowStart + window.limit()) {
            fill(from, limit);
        }
        return from + bytes <= windowStart + window.limit();
    }

    /** Nothing behind {@code limit} is read: what an appender has not published yet may be other bytes soon. */
    private void fill(long from, long limit) throws IOException {
        windowStart = from;
        window.clear().limit((int) Math.min(window.capacity(), limit - from));
        int read = 0;
        while (window.hasRemaining() && read >= 0) {
            read = channel.read(window, from + window.position());
        }
        window.flip();
    }

    private void take() {
        at = (int) (position - windowStart);
        offset = position;
        if (searching) {
            searching = false;
            gaps++;
            missing += lastSequence == 0 ? 1 : Math.max(1, sequence() - lastSequence - 1);
        }
        lastSequence = sequence();
        position += RecordFormat.aligned(window.getInt(at));
    }

    /** Where the record in hand begins. */
    long offset() {
        return offset;
    }

    /** Behind the record in hand, padding included. */
    long position() {
        return position;
    }

    byte type() {
        return window.get(at + 8);
    }

    int closedIn() {
        return RecordFormat.closedIn(window.getLong(at + 8));
    }

    long sequence() {
        return window.getLong(at + 16);
    }

    UUID attempt() {
        return new UUID(window.getLong(at + 24), window.getLong(at + 32));
    }

    /** Valid until the next call of {@link #next}. */
    ByteBuffer payload() {
        int length = window.getInt(at) - RecordFormat.OVERHEAD_BYTES;
        return window.slice(at + RecordFormat.OVERHEAD_BYTES, length).asReadOnlyBuffer();
    }

    /** Places where records were unreadable, with readable ones behind them. */
    int gaps() {
        return gaps;
    }

    /** Records that were in the gaps, at least. */
    long missing() {
        return missing;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.atDebug()
                    .setMessage("a segment that was read could not be closed")
                    .setCause(e)
                    .log();
        }
    }
}
