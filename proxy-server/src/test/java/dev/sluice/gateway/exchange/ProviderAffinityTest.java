package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who keeps what. */
class ProviderAffinityTest {

    @Test
    void theOldestIsForgottenFirst() {
        ProviderAffinity affinity = new ProviderAffinity(2);
        affinity.note("a", "one");
        affinity.note("b", "two");
        affinity.note("a", "three");
        affinity.note("c", "four");

        assertThat(affinity.find("a")).isNull();
        assertThat(affinity.find("b")).isEqualTo("two");
        assertThat(affinity.find("c")).isEqualTo("four");
    }

    @Test
    void whatHasBeenMeteredIsKnownApart() {
        ProviderAffinity affinity = new ProviderAffinity();
        affinity.note("resp_1", "one");
        assertThat(affinity.isMetered("resp_1")).isFalse();
        affinity.markMetered("resp_1");

        assertThat(affinity.isMetered("resp_1")).isTrue();
        assertThat(affinity.find("resp_1")).isEqualTo("one");
    }
}
