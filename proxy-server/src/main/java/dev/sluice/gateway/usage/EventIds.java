package dev.sluice.gateway.usage;

import io.netty.util.concurrent.FastThreadLocal;
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

    private EventIds() {}

    static UUID next(long startedAtMicros) {
        SplittableRandom random = RANDOM.get();
        long millis = Math.floorDiv(startedAtMicros, 1_000L);
        long high = (millis << 16) | VERSION_7 | (random.nextLong() & 0x0FFF);
        long low = VARIANT | (random.nextLong() >>> 2);
        return new UUID(high, low);
    }
}
