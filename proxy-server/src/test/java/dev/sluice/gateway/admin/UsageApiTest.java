package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.gateway.usage.Grouping;
import dev.sluice.gateway.usage.UsageRow;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageApiTest {
    private static final Instant NOW = Instant.parse("2026-11-21T11:34:58.123456Z");

    private final List<String> asked = new ArrayList<>();
    private final List<UsageRow> rows = new ArrayList<>();
    private final UsageApi api = new UsageApi(
            (by, from, to) -> {
                asked.add(by + " " + from + " " + to);
                return rows;
            },
            () -> 3,
            InstantSource.fixed(NOW));

    @Test
    void writesRowsWithMoneyAsWholeNanoDollarsAndAsText() throws InvalidParameterException {
        rows.add(new UsageRow("gpt-4o", 12, 34, 0, 56, 0, 123_456L, 0, 1));
        rows.add(new UsageRow("local \"x\"", 1, 2, 3, 4, 5, null, 1, 0));

        AdminResponse page = api.usage(request("by", "model", "from", "2026-11-01", "to", "2026-11-30"));

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.contentType()).isEqualTo("application/json");
        assertThat(page.body())
                .isEqualTo("{\"by\":\"model\",\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-12-01T00:00:00Z\","
                        + "\"rows\":[{\"group\":\"gpt-4o\",\"requests\":12,\"input_tokens\":34,\"cached_tokens\":0,"
                        + "\"output_tokens\":56,\"reasoning_tokens\":0,\"cost_nano\":123456,"
                        + "\"cost_usd\":\"0.000123456\",\"unpriced\":0,\"errors\":1},"
                        + "{\"group\":\"local \\\"x\\\"\",\"requests\":1,\"input_tokens\":2,\"cached_tokens\":3,"
                        + "\"output_tokens\":4,\"reasoning_tokens\":5,\"cost_nano\":null,\"cost_usd\":null,"
                        + "\"unpriced\":1,\"errors\":0}],\"pending\":3}");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.000000000",
        "1, 0.000000001",
        "1000000000, 1.000000000",
        "9223372036854775807, 9223372036.854775807"
    })
    void neverRoundsMoney(long costNano, String usd) throws InvalidParameterException {
        rows.add(new UsageRow("m", 1, 1, 0, 1, 0, costNano, 0, 0));

        assertThat(api.usage(request()).body()).contains("\"cost_usd\":\"" + usd + "\"");
    }

    @Test
    void looksAtTheLastThirtyDaysByModelUnlessAsked() throws InvalidParameterException {
        api.usage(request());

        assertThat(asked).containsExactly("MODEL 2026-10-22T11:34:58.123Z 2026-11-21T11:34:58.123Z");
    }

    @ParameterizedTest
    @CsvSource({"model, MODEL", "key, KEY", "team, TEAM", "provider, PROVIDER", "day, DAY"})
    void groupsByWhatIsAsked(String by, Grouping grouping) throws InvalidParameterException {
        AdminResponse page = api.usage(request("by", by));

        assertThat(asked).singleElement().asString().startsWith(grouping + " ");
        assertThat(page.body()).contains("\"by\":\"" + by + "\"");
    }

    @Test
    void takesInstantsAsTheyAre() throws InvalidParameterException {
        api.usage(request("by", "day", "from", "2026-11-20T10:00:00Z", "to", "2026-11-20T12:30:00+01:00"));

        assertThat(asked).containsExactly("DAY 2026-11-20T10:00:00Z 2026-11-20T11:30:00Z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Model", "models", "user", "model ", "'; drop table usage_event; --", "day,key"})
    void refusesAnUnknownGroupingAndNamesTheAllowedOnes(String by) {
        assertThatThrownBy(() -> api.usage(request("by", by)))
                .isInstanceOf(InvalidParameterException.class)
                .hasMessage("`by` is `" + by + "`; allowed: model, key, team, provider, day");
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yesterday",
                "2026-02-30",
                "2026-1-1",
                "20261121",
                "1790000000",
                "2026-11-21 10:00",
                "0000-01-01",
                "9999-12-31",
                "+1000000000-12-31T23:59:59Z"
            })
    void refusesWhatIsNoTime(String text) {
        assertThatThrownBy(() -> api.usage(request("from", text)))
                .isInstanceOf(InvalidParameterException.class)
                .hasMessageStartingWith("`from` is `" + text + "`; allowed: a date such as 2026-01-31");
        assertThat(asked).isEmpty();
    }

    @Test
    void refusesAPeriodThatEndsBeforeItBegins() {
        assertThatThrownBy(() -> api.usage(request("from", "2026-11-22", "to", "2026-11-21")))
                .hasMessage("`from` is 2026-11-22T00:00:00Z; it must be before `to`, 2026-11-22T00:00:00Z");
    }

    @Test
    void refusesAParameterThatComesTwice() {
        AdminRequest twice = new AdminRequest("GET", "/admin/api/usage", Map.of("by", List.of("model", "key")));

        assertThatThrownBy(() -> api.usage(twice)).hasMessage("parameter `by` is given 2 times; once is allowed");
    }

    @Test
    void cutsWhatItRepeats() {
        assertThatThrownBy(() -> api.usage(request("by", "x".repeat(4_000))))
                .message()
                .hasSizeLessThan(200);
    }

    @Test
    void saysWhenToComeBackWhenTheDatabaseIsAway() throws InvalidParameterException {
        UsageApi away = new UsageApi(
                (by, from, to) -> {
                    throw new SQLException("connection to u:password@h refused");
                },
                () -> 0,
                InstantSource.fixed(NOW));

        AdminResponse page = away.usage(request());

        assertThat(page.status()).isEqualTo(503);
        assertThat(page.headers()).containsEntry("retry-after", "5");
        assertThat(page.body()).contains("\"code\":\"database_unavailable\"").doesNotContain("password");
    }

    private static AdminRequest request(String... parameters) {
        Map<String, List<String>> query = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            query.put(parameters[i], List.of(parameters[i + 1]));
        }
        return new AdminRequest("GET", "/admin/api/usage", query);
    }
}
