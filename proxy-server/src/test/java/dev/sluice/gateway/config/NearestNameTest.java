package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {

    @ParameterizedTest
    @CsvSource({
        "listen, listen, 0",
        "listn, listen, 1",
        "lisetn, listen, 1",
        "lissten, listen, 1",
        "listem, listen, 1",
        "kitten, sitting, 3",
        "ca, abc, 3",
        "'', abc, 3",
    })
    void countsInsertionsDeletionsSubstitutionsAndSwaps(String a, String b, int expected) {
        assertThat(NearestName.distance(a, b)).isEqualTo(expected);
        assertThat(NearestName.distance(b, a)).isEqualTo(expected);
    }

    @Test
    void suggestsTheNearest() {
        assertThat(NearestName.hint("bse_url", List.of("base", "base_url", "ca")))
                .isEqualTo("; did you mean 'base_url'?");
    }

    @Test
    void listsEverythingWhenNothingIsNear() {
        assertThat(NearestName.hint("zz", List.of("cert", "key"))).isEqualTo("; allowed: cert, key");
        assertThat(NearestName.hint("x".repeat(100_000), List.of("cert"))).isEqualTo("; allowed: cert");
    }
}
