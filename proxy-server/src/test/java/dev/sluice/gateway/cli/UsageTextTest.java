package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class UsageTextTest {
    static final String JSON = """
            {"by":"model","from":"2026-11-20T00:00:00Z","to":"2026-11-21T00:00:00Z","new":{"a":[1,{"b":2}]},"rows":[
             {"group":"gpt-4o","requests":12,"input_tokens":34,"cached_tokens":0,"output_tokens":56,"reasoning_tokens":7,
              "cost_nano":123456789,"cost_usd":"0.123456789","unpriced":0,"errors":1},
             {"group":"own, \\"one\\"\\u001b[2J","requests":1,"input_tokens":2,"cached_tokens":1,"output_tokens":3,"reasoning_tokens":0,
              "cost_nano":null,"unpriced":1,"errors":0},
             {"group":"=1+1","requests":1,"input_tokens":2,"cached_tokens":1,"output_tokens":3,"reasoning_tokens":0,
              "cost_nano":500,"unpriced":1,"errors":0}
            ],"pending":3}
            """;

    private static String print(BiConsumer<UsageReport, PrintWriter> form, String json) throws IOException {
        StringWriter out = new StringWriter();
        form.accept(UsageReport.parse(json), new PrintWriter(out));
        return out.toString();
    }

    @Test
    void alignsColumnsAndAddsUp() throws IOException {
        assertThat(print(UsageText::table, JSON).lines())
                .containsExactly(
                        "usage from 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z",
                        "model           requests  input  cached  output  reasoning  cost USD  unpriced  errors",
                        "gpt-4o                12     34       0      56          7  0.123457         0       1",
                        "own, \"one\"?[2J         1      2       1       3          0         -         1       0",
                        "=1+1                   1      2       1       3          0  0.000001         1       0",
                        "total                 14     38       2      62          7  0.123457         2       1",
                        "3 more not yet in the database");
    }

    @Test
    void printsAnEmptyReport() throws IOException {
        assertThat(print(UsageText::table, "{\"by\":\"key\",\"from\":\"a\",\"to\":\"b\",\"rows\":[],\"pending\":0}")
                        .lines())
                .containsExactly(
                        "usage from a to b",
                        "key  requests  input  cached  output  reasoning  cost USD  unpriced  errors");
    }

    @Test
    void writesCsvThatSpreadsheetsReadAsItIs() throws IOException {
        assertThat(print(UsageText::csv, JSON)).isEqualTo("""
                        group,requests,input_tokens,cached_tokens,output_tokens,reasoning_tokens,cost_usd,unpriced,errors
                        gpt-4o,12,34,0,56,7,0.123456789,0,1
                        "own, ""one""\u001b[2J",1,2,1,3,0,,1,0
                        '=1+1,1,2,1,3,0,0.000000500,1,0
                        """.replace("\n", "\r\n"));
    }

    @Test
    void roundsMoneyHalfUpAndKeepsUnknownUnknown() {
        assertThat(UsageText.usd(0L, 6)).isEqualTo("0.000000");
        assertThat(UsageText.usd(499L, 6)).isEqualTo("0.000000");
        assertThat(UsageText.usd(500L, 6)).isEqualTo("0.000001");
        assertThat(UsageText.usd(12_345_678_901L, 6)).isEqualTo("12.345679");
        assertThat(UsageText.usd(Long.MAX_VALUE, 6)).isEqualTo("9223372036.854776");
        assertThat(UsageText.usd(null, 6)).isEqualTo("-");
    }

    @Test
    void refusesWhatIsNoReport() {
        for (String json : new String[] {"", "[]", "{\"rows\":1}", "<html>", "{\"by\":"}) {
            assertThatIOException().as(json).isThrownBy(() -> UsageReport.parse(json));
        }
    }
}
