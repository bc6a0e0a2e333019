package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Look-ups, changes, a full replacement and the writing of snapshots, all at once. */
class KeyDirectoryConcurrencyTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Peppers PEPPERS = TestPeppers.only(1);
    private static final Pepper PEPPER = PEPPERS.current();
    private static final int STEADY = 2_000;
    private static final int ROUNDS = 300;

    private final KeyDirectory directory = new KeyDirectory(PEPPERS, new TestClock(1_000_000));
    private final AtomicBoolean over = new AtomicBoolean();

    /** A number that has not been given to a steady key. */
    private static KeyRecord coming(int round) {
        return NumberedKeys.keyRecord(STEADY + round, PEPPER);
    }

    @Test
    void nobodyIsEverMissedAndNothingIsEverHalf() throws Exception {
        directory.replaceAll(NumberedKeys.records(STEADY, PEPPER));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> readers = List.of(threads.submit(reader(0)), threads.submit(reader(STEADY / 2)));
            Future<Integer> snapshots = threads.submit(contentReader());
            Future<?> replacer = threads.submit(() -> {
                while (!over.get()) {
                    directory.replaceAll(NumberedKeys.records(STEADY, PEPPER));
                }
            });
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    changeOnce(round);
                }
            } finally {
                over.set(true);
            }
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).as("look-ups that were right").isPositive();
            }
            assertThat(snapshots.get()).as("whole contents").isPositive();
            replacer.get();
        }
        directory.replaceAll(NumberedKeys.records(STEADY, PEPPER));
        assertThat(directory.size()).isEqualTo(STEADY);
    }

    /** What was revoked is unknown at once and stays so, whatever the others do. */
    private void changeOnce(int round) {
        KeyRecord key = coming(round);
        String text = NumberedKeys.key(STEADY + round).reveal();
        directory.apply(List.of(key));
        directory.apply(List.of(new KeyRecords(key).gone()));
        assertThat(directory.find(text, LOOPBACK)).isNull();
        if (round > 0) {
            String earlier = NumberedKeys.key(STEADY + round - 1).reveal();
            assertThat(directory.find(earlier, LOOPBACK)).isNull();
        }

        KeyRecord renamed = new KeyRecords(NumberedKeys.keyRecord(0, PEPPER)).name("renamed " + round);
        long before = directory.generation();
        directory.apply(List.of(renamed));
        assertThat(directory.generation()).isGreaterThan(before);
        directory.apply(List.of(NumberedKeys.keyRecord(0, PEPPER)));
    }

    private Callable<Integer> reader(int first) {
        List<String> keys = new ArrayList<>();
        for (int i = first; i < first + 200; i++) {
            keys.add(NumberedKeys.key(i).reveal());
        }
        String stranger = NumberedKeys.key(10 * STEADY).reveal();
        return () -> {
            int right = 0;
            while (!over.get()) {
                for (String key : keys) {
                    assertThat(directory.find(key, LOOPBACK)).isInstanceOf(Principal.class);
                    right++;
                }
                assertThat(directory.find(stranger, LOOPBACK)).isNull();
            }
            return right;
        };
    }

    private Callable<Integer> contentReader() {
        return () -> {
            int whole = 0;
            while (!over.get()) {
                KeyContent content = directory.content();
                int count = 0;
                for (KeyRecord key : content) {
                    assertThat(key.gone()).isFalse();
                    count++;
                }
                assertThat(count).isEqualTo(content.count()).isGreaterThanOrEqualTo(STEADY);
                whole++;
            }
            return whole;
        };
    }
}
