package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class EventIdsTest {

    @Test
    void anIdOfWhatIsStoredOnceIsMadeOfItsKeyAlone() {
        UUID id = EventIds.once("batches\nalpha\nfile-1\ngpt-4o");

        assertThat(id).isEqualTo(EventIds.once("batches\nalpha\nfile-1\ngpt-4o"));
        assertThat(id).isNotEqualTo(EventIds.once("batches\nalpha\nfile-2\ngpt-4o"));
        assertThat(id.version()).isEqualTo(8);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(EventIds.isOnce(id)).isTrue();
        assertThat(EventIds.isOnce(EventIds.next(1_000_000))).isFalse();
    }

    @Test
    void anIdIsAVersion7UuidOfTheAttemptsStart() {
        UUID id = EventIds.next(Summaries.STARTED_MICROS);
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(Summaries.STARTED_MICROS / 1_000);
    }

    @Test
    void everyRandomBitVaries() {
        long highZero = 0;
        long highOne = 0;
        long lowZero = 0;
        long lowOne = 0;
        for (int i = 0; i < 1_000; i++) {
            UUID id = EventIds.next(0);
            highOne |= id.getMostSignificantBits();
            highZero |= ~id.getMostSignificantBits();
            lowOne |= id.getLeastSignificantBits();
            lowZero |= ~id.getLeastSignificantBits();
        }
        assertThat(Long.bitCount(highOne & highZero)).isEqualTo(12);
        assertThat(Long.bitCount(lowOne & lowZero)).isEqualTo(62);
    }

    @Test
    void noTwoThreadsMakeTheSameId() throws InterruptedException {
        Set<UUID> ids = ConcurrentHashMap.newKeySet();
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 25_000; i++) {
                    ids.add(EventIds.next(Summaries.STARTED_MICROS));
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(ids).hasSize(100_000);
    }
}
