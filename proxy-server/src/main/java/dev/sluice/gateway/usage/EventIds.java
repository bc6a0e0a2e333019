package dev.sluice.gateway.usage;

import io.netty.util.concurrent.FastThreadLocal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Makes the ids of usage events: UUIDs of version 7 (RFC 9562 section 5.7). The 48 bits of time are those of the
 * attempt's start, so that an id tells which day's partition holds its row; the other 74 are random. The ids identify,
 * they protect nothing: a generator for each thread, seeded once from the system, is random enough and costs
 * nanoseconds.
 *
 * <p>Thread: any; each has a generator of its own.
 */
final class EventIds {
    private static final FastThreadLocal<SplittableRandom> RANDOM = new FastThreadLocal<>() {
        @Override
        protected SplittableRandom initialValue() {
            // Splitting chooses another increment too: two generators never walk the same sequence.
            return new SplittableRandom(new SecureRandom().nextLong()).split();
        }
    };

    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private static final long VERSION_8 = 0x8000L;
    private static final long VERSION_MASK = 0xF000L;

    private EventIds() {}

    /**
     * The id of what is stored once however often it comes up: made of {@code key} alone, a UUID of version 8 (RFC 9562
     * section 5.8). It tells nothing of time: of events with such an id the table {@code usage_once} knows which there
     * have been.
     */
    static UUID once(String key) {
        byte[] digest;
        try {
            digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        ByteBuffer bits = ByteBuffer.wrap(digest);
        long high = (bits.getLong() & ~VERSION_MASK) | VERSION_8;
        return new UUID(high, VARIANT | (bits.getLong() >>> 2));
    }

    /** Whether {@link #once} made the id. */
    static boolean isOnce(UUID id) {
        return (id.getMostSignificantBits() & VERSION_MASK) == VERSION_8;
    }

    static UUID next(long startedAtMicros) {
        SplittableRandom random = RANDOM.get();
        long millis = Math.floorDiv(startedAtMicros, 1_000L);
        long high = (millis << 16) | VERSION_7 | (random.nextLong() & 0x0FFF);
        long low = VARIANT | (random.nextLong() >>> 2);
        return new UUID(high, low);
    }
}
