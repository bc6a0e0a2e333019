package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The price file that docs/metering.md shows means what is written beside it. */
class DocumentedPricesTest {
    private final PriceBook book = PriceBook.of(PriceBook.shipped(), documented(), Map.of());

    @ParameterizedTest
    @CsvSource({
        // Friday noon, one token of 1,000 paid for in nano-dollars.
        "2026-11-20T12:00:00Z, grand, , 1, 2000",
        "2027-01-01T12:00:00Z, grand, , 1, 3000",
        "2027-01-01T12:00:00Z, grand, , 200000, 600000000",
        "2027-01-01T12:00:00Z, grand, , 200001, 1200006000",
        "2027-01-01T12:00:00Z, grand, , 499999, 2999994000",
        "2027-01-01T12:00:00Z, grand, , 500000, 4500000000",
        "2027-01-01T12:00:00Z, grand, flex, 1, 1500",
        "2027-01-01T12:00:00Z, grand, on_demand, 1, 3000",
        "2027-01-01T12:00:00Z, grand, priority, 200001, 2400012000",
        "2027-01-01T03:59:59Z, grand-latest-beta, , 1, 6000",
        "2027-01-01T03:59:59Z, grand, priority, 1, 12000",
        // 22:00 UTC on Thursday is Friday in Shanghai, and on Friday it is Saturday there.
        "2027-01-07T22:00:00Z, grand, , 1, 6000",
        "2027-01-08T22:00:00Z, grand, , 1, 3000",
    })
    void itsRowsHoldAsItSays(String at, String model, @Nullable String tier, long prompt, long nano) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(at));
        assertThat(book.cost("big-lab", model, null, tier, false, micros, Usage.of(prompt, 0, 0, 0, 0)))
                .isEqualTo(nano);
    }

    @Test
    void everyRateOfTheTableIsOne() throws IOException {
        String text = Files.readString(document());
        for (Rate rate : Rate.values()) {
            assertThat(text).contains("| `" + rate.label() + "`");
        }
    }

    private static PriceFile documented() {
        try {
            String text = Files.readString(document());
            int begin = text.indexOf("```yaml\ndate:") + "```yaml\n".length();
            String yaml = text.substring(begin, text.indexOf("```", begin));
            return PriceFile.parse(yaml.getBytes(StandardCharsets.UTF_8), "docs/metering.md");
        } catch (IOException e) {
            throw new AssertionError("docs/metering.md cannot be read", e);
        }
    }

    private static Path document() {
        return Path.of("..", "docs", "metering.md");
    }
}
