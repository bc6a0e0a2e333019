package dev.sluice.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.LimitSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The settings are the usual ones: half of every limit at 50, refused from 200 on for five minutes, half-life of five. */
final class ReputationsTest {
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;

    private final TestTime time = new TestTime();
    private final Reputations reputations = new Reputations(time, LimitSettings.Threats.DEFAULT);

    private void bad(String id, int times) {
        for (int i = 0; i < times; i++) {
            reputations.onMisdeed(id, "blue", Misdeed.BAD_REQUEST);
        }
    }

    /** One bad request in each tenth of a second. */
    private void badFor(String id, long millis) {
        for (long passed = 0; passed < millis; passed += 100) {
            bad(id, 1);
            time.advanceMillis(100);
        }
    }

    private void badKeys(String id, int times) {
        for (int i = 0; i < times; i++) {
            reputations.onMisdeed(id, null, Misdeed.BAD_KEY);
        }
    }

    @Test
    void whoHasDoneNothingHasAllOfEveryLimit() {
        reputations.onCall("key", "blue", true);

        assertThat(reputations.sharePercent("key")).isEqualTo(100);
        assertThat(reputations.sharePercent("another")).isEqualTo(100);
        assertThat(reputations.blockedSeconds("key")).isZero();
        assertThat(reputations.list()).isEmpty();
    }

    @Test
    void aMomentOfNothingButBadRequestsHasNoConsequence() {
        bad("at once", 100_000);
        badFor("for a minute and a half", 90 * SECOND);

        assertThat(reputations.sharePercent("at once")).isEqualTo(100);
        assertThat(reputations.sharePercent("for a minute and a half")).isEqualTo(100);
    }

    @Test
    void limitsAreHalvedWhileItGoesOnAndTheCallerIsBlockedInTheEnd() {
        badFor("key", 115 * SECOND);
        assertThat(reputations.sharePercent("key")).isEqualTo(50);

        badFor("key", 160 * SECOND);
        assertThat(reputations.sharePercent("key")).isEqualTo(25);

        badFor("key", 12 * MINUTE);
        assertThat(reputations.blockedSeconds("key")).isZero();

        badFor("key", 5 * MINUTE);
        assertThat(reputations.blockedSeconds("key")).isPositive();
        assertThat(reputations.blocks()).isEqualTo(1);
    }

    @Test
    void limitsComeBackByThemselves() {
        badFor("key", 115 * SECOND);

        time.advanceMillis(MINUTE);

        assertThat(reputations.sharePercent("key")).isEqualTo(100);
        assertThat(reputations.list()).singleElement().satisfies(seen -> {
            assertThat(seen.score()).isBetween(43L, 47L);
            assertThat(seen.misdeeds()).isEqualTo(Map.of(Misdeed.BAD_REQUEST, 1_150));
            assertThat(seen.team()).isEqualTo("blue");
        });
    }

    @Test
    void oneBadRequestInFiveIsForgiven() {
        for (int i = 0; i < 100_000; i++) {
            if (i % 5 == 0) {
                bad("key", 1);
            }
            reputations.onCall("key", "blue", i % 5 != 0);
            time.advanceMillis(200);
        }

        assertThat(reputations.sharePercent("key")).isEqualTo(100);
    }

    @Test
    void aHundredBadKeysBlockAnAddressForFiveMinutes() {
        badKeys("ip:192.0.2.1", 99);
        assertThat(reputations.blockedSeconds("ip:192.0.2.1")).isZero();

        badKeys("ip:192.0.2.1", 1);
        assertThat(reputations.blockedSeconds("ip:192.0.2.1")).isEqualTo(300);
        assertThat(reputations.find("ip:192.0.2.1"))
                .satisfies(seen -> assertThat(seen.blockedUntilMillis()).isEqualTo(time.wallMillis() + 5 * MINUTE));

        time.advanceMillis(5 * MINUTE - 1);
        assertThat(reputations.blockedSeconds("ip:192.0.2.1")).isEqualTo(1);
        time.advanceMillis(1);
        assertThat(reputations.blockedSeconds("ip:192.0.2.1")).isZero();
        assertThat(reputations.sharePercent("ip:192.0.2.1")).isEqualTo(25);
        time.advanceMillis(10 * MINUTE + 1);
        assertThat(reputations.sharePercent("ip:192.0.2.1")).isEqualTo(100);
    }

    @Test
    void noScoreIsTooHighToFallInTime() {
        badKeys("ip:192.0.2.1", 1_000_000);

        time.advanceMillis(10 * MINUTE + 1);

        assertThat(reputations.sharePercent("ip:192.0.2.1")).isEqualTo(25);
    }

    @Test
    void atABlockedAddressTwoCredentialsASecondAreLookedUp() {
        badKeys("ip:192.0.2.1", 100);
        int allowed = 0;
        for (int i = 0; i < 10_000; i++) {
            allowed += reputations.mayLookUp("ip:192.0.2.1") ? 1 : 0;
            time.advanceMillis(1);
        }

        assertThat(allowed).isEqualTo(20);
        assertThat(reputations.mayLookUp("ip:192.0.2.2")).isTrue();
    }

