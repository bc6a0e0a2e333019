package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyResolverTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Peppers PEPPERS = TestPeppers.only(1);
    private static final Pepper PEPPER = PEPPERS.current();

    private final TestClock clock = new TestClock(1_000_000);
    private final KeyDirectory directory = new KeyDirectory(PEPPERS, clock);
    private final Database database = new Database();
    private final KeyResolver resolver = new KeyResolver(PEPPERS, directory, database, clock);
    private final List<AuthResult> answers = new CopyOnWriteArrayList<>();
    private final ApiKey key = KeyRecords.newKey();

    /** A database that answers when it is told to. */
    private static final class Database implements KeyLookup {
        final Map<String, KeyRecord> rows = new ConcurrentHashMap<>();
        final AtomicInteger asked = new AtomicInteger();
        final Semaphore permits = new Semaphore(Integer.MAX_VALUE / 2);
        volatile @Nullable Exception failure;
        volatile Runnable afterReading = () -> {};

        @Override
        public @Nullable KeyRecord byId(String id) throws IOException {
            asked.incrementAndGet();
            permits.acquireUninterruptibly();
            if (failure instanceof IOException away) {
                throw away;
            }
            if (failure instanceof RuntimeException broken) {
                throw broken;
            }
            KeyRecord read = rows.get(id);
            afterReading.run();
            return read;
        }

        void hold() {
            permits.drainPermits();
        }

        void letGo() {
            permits.release(Integer.MAX_VALUE / 2);
        }
    }

    private AuthResult find(ApiKey key) {
        Pepper.Workspace now = PEPPERS.hash(key.reveal());
        assertThat(now).isNotNull();
        return resolver.find(now, PEPPERS.before(), LOOPBACK);
    }

    private void resolve(ApiKey key) {
        resolver.resolve(key.reveal(), LOOPBACK, answers::add);
    }

    private AuthResult resolved(ApiKey key) {
        List<AuthResult> own = new CopyOnWriteArrayList<>();
        resolver.resolve(key.reveal(), LOOPBACK, own::add);
        await().until(() -> !own.isEmpty());
        assertThat(own).hasSize(1);
        return own.getFirst();
    }

    @Test
    void whatTheDatabaseKnowsIsTakenIntoMemory() {
        database.rows.put(key.id(), KeyRecords.of(key, PEPPER).key());
        assertThat(find(key)).isEqualTo(AuthResult.Unresolved.INSTANCE);

        AuthResult found = resolved(key);

        assertThat(found).isInstanceOf(Principal.class);
        assertThat(find(key)).isSameAs(found);
        assertThat(resolved(key)).isSameAs(found);
        assertThat(database.asked).hasValue(1);
    }

    @Test
    void whatTheDatabaseDoesNotKnowIsRefusedForTwoSecondsWithoutAsking() {
        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.INVALID);

        clock.advanceMillis(1_999);
        assertThat(find(key)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(database.asked).hasValue(1);

        clock.advanceMillis(1);
        assertThat(find(key)).isEqualTo(AuthResult.Unresolved.INSTANCE);
        database.rows.put(key.id(), KeyRecords.of(key, PEPPER).key());
        assertThat(resolved(key)).isInstanceOf(Principal.class);
        assertThat(database.asked).hasValue(2);
    }

    @Test
    void aClockThatIsPutBackDoesNotMakeAKeyAbsentForever() {
        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.INVALID);

        clock.setSeconds(5);

        assertThat(find(key)).isEqualTo(AuthResult.Unresolved.INSTANCE);
    }

    @Test
    void aKeyThatArrivesWithTheFeedIsKnownAlthoughItWasJustAbsent() {
        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.INVALID);

        directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));

        assertThat(find(key)).isInstanceOf(Principal.class);
    }

    @Test
    void aRevokedKeyIsRefusedAndNotTakenIntoMemory() {
        database.rows.put(key.id(), KeyRecords.of(key, PEPPER).gone());

        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(directory.size()).isZero();
    }

    @Test
    void aDatabaseThatIsAwayIsNotTheCallersFault() {
        database.failure = new IOException("connection refused");
        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.UNAVAILABLE);
        database.failure = new IllegalStateException("a bug");
        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.UNAVAILABLE);
        assertThat(find(key)).as("not remembered").isEqualTo(AuthResult.Unresolved.INSTANCE);

        database.failure = null;
        database.rows.put(key.id(), KeyRecords.of(key, PEPPER).key());
        assertThat(resolved(key)).isInstanceOf(Principal.class);
    }

    @Test
    void withoutADatabaseWhatMemoryDoesNotKnowDoesNotExist() {
        KeyResolver alone = new KeyResolver(PEPPERS, directory, null, clock);

        alone.resolve(key.reveal(), LOOPBACK, answers::add);

        assertThat(answers).containsExactly(AuthResult.Refused.INVALID);
    }

    @Test
    void junkIsRefusedAtOnce() {
        resolver.resolve("sk-slc-junk", LOOPBACK, answers::add);

        assertThat(answers).containsExactly(AuthResult.Refused.INVALID);
        assertThat(database.asked).hasValue(0);
    }

    /** All that present an id wait for one look-up, and each gets its own answer: the secrets may differ. */
    @Test
    void asksOnceForAllThatPresentTheSameId() {
        ApiKey forged = KeyRecords.newSecret(key.id());
        database.rows.put(key.id(), KeyRecords.of(key, PEPPER).key());
        database.hold();
        List<AuthResult> forger = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 50; i++) {
            resolve(key);
        }
        resolver.resolve(forged.reveal(), LOOPBACK, forger::add);
        await().until(() -> database.asked.get() == 1);
        assertThat(answers).isEmpty();

        database.letGo();

        await().until(() -> answers.size() == 50 && forger.size() == 1);
        assertThat(answers).allMatch(Principal.class::isInstance);
        assertThat(forger).containsExactly(AuthResult.Refused.INVALID);
        assertThat(database.asked).hasValue(1);
    }

    @Test
    void oneWaiterThatFailsDoesNotHarmTheOthers() {
        database.rows.put(key.id(), KeyRecords.of(key, PEPPER).key());
        database.hold();
        resolver.resolve(key.reveal(), LOOPBACK, result -> {
            throw new IllegalStateException("the connection is closed");
        });
        resolve(key);

        database.letGo();

        await().until(() -> answers.size() == 1);
        assertThat(answers.getFirst()).isInstanceOf(Principal.class);
    }

    @Test
    void asksForSixtyFourAtOnceAndNotMore() {
        database.hold();
        for (int i = 0; i < 64; i++) {
            resolve(KeyRecords.newKey());
        }
        assertThat(answers).isEmpty();

        resolve(KeyRecords.newKey());

        assertThat(answers).containsExactly(AuthResult.Refused.UNAVAILABLE);
        database.letGo();
        await().until(() -> answers.size() == 65);
        assertThat(database.asked).hasValue(64);
        clock.advanceMillis(1_000);
        assertThat(resolved(KeyRecords.newKey())).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void asksTwoHundredTimesInAnySecond() {
        for (int i = 0; i < 200; i++) {
            assertThat(resolved(KeyRecords.newKey())).isEqualTo(AuthResult.Refused.INVALID);
            clock.advanceMillis(2);
        }

        assertThat(resolved(KeyRecords.newKey())).isEqualTo(AuthResult.Refused.UNAVAILABLE);
        clock.advanceMillis(599);
        assertThat(resolved(KeyRecords.newKey())).isEqualTo(AuthResult.Refused.UNAVAILABLE);
        clock.advanceMillis(1);
        assertThat(resolved(KeyRecords.newKey())).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(resolved(KeyRecords.newKey()))
                .as("the second of them is two milliseconds younger")
                .isEqualTo(AuthResult.Refused.UNAVAILABLE);
        clock.setSeconds(7);
        assertThat(resolved(KeyRecords.newKey())).as("the clock was put back").isEqualTo(AuthResult.Refused.INVALID);
    }

    /** The look-up has read the key when its revocation arrives with the feed: the older of the two must not win. */
    @Test
    void aRevocationThatOvertakesALookUpWins() {
        database.rows.put(key.id(), KeyRecords.of(key, PEPPER).key());
        database.afterReading = () -> {
            database.rows.put(key.id(), KeyRecords.of(key, PEPPER).gone());
            directory.apply(List.of(KeyRecords.of(key, PEPPER).gone()));
        };

        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(directory.size()).isZero();
        assertThat(database.asked).hasValue(2);
    }

    @Test
    void alookUpThatIsOvertakenEachTimeEnds() {
        database.rows.put(key.id(), KeyRecords.of(key, PEPPER).key());
        database.afterReading =
                () -> directory.apply(List.of(KeyRecords.of(key, PEPPER).gone()));

        assertThat(resolved(key)).isEqualTo(AuthResult.Refused.UNAVAILABLE);
        assertThat(database.asked).hasValue(3);
    }

    @Test
    void theMemoryForAbsentKeysIsBounded() {
        AbsentKeys absent = new AbsentKeys(clock);
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            long id = KeyId.of(NumberedKeys.key(i).id());
            ids.add(id);
            absent.add(id);
        }

        assertThat(ids.stream().filter(absent::contains))
                .hasSizeBetween(1, 4_096)
                .contains(ids.getLast());
    }
}
