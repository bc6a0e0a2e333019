package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyDirectoryTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Peppers PEPPERS = TestPeppers.only(1);
    private static final Pepper PEPPER = PEPPERS.current();

    private final TestClock clock = new TestClock(1_000_000);
    private final KeyDirectory directory = new KeyDirectory(PEPPERS, clock);
    private final ApiKey key = KeyRecords.newKey();

    private @Nullable AuthResult find(ApiKey key) {
        return directory.find(key.reveal(), LOOPBACK);
    }

    @Test
    void knowsWhoAKeyBelongsTo() {
        KeyRecord full = new KeyRecord(
                key.id(),
                "ci",
                "team-a",
                "user-1",
                KeyRecords.digest(key, PEPPER),
                PEPPER.id(),
                null,
                0,
                List.of("gpt-*"),
                List.of("chat"),
                Map.of("a", "1"),
                "premium",
                List.of(),
                0,
                2_000_000,
                true,
                false);

        directory.apply(List.of(full));

        assertThat(find(key))
                .isEqualTo(new Principal(
                        key.id(),
                        "ci",
                        "team-a",
                        "user-1",
                        Role.SERVICE,
                        "premium",
                        Map.of("a", "1"),
                        List.of("gpt-*"),
                        List.of("chat"),
                        2_000_000));
        assertThat(directory.size()).isEqualTo(1);
    }

    @Test
    void givesTheSamePrincipalEachTime() {
        directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));

        assertThat(find(key)).isInstanceOf(Principal.class).isSameAs(find(key));
    }

    @Test
    void doesNotTellAboutKeysItDoesNotKnow() {
        assertThat(find(key)).isNull();
        directory.apply(List.of(KeyRecords.of(KeyRecords.newKey(), PEPPER).key()));
        assertThat(find(key)).isNull();
    }

    @Test
    void refusesAKnownIdWithAnotherSecret() {
        KeyRecord other = KeyRecords.of(KeyRecords.newKey(), PEPPER).key();
        directory.apply(List.of(withDigest(KeyRecords.of(key, PEPPER).key(), other.digest())));

        assertThat(find(key)).isEqualTo(AuthResult.Refused.INVALID);
    }

    /** An id that is not known goes through the same HMAC: its digest is in the work space of the thread afterwards. */
    @Test
    void hashesUnknownKeysToo() {
        byte[] expected = PEPPER.digest(key);
        PEPPER.digest(KeyRecords.newKey());
        assertThat(PEPPER.workspace().digest).isNotEqualTo(expected);

        assertThat(find(key)).isNull();

        assertThat(PEPPER.workspace().digest).isEqualTo(expected);
    }

    @Test
    void hashesUnknownKeysWithThePreviousPepperToo() {
        Peppers both = TestPeppers.rotated(2, 1);
        byte[] expected = PEPPER.digest(key);

        assertThat(new KeyDirectory(both, clock).find(key.reveal(), LOOPBACK)).isNull();

        Pepper.Workspace before = both.before();
        assertThat(before).isNotNull();
        assertThat(before.digest).isEqualTo(expected);
    }

    @Test
    void refusesWhatIsNoKeyWithoutAnyHash() {
        byte[] before = PEPPER.digest(KeyRecords.newKey());

        assertThat(directory.find("sk-slc-junk", LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);

        assertThat(PEPPER.workspace().digest).isEqualTo(before);
    }

    @Test
    void refusesADisabledKeyUntilItIsEnabledAgain() {
        KeyRecords usual = KeyRecords.of(key, PEPPER);
        directory.apply(List.of(usual.disabled()));
        assertThat(find(key)).isEqualTo(AuthResult.Refused.INVALID);

        directory.apply(List.of(usual.key()));
        assertThat(find(key)).isInstanceOf(Principal.class);
    }

    @Test
    void isGoodFromItsFirstSecondUntilTheSecondOfItsEnd() {
        directory.apply(List.of(KeyRecords.of(key, PEPPER).between(500, 600)));

        clock.setSeconds(500);
        clock.advanceMillis(-1);
        assertThat(find(key)).isEqualTo(AuthResult.Refused.NOT_YET_VALID);
        clock.advanceMillis(1);
        assertThat(find(key))
                .isInstanceOfSatisfying(
                        Principal.class,
                        principal -> assertThat(principal.validUntil()).isEqualTo(600));
        clock.setSeconds(600);
        clock.advanceMillis(-1);
        assertThat(find(key)).isInstanceOf(Principal.class);
        clock.advanceMillis(1);
        assertThat(find(key)).isEqualTo(AuthResult.Refused.EXPIRED);
    }

    @Test
    void tellsAWrongSecretNothingAboutTheKey() {
        KeyRecord other = KeyRecords.of(KeyRecords.newKey(), PEPPER).key();
        KeyRecords usual = KeyRecords.of(key, PEPPER);
        for (KeyRecord limited : List.of(
                usual.between(2_000_000, Long.MAX_VALUE),
                usual.between(0, 5),
                usual.ipRanges("10.0.0.0/8"),
                usual.disabled())) {
            directory.apply(List.of(withDigest(limited, other.digest())));

            assertThat(find(key)).isEqualTo(AuthResult.Refused.INVALID);
        }
    }

    @Test
    void isGoodFromItsAddressesOnly() throws UnknownHostException {
        directory.apply(List.of(KeyRecords.of(key, PEPPER).ipRanges("10.0.0.0/8", "2001:db8::/32")));

        assertThat(directory.find(key.reveal(), InetAddress.getByName("10.1.2.3")))
                .isInstanceOf(Principal.class);
        assertThat(directory.find(key.reveal(), InetAddress.getByName("2001:db8::5")))
                .isInstanceOf(Principal.class);
        assertThat(directory.find(key.reveal(), InetAddress.getByName("11.1.2.3")))
                .isEqualTo(AuthResult.Refused.ADDRESS);
    }

    @Test
    void rangesThatCannotBeReadLetNobodyInAndKeepNobodyElseOut() {
        ApiKey other = KeyRecords.newKey();

        directory.apply(List.of(
                KeyRecords.of(key, PEPPER).ipRanges("10.0.0.0/99"),
                KeyRecords.of(other, PEPPER).key()));

        assertThat(find(key)).isEqualTo(AuthResult.Refused.ADDRESS);
        assertThat(find(other)).isInstanceOf(Principal.class);
        assertThat(directory.content()).contains(KeyRecords.of(key, PEPPER).ipRanges("10.0.0.0/99"));
    }

    @Test
    void aRotatedSecretIsGoodUntilTheOverlapEnds() {
        ApiKey rotated = sameId(key);
        directory.apply(List.of(KeyRecords.of(key, PEPPER).previous(KeyRecords.digest(rotated, PEPPER), 700)));

        clock.setSeconds(699);
        assertThat(find(rotated)).isInstanceOfSatisfying(Principal.class, principal -> {
            assertThat(principal.keyId()).isEqualTo(key.id());
            assertThat(principal.validUntil()).isEqualTo(700);
        });
        assertThat(find(key))
                .isInstanceOfSatisfying(
                        Principal.class,
                        principal -> assertThat(principal.validUntil()).isEqualTo(Long.MAX_VALUE));
        clock.setSeconds(700);
        assertThat(find(rotated)).isEqualTo(AuthResult.Refused.EXPIRED);
        assertThat(find(key)).isInstanceOf(Principal.class);
    }

    @Test
    void aRotatedSecretOfAnExpiringKeyEndsWithWhateverIsFirst() {
        ApiKey rotated = sameId(key);
        KeyRecord expiring = KeyRecords.of(key, PEPPER).between(0, 1_500_000);
        directory.apply(List.of(new KeyRecords(expiring).previous(KeyRecords.digest(rotated, PEPPER), 2_000_000)));

        assertThat(find(rotated))
                .isInstanceOfSatisfying(
                        Principal.class,
                        principal -> assertThat(principal.validUntil()).isEqualTo(1_500_000));
        clock.setSeconds(1_500_000);
        assertThat(find(rotated)).isEqualTo(AuthResult.Refused.EXPIRED);
        assertThat(find(key)).isEqualTo(AuthResult.Refused.EXPIRED);
    }

    @Test
    void forgetsWhatIsGone() {
        KeyRecords usual = KeyRecords.of(key, PEPPER);
        directory.apply(List.of(usual.key()));

        directory.apply(List.of(usual.gone()));

        assertThat(find(key)).isNull();
        assertThat(directory.size()).isZero();
    }

    @Test
    void theGenerationChangesWithTheContentOnly() {
        KeyRecords usual = KeyRecords.of(key, PEPPER);
        List<Long> changes = new ArrayList<>();
        directory.onChange(() -> changes.add(directory.generation()));

        directory.apply(List.of(usual.key()));
        long first = directory.generation();
        directory.apply(List.of(usual.key()));
        directory.apply(List.of(KeyRecords.of(KeyRecords.newKey(), PEPPER).gone()));
        directory.replaceAll(List.of(usual.key()));
        assertThat(directory.generation()).isEqualTo(first);

        directory.apply(List.of(usual.name("renamed")));
        long second = directory.generation();
        directory.replaceAll(List.of());
        assertThat(second).isNotEqualTo(first);
        assertThat(directory.generation()).isNotEqualTo(second);
        assertThat(changes).hasSize(3).contains(first, second, directory.generation());
    }

    @Test
    void replacingForgetsWhatIsNotThere() {
        ApiKey stays = KeyRecords.newKey();
        ApiKey comes = KeyRecords.newKey();
        ApiKey revoked = KeyRecords.newKey();
        KeyRecord staying = KeyRecords.of(stays, PEPPER).key();
        directory.apply(List.of(KeyRecords.of(key, PEPPER).key(), staying));
        AuthResult before = find(stays);

        directory.replaceAll(List.of(
                staying,
                KeyRecords.of(comes, PEPPER).key(),
                KeyRecords.of(revoked, PEPPER).gone()));

        assertThat(find(key)).isNull();
        assertThat(find(revoked)).isNull();
        assertThat(find(stays)).isInstanceOf(Principal.class).isSameAs(before);
        assertThat(find(comes)).isInstanceOf(Principal.class);
        assertThat(directory.size()).isEqualTo(2);
    }

    @Test
    void whatIsAppliedWhileEverythingIsReplacedIsNewer() {
        ApiKey revoked = KeyRecords.newKey();
        ApiKey made = KeyRecords.newKey();
        KeyRecord stale = KeyRecords.of(revoked, PEPPER).key();
        directory.apply(List.of(stale));

        directory.replaceAll(() -> interrupted(
                List.of(stale).iterator(),
                () -> directory.apply(List.of(
                        KeyRecords.of(revoked, PEPPER).gone(),
                        KeyRecords.of(made, PEPPER).key()))));

        assertThat(find(revoked)).isNull();
        assertThat(find(made)).isInstanceOf(Principal.class);
        assertThat(directory.size()).isEqualTo(1);
    }

    @Test
    void aReplacementThatFailsChangesNothing() {
        directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));
        long generation = directory.generation();
        ApiKey other = KeyRecords.newKey();
        List<KeyRecord> half = List.of(KeyRecords.of(other, PEPPER).key());

        assertThatIllegalStateException()
                .isThrownBy(() -> directory.replaceAll(() -> interrupted(half.iterator(), () -> {
                    throw new IllegalStateException("the connection is lost");
                })));

        assertThat(find(key)).isInstanceOf(Principal.class);
        assertThat(find(other)).isNull();
        assertThat(directory.generation()).isEqualTo(generation);
        directory.replaceAll(half);
        assertThat(find(other)).isInstanceOf(Principal.class);
    }

    @Test
    void aLookUpThatWasOvertakenDoesNotCount() {
        long id = KeyId.of(key.id());
        KeyRecords usual = KeyRecords.of(key, PEPPER);

        KeyShard state = directory.state(id);
        directory.apply(List.of(usual.gone()));
        assertThat(directory.applyFound(usual.key(), state)).isFalse();
        assertThat(find(key)).isNull();

        KeyShard beforeReplacement = directory.state(id);
        directory.replaceAll(List.of());
        assertThat(directory.applyFound(usual.key(), beforeReplacement)).isFalse();
        assertThat(find(key)).isNull();

        assertThat(directory.applyFound(usual.key(), directory.state(id))).isTrue();
        assertThat(find(key)).isInstanceOf(Principal.class);
    }

    @Test
    void aLookUpThatBeganBeforeAReplacementDoesNotCountWhileItRuns() {
        long id = KeyId.of(key.id());
        KeyRecord record = KeyRecords.of(key, PEPPER).key();
        KeyShard state = directory.state(id);
        List<Boolean> taken = new ArrayList<>();

        directory.replaceAll(() -> interrupted(List.<KeyRecord>of().iterator(), () -> {
            taken.add(directory.applyFound(record, state));
            taken.add(directory.applyFound(record, directory.state(id)));
        }));

        assertThat(taken).containsExactly(false, true);
        assertThat(find(key)).as("found during the replacement").isInstanceOf(Principal.class);
    }

    @Test
    void refusesAnIdThatIsNone() {
        KeyRecord usual = KeyRecords.of(key, PEPPER).key();
        for (String id : List.of("", "1234567", "123456789", "1234567_", "1234567\u0131")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> directory.apply(List.of(withId(usual, id))))
                    .withMessageStartingWith("an id of a key has ");
        }
        assertThat(directory.size()).isZero();
    }

    @Test
    void whatIsEqualIsKeptOnce() {
        ApiKey other = KeyRecords.newKey();
        directory.apply(List.of(KeyRecords.full(key, KeyRecords.newKey(), PEPPER)));
        directory.apply(List.of(KeyRecords.full(other, KeyRecords.newKey(), PEPPER)));

        List<KeyRecord> content = new ArrayList<>();
        directory.content().forEach(content::add);

        assertThat(content).hasSize(2);
        KeyRecord first = content.getFirst();
        KeyRecord second = content.getLast();
        assertThat(first.teamId()).isSameAs(second.teamId());
        assertThat(first.tier()).isSameAs(second.tier());
        assertThat(first.ownerId()).isSameAs(second.ownerId());
        assertThat(first.pepperId()).isSameAs(second.pepperId());
        assertThat(first.models()).isSameAs(second.models());
        assertThat(first.endpoints()).isSameAs(second.endpoints());
        assertThat(first.tags()).isSameAs(second.tags());
        assertThat(first.ipRanges()).isSameAs(second.ipRanges());
    }

    /** A key with the id of {@code key} and another secret. */
    private static ApiKey sameId(ApiKey key) {
        return KeyRecords.newSecret(key.id());
    }

    /** Does something when everything has been read. */
    private static Iterator<KeyRecord> interrupted(Iterator<KeyRecord> keys, Runnable atTheEnd) {
        return new Iterator<>() {
            private boolean done;

            @Override
            public boolean hasNext() {
                if (!keys.hasNext() && !done) {
                    done = true;
                    atTheEnd.run();
                }
                return keys.hasNext();
            }

            @Override
            public KeyRecord next() {
                return keys.next();
            }
        };
    }

    private static KeyRecord withDigest(KeyRecord key, KeyDigest digest) {
        return copy(key, key.id(), digest);
    }

    private static KeyRecord withId(KeyRecord key, String id) {
        return copy(key, id, key.digest());
    }

    private static KeyRecord copy(KeyRecord key, String id, KeyDigest digest) {
        return new KeyRecord(
                id,
                key.name(),
                key.teamId(),
                key.ownerId(),
                digest,
                key.pepperId(),
                key.previousDigest(),
                key.previousUntil(),
                key.models(),
                key.endpoints(),
                key.tags(),
                key.tier(),
                key.ipRanges(),
                key.notBefore(),
                key.expiresAt(),
                key.enabled(),
                key.gone());
    }
}