    private void calls(String id, int times) {
        for (int i = 0; i < times; i++) {
            reputations.onCall(id, "blue", false);
        }
        time.advanceMillis(10 * SECOND);
    }

    @Test
    void aBurstIsFarMoreThanUsualAndCountsOnce() {
        for (int i = 0; i < 30; i++) {
            calls("key", 50);
        }
        assertThat(reputations.find("key")).isNull();

        calls("key", 5_000);
        assertThat(reputations.find("key"))
                .satisfies(seen -> assertThat(seen.misdeeds()).isEqualTo(Map.of(Misdeed.BURST, 1)));

        calls("key", 5_000);
        assertThat(reputations.find("key"))
                .as("what lasts is usual")
                .satisfies(seen -> assertThat(seen.misdeeds()).isEqualTo(Map.of(Misdeed.BURST, 1)));
    }

    @Test
    void aNewCallerAndASlowOneHaveNoBursts() {
        calls("new", 100_000);
        for (int i = 0; i < 100; i++) {
            calls("slow", i % 20 == 0 ? 199 : 0);
        }

        assertThat(reputations.list()).isEmpty();
    }

    @Test
    void aCallerWhoComesBackAfterALongTimeIsUsedToNothing() {
        for (int i = 0; i < 30; i++) {
            calls("key", 1_000);
        }
        time.advanceMillis(24 * 60 * MINUTE);

        calls("key", 0);
        calls("key", 1_000);

        assertThat(reputations.find("key"))
                .satisfies(seen -> assertThat(seen.misdeeds()).isEqualTo(Map.of(Misdeed.BURST, 1)));
    }

    @Test
    void isForgottenWhenAnOperatorSaysSo() {
        badKeys("ip:192.0.2.1", 200);

        reputations.forget("ip:192.0.2.1");
        reputations.forget("ip:192.0.2.9");

        assertThat(reputations.blockedSeconds("ip:192.0.2.1")).isZero();
        assertThat(reputations.find("ip:192.0.2.1")).isNull();
        assertThat(reputations.size()).isZero();
    }

    @Test
    void nothingIsHeldAgainstAnybodyWhereItIsSwitchedOff() {
        badKeys("ip:192.0.2.1", 200);

        reputations.publish(new LimitSettings.Threats(false, 50, 200, Duration.ofMinutes(5), Duration.ofMinutes(5)));
        badKeys("ip:192.0.2.1", 200);
        reputations.onCall("key", "blue", true);

        assertThat(reputations.blockedSeconds("ip:192.0.2.1")).isZero();
        assertThat(reputations.sharePercent("ip:192.0.2.1")).isEqualTo(100);
        assertThat(reputations.size()).isZero();
    }

    @Test
    void otherSettingsAreInForceAtOnce() {
        badKeys("ip:192.0.2.1", 10);

        reputations.publish(new LimitSettings.Threats(true, 5, 21, Duration.ofSeconds(30), Duration.ofMinutes(5)));

        assertThat(reputations.sharePercent("ip:192.0.2.1")).isEqualTo(6);
        badKeys("ip:192.0.2.1", 1);
        assertThat(reputations.blockedSeconds("ip:192.0.2.1")).isEqualTo(30);
    }

    @Test
    void remembersSoManyAndTheCalmGoFirst() {
        Reputations small = new Reputations(time, LimitSettings.Threats.DEFAULT, 100);
        for (int i = 0; i < 100; i++) {
            for (int j = 0; j < (i % 8 == 0 ? 100 : i % 8 == 1 ? 50 : 1); j++) {
                small.onMisdeed("ip:" + i, null, Misdeed.BAD_KEY);
            }
        }

        for (int i = 0; i < 10_000; i++) {
            small.onMisdeed("ip:new" + i, null, Misdeed.BAD_KEY);
        }

        assertThat(small.size()).isEqualTo(100);
        assertThat(small.restricted(/* blocked= */ true)).isEqualTo(13);
        assertThat(small.restricted(/* blocked= */ false)).isEqualTo(13);
    }

    @Test
    void aNetworkOfIpv6IsOneCaller() throws UnknownHostException {
        assertThat(Reputations.idOf(InetAddress.getByName("192.0.2.7"))).isEqualTo("ip:192.0.2.7");
        assertThat(Reputations.idOf(InetAddress.getByName("2001:db8:1:2:3:4:5:6")))
                .isEqualTo(Reputations.idOf(InetAddress.getByName("2001:db8:1:2::1")))
                .isEqualTo("ip:2001:db8:1:2::");
        assertThat(Reputations.idOf(InetAddress.getByName("2001:db8:1:3::1"))).isEqualTo("ip:2001:db8:1:3::");
    }

    @Test
    void nothingIsLostBetweenThreads() throws InterruptedException {
        Reputations small = new Reputations(time, LimitSettings.Threats.DEFAULT, 64);
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 50_000; i++) {
                    small.onMisdeed("ip:" + i % 300, null, Misdeed.BAD_KEY);
                    small.onCall("everybody", "blue", true);
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(small.size()).isLessThanOrEqualTo(64 + threads.length);
    }
}
