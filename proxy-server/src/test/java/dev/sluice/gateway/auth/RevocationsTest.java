package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RevocationsTest {
    private final Revocations revocations = new Revocations();

    @Test
    void coversWhatWasIssuedAtOrBeforeTheMoment() {
        revocations.add("session-1", 100, 200);

        assertThat(revocations.covers("session-1", 99)).isTrue();
        assertThat(revocations.covers("session-1", 100)).isTrue();
        assertThat(revocations.covers("session-1", 101)).isFalse();
        assertThat(revocations.covers("session-2", 99)).isFalse();
    }

    @Test
    void countsWhatIsNewOnly() {
        revocations.add("session-1", 100, 200);
        long first = revocations.changes();

        revocations.add("session-1", 100, 200);
        revocations.add("session-1", 90, 150);
        assertThat(revocations.changes()).isEqualTo(first);

        revocations.add("session-1", 101, 200);
        long second = revocations.changes();
        revocations.add("session-2", 1, 2);
        assertThat(second).isGreaterThan(first);
        assertThat(revocations.changes()).isGreaterThan(second);
        assertThat(revocations.covers("session-1", 101)).isTrue();
    }

    @Test
    void forgetsWhatIsOver() {
        revocations.add("session-1", 100, 200);
        revocations.add("session-1", 90, 300);
        revocations.add("session-2", 100, 250);

        revocations.prune(251);

        assertThat(revocations.size()).isEqualTo(1);
        assertThat(revocations.covers("session-1", 100)).isTrue();
        assertThat(revocations.covers("session-2", 100)).isFalse();
    }
}
