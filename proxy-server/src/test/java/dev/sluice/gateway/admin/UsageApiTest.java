package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.usage.Grouping;
import dev.sluice.gateway.usage.UsageAnswer;
import dev.sluice.gateway.usage.UsageQuery;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageApiTest {
    private static final Instant NOW = Instant.parse("2026-11-21T11:34:58.123456Z");
    private static final String ALL_GROUPINGS =
            "day, hour, model, key, team, user, provider, tag, endpoint, status, upstream_model, source";

    private final List<UsageQuery> asked = new ArrayList<>();
    private UsageAnswer answer = Figures.answer();
    private final UsageApi api = new UsageApi(
            query -> {
                asked.add(query);
                return answer;
            },
            () -> 3,
            InstantSource.fixed(NOW),
            (user, key) -> user.equals("u1") && key.equals("ownedkey"));

    @Test
    void writesRowsWithMoneyAsWholeNanoDollarsAndAsText() throws InvalidParameterException {
        answer = Figures.answer(
                Figures.row(Figures.sums(), "2026-11-20", "gpt-4o"),
                Figures.row(Figures.unpriced(), "2026-11-20", "local \"x\""));

        AdminResponse page = api.usage(request("by", "day,model", "from", "2026-11-01", "to", "2026-11-30"));

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.contentType()).isEqualTo("application/json");
        assertThat(page.body())
                .isEqualTo("{\"by\":\"day,model\",\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-12-01T00:00:00Z\","
                        + "\"rows\":[{\"day\":\"2026-11-20\",\"model\":\"gpt-4o\",\"requests\":12,"
                        + "\"input_tokens\":1000,\"cached_tokens\":250,\"cache_write_tokens\":10,"
                        + "\"output_tokens\":56,\"reasoning_tokens\":7,\"cost_nano\":123456,"
                        + "\"cost_usd\":\"0.000123456\",\"cached_share\":0.250000,\"unpriced\":3,"
                        + "\"unpriced_share\":0.250000,\"estimated\":6,\"estimated_share\":0.500000,\"errors\":1,"
                        + "\"compared_input_tokens\":800,\"counted_input_tokens\":808,\"input_drift\":0.010000,"
                        + "\"compared_output_tokens\":40,\"counted_output_tokens\":39,\"output_drift\":-0.025000},"
                        + "{\"day\":\"2026-11-20\",\"model\":\"local \\\"x\\\"\",\"requests\":1,"
                        + "\"input_tokens\":2,\"cached_tokens\":0,\"cache_write_tokens\":0,"
                        + "\"output_tokens\":4,\"reasoning_tokens\":0,\"cost_nano\":null,"
                        + "\"cost_usd\":null,\"cached_share\":0.000000,\"unpriced\":1,"
                        + "\"unpriced_share\":1.000000,\"estimated\":0,\"estimated_share\":0.000000,\"errors\":0,"
                        + "\"compared_input_tokens\":0,\"counted_input_tokens\":0,\"input_drift\":null,"
                        + "\"compared_output_tokens\":0,\"counted_output_tokens\":0,\"output_drift\":null}],"
                        + "\"truncated\":false,\"row_limit\":20000,\"table\":\"usage_hourly\",\"pending\":3}");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.000000000",
        "1, 0.000000001",
        "1000000000, 1.000000000",
        "9007199254740993, 9007199.254740993",
        "9223372036854775807, 9223372036.854775807"
    })
    void neverRoundsMoney(long costNano, String usd) throws InvalidParameterException {
        answer = Figures.answer(Figures.row(Figures.costing(costNano), "m"));

        assertThat(api.usage(request()).body()).contains("\"cost_nano\":" + costNano + ",\"cost_usd\":\"" + usd + "\"");
        assertThat(api.usage(request("format", "csv")).body()).contains("," + costNano + "," + usd + ",");
    }

    @Test
    void looksAtTheLastThirtyDaysToTheEndOfTheHourByModelUnlessAsked() throws InvalidParameterException {
        api.usage(request());

        assertThat(asked)
                .containsExactly(new UsageQuery(
                        List.of(Grouping.MODEL),
                        null,
                        Map.of(),
                        Instant.parse("2026-10-22T12:00:00Z"),
                        Instant.parse("2026-11-21T12:00:00Z"),
                        20_000));
    }

    @ParameterizedTest
    @EnumSource(Grouping.class)
    void groupsByWhatIsAsked(Grouping grouping) throws InvalidParameterException {
        AdminResponse page = api.usage(request("by", grouping.label()));

        assertThat(asked.getFirst().by()).containsExactly(grouping);
        assertThat(page.body()).startsWith("{\"by\":\"" + grouping.label() + "\"");
    }

    @Test
    void groupsByTheValueOfATag() throws InvalidParameterException {
        api.usage(request("by", "day,tag", "tag", "cost center"));

        assertThat(asked.getFirst().by()).containsExactly(Grouping.DAY, Grouping.TAG);
        assertThat(asked.getFirst().tag()).isEqualTo("cost center");
    }

    @Test
    void countsOnlyWhatIsAsked() throws InvalidParameterException {
        api.usage(request(
                "key", "k", "team", "", "model", "m", "provider", "p", "endpoint", "e", "status", "ok", "user", "u"));

        assertThat(asked.getFirst().only())
                .isEqualTo(Map.of(
                        Grouping.KEY, "k",
                        // Not "whatever the team": a script whose variable is empty must not get everybody's usage.
                        Grouping.TEAM, "",
                        Grouping.MODEL, "m",
                        Grouping.PROVIDER, "p",
                        Grouping.ENDPOINT, "e",
                        Grouping.STATUS, "ok",
                        Grouping.USER, "u"));
    }

    @Test
    void takesInstantsAsTheyAre() throws InvalidParameterException {
        api.usage(request("from", "2026-11-20T10:00:00Z", "to", "2026-11-20T12:30:00+01:00"));

        assertThat(asked.getFirst().from()).isEqualTo("2026-11-20T10:00:00Z");
        assertThat(asked.getFirst().to()).isEqualTo("2026-11-20T11:30:00Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Model", "models", "model ", "'; drop table usage_event; --", "day,day", "day,", ",", "day;key"})
    void refusesAnUnknownGroupingAndNamesTheAllowedOnes(String by) {
        assertThatThrownBy(() -> api.usage(request("by", by)))
                .isInstanceOf(InvalidParameterException.class)
                .hasMessage("`by` is `" + by + "`; allowed, each once and with commas between them: " + ALL_GROUPINGS);
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "group  | day     | parameter `group` is not known; allowed: by, tag, from, to, format, key, team, model,",
                "Key    | k       | parameter `Key` is not known; allowed: ",
                "tag    | blue    | `tag` is `blue` and `by` is model; allowed with `by=tag`",
                "format | xml     | `format` is `xml`; allowed: json, csv",
                "status | OK      | `status` is `OK`; allowed: ok, client_abort, upstream_error, truncated, timeout,",
                "status | ' OR 1  | `status` is `' OR 1`; allowed: ",
                "from   | yesterday | `from` is `yesterday`; allowed: a date such as 2026-01-31"
            })
    void refusesWhatItDoesNotKnow(String name, String value, String message) {
        assertThatThrownBy(() -> api.usage(request(name, value)))
                .isInstanceOf(InvalidParameterException.class)
                .hasMessageStartingWith(message);
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"key", "team", "model", "provider", "endpoint", "user"})
    void refusesWhatPostgresCannotHold(String filter) {
        assertThatThrownBy(() -> api.usage(request(filter, "a\0b")))
                .hasMessage("`" + filter + "` holds a NUL; text without it is allowed");
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
        AdminRequest twice = AdminRequests.get("/admin/api/usage", Map.of("by", List.of("model", "key")), null);

        assertThatThrownBy(() -> api.usage(twice)).hasMessage("parameter `by` is given 2 times; once is allowed");
    }

    @Test
    void cutsWhatItRepeats() {
        for (String name : List.of("by", "from", "format", "status", "x".repeat(4_000))) {
            assertThatThrownBy(() -> api.usage(request(name, "x".repeat(4_000))))
                    .message()
                    .hasSizeLessThan(330);
        }
    }

    @Test
    void saysThatRowsWereCutAndSinceWhenCallsAreKept() throws InvalidParameterException {
        answer = new UsageAnswer(
                List.of(Figures.row(Figures.sums(), "u")), false, true, Instant.parse("2026-11-10T00:00:00Z"));

        assertThat(api.usage(request("by", "user")).body())
                .contains("\"truncated\":true,\"row_limit\":20000,\"table\":\"usage_event\","
                        + "\"calls_kept_since\":\"2026-11-10T00:00:00Z\"");
    }

    @Test
    void refusesToCutCsvForAFileDoesNotSayThatItIsCut() {
        answer = new UsageAnswer(List.of(Figures.row(Figures.sums(), "u")), false, true, null);
        assertThatThrownBy(() -> api.usage(request("by", "user", "format", "csv")))
                .hasMessageStartingWith("these are more than 20000 rows, and CSV is not cut");

        answer = new UsageAnswer(List.of(), false, false, Instant.parse("2026-11-10T00:00:00Z"));
        assertThatThrownBy(() -> api.usage(request("by", "user", "format", "csv", "from", "2026-11-01")))
                .hasMessageStartingWith(
                        "`from` is 2026-11-01T00:00:00Z; single calls are kept since" + " 2026-11-10T00:00:00Z only");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            value = {
                "-    | -                              | application/json",
                "-    | */*                            | application/json",
                "-    | text/csv                       | text/csv; charset=utf-8; header=present",
                "-    | text/html, Text/CSV;q=0.9, */* | text/csv; charset=utf-8; header=present",
                "-    | text/csvx                      | application/json",
                "csv  | application/json               | text/csv; charset=utf-8; header=present",
                "json | text/csv                       | application/json"
            })
    void givesTheFormThatIsWanted(@Nullable String format, @Nullable String accept, String type)
            throws InvalidParameterException {
        Map<String, List<String>> query = format == null ? Map.of() : Map.of("format", List.of(format));

        assertThat(api.usage(AdminRequests.get("/admin/api/usage", query, accept))
                        .contentType())
                .isEqualTo(type);
    }

    @Test
    void saysWhenToComeBackWhenTheDatabaseIsAway() throws InvalidParameterException {
        AdminResponse page = failing(new SQLException("connection to u:password@h refused"));

        assertThat(page.status()).isEqualTo(503);
        assertThat(page.headers()).containsEntry("retry-after", "5");
        assertThat(page.body()).contains("\"code\":\"database_unavailable\"").doesNotContain("password");
    }

    @Test
    void doesNotAskForTheSameAgainWhatTookTooLong() throws InvalidParameterException {
        AdminResponse page = failing(new SQLException("canceling statement due to statement timeout", "57014"));

        assertThat(page.status()).isEqualTo(503);
        assertThat(page.headers()).isEmpty();
        assertThat(page.body()).contains("\"code\":\"database_timeout\"");
    }

    @Test
    void askOnlyAboutTheOwnTeamWhateverTheyAskAbout() throws InvalidParameterException {
        answer = Figures.answer(Figures.row(Figures.costing(4), "gpt-4o"));

        api.usage(request(Scope.TEAM));
        api.usage(request(Scope.TEAM, "team", "blue", "key", "somekey1"));
        AdminResponse foreign = api.usage(request(Scope.TEAM, "team", "red"));

        assertThat(asked)
                .extracting(UsageQuery::only)
                .containsExactly(
                        Map.of(Grouping.TEAM, "blue"), Map.of(Grouping.KEY, "somekey1", Grouping.TEAM, "blue"));
        assertThat(foreign.body()).contains("\"rows\":[]");
    }

    @Test
    void membersAskOnlyAboutTheirTokensAndOneOfTheirKeys() throws InvalidParameterException {
        api.usage(request(Scope.OWN));
        api.usage(request(Scope.OWN, "key", "ownedkey"));
        api.usage(request(Scope.OWN, "key", "otherkey"));
        api.usage(request(Scope.OWN, "team", "red"));

        assertThat(asked)
                .extracting(UsageQuery::only)
                .containsExactly(
                        Map.of(Grouping.TEAM, "blue", Grouping.KEY, "user:u1"),
                        Map.of(Grouping.TEAM, "blue", Grouping.KEY, "ownedkey"));
    }

    private static AdminRequest request(Scope scope, String... parameters) {
        Principal anna = new Principal(
                "user:u1", "Anna", "blue", "u1", Role.MEMBER, "free", Map.of(), List.of(), List.of(), Long.MAX_VALUE);
        AdminRequest plain = request(parameters);
        return AdminRequests.of(anna, "GET", plain.path(), plain.parameters(), plain.headers(), "")
                .reaching(scope, "");
    }

    private static AdminResponse failing(SQLException failure) throws InvalidParameterException {
        UsageApi failing = new UsageApi(
                query -> {
                    throw failure;
                },
                () -> 0,
                InstantSource.fixed(NOW),
                (user, key) -> false);
        return failing.usage(request());
    }

    private static AdminRequest request(String... parameters) {
        Map<String, List<String>> query = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            query.put(parameters[i], List.of(parameters[i + 1]));
        }
        return AdminRequests.get("/admin/api/usage", query, null);
    }
}
