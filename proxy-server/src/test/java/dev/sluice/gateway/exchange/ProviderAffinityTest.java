package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who keeps what. */
class ProviderAffinityTest {

    @Test
    void theOldestIsForgottenFirst() {
        ProviderAffinity affinity = new ProviderAffinity(2);
        affinity.note("a", "one", "t");
        affinity.note("b", "two", "t");
        affinity.note("a", "three", "t");
        affinity.note("c", "four", "t");

        assertThat(affinity.find("a")).isNull();
        assertThat(affinity.find("b")).isEqualTo(new ProviderAffinity.Kept("two", "t"));
        assertThat(affinity.find("c")).isEqualTo(new ProviderAffinity.Kept("four", "t"));
    }

    @Test
    void whatHasBeenMeteredIsKnownApart() {
        ProviderAffinity affinity = new ProviderAffinity();
        affinity.note("resp_1", "one", "t");
        assertThat(affinity.isMetered("resp_1")).isFalse();
        affinity.markMetered("resp_1");

        assertThat(affinity.isMetered("resp_1")).isTrue();
        assertThat(affinity.find("resp_1")).isEqualTo(new ProviderAffinity.Kept("one", "t"));
    }
}
