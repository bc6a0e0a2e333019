package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class UsageTextTest {
    static final String JSON = """
            {"by":"model","from":"2026-11-20T00:00:00Z","to":"2026-11-21T00:00:00Z","new":{"a":[1,{"b":2}]},"rows":[
             {"model":"gpt-4o","requests":12,"input_tokens":34,"cached_tokens":0,"cache_write_tokens":5,
              "output_tokens":56,"reasoning_tokens":7,"cost_nano":123456789,"cost_usd":"0.123456789",
              "cached_share":0.000000,"unpriced":0,"estimated":2,"errors":1,"input_drift":null},
             {"model":"own, \\"one\\"\\u001b[2J","requests":1,"input_tokens":2,"cached_tokens":1,"output_tokens":3,
              "reasoning_tokens":0,"cost_nano":null,"unpriced":1,"errors":0},
             {"model":"=1+1","requests":1,"input_tokens":2,"cached_tokens":1,"output_tokens":3,"reasoning_tokens":0,
              "cost_nano":500,"unpriced":1,"errors":0}
            ],"truncated":false,"row_limit":3,"table":"usage_hourly","pending":3}
            """;

    private static String table(String json, boolean withTotal) throws IOException {
        StringWriter out = new StringWriter();
        UsageText.table(UsageReport.parse(json), withTotal, new PrintWriter(out));
        return out.toString();
    }

    @Test
    void alignsColumnsAndAddsUp() throws IOException {
        assertThat(table(JSON, true).lines())
                .containsExactly(
                        "usage from 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z",
                        "model           requests  input  cached  cache write  output  reasoning  cost USD  unpriced"
                                + "  estimated  errors",
                        "gpt-4o                12     34       0            5      56          7  0.123457         0"
                                + "          2       1",
                        "own, \"one\"?[2J         1      2       1            0       3          0         -         1"
                                + "          0       0",
                        "=1+1                   1      2       1            0       3          0  0.000001         1"
                                + "          0       0",
                        "total                 14     38       2            5      62          7  0.123457         2"
                                + "          2       1",
                        "3 more not yet in the database");
    }

    @Test
    void hasAColumnForEachGrouping() throws IOException {
        String json = """
                {"by":"day,model","from":"a","to":"b","rows":[
                 {"day":"2026-11-20","model":"gpt-4o","requests":1},{"day":"2026-11-20","model":"o","requests":2}]}
                """;
        assertThat(table(json, true).lines().map(line -> line.replaceAll("(?<=\\d)  +0.*", "")))
                .contains(
                        "2026-11-20  gpt-4o         1", "2026-11-20  o              2", "total                      3");
    }

    @Test
    void addsNothingUpThatIsCutOrCountedTwice() throws IOException {
        String cut = JSON.replace("\"truncated\":false", "\"truncated\":true,\"calls_kept_since\":\"then\"");

        assertThat(table(JSON, false)).doesNotContain("total");
        assertThat(table(cut, true).lines())
                .noneMatch(line -> line.startsWith("total"))
                .contains(
                        "only the first 3 rows; ask for less time, fewer groupings, or with a filter",
                        "single calls are kept since then only");
    }

    @Test
    void printsAnEmptyReport() throws IOException {
        assertThat(table("{\"by\":\"key\",\"from\":\"a\",\"to\":\"b\",\"rows\":[],\"pending\":0}", true)
                        .lines())
                .containsExactly(
                        "usage from a to b",
                        "key  requests  input  cached  cache write  output  reasoning  cost USD  unpriced  estimated"
                                + "  errors");
    }

    @Test
    void roundsMoneyHalfUpAndKeepsUnknownUnknown() {
        assertThat(UsageText.usd(0L)).isEqualTo("0.000000");
        assertThat(UsageText.usd(499L)).isEqualTo("0.000000");
        assertThat(UsageText.usd(500L)).isEqualTo("0.000001");
        assertThat(UsageText.usd(12_345_678_901L)).isEqualTo("12.345679");
        assertThat(UsageText.usd(Long.MAX_VALUE)).isEqualTo("9223372036.854776");
        assertThat(UsageText.usd(null)).isEqualTo("-");
    }

    @Test
    void refusesWhatIsNoReport() {
        for (String json : new String[] {"", "[]", "{\"rows\":1}", "<html>", "{\"by\":"}) {
            assertThatIOException().as(json).isThrownBy(() -> UsageReport.parse(json));
        }
    }
}
