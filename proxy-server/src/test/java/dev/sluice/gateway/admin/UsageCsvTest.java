package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.usage.Grouping;
import dev.sluice.gateway.usage.UsageRow;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UsageCsvTest {
    private static final String HEAD = "requests,input_tokens,cached_tokens,cache_write_tokens,output_tokens,"
            + "reasoning_tokens,cost_nano,cost_usd,cached_share,unpriced,unpriced_share,estimated,estimated_share,errors,"
            + "compared_input_tokens,counted_input_tokens,input_drift,compared_output_tokens,counted_output_tokens,"
            + "output_drift\r\n";

    @Test
    void writesAHeadAndALineForEachRow() {
        List<UsageRow> rows = List.of(
                Figures.row(Figures.sums(), "2026-11-20", "gpt-4o"), Figures.row(Figures.unpriced(), "2026-11-21", ""));

        assertThat(UsageCsv.of(List.of(Grouping.DAY, Grouping.MODEL), rows))
                .isEqualTo("day,model," + HEAD
                        + "2026-11-20,gpt-4o,12,1000,250,10,56,7,123456,0.000123456,0.250000,3,0.250000,6,0.500000,1,"
                        + "800,808,0.010000,40,39,-0.025000\r\n"
                        + "2026-11-21,,1,2,0,0,4,0,,,0.000000,1,1.000000,0,0.000000,0,0,0,,0,0,\r\n");
    }

    @Test
    void hasAHeadWithoutAnyRow() {
        assertThat(UsageCsv.of(List.of(Grouping.KEY), List.of())).isEqualTo("key," + HEAD);
    }

    static List<List<String>> texts() {
        return List.of(
                List.of("plain", "plain"),
                List.of("a,b", "\"a,b\""),
                List.of("say \"x\"", "\"say \"\"x\"\"\""),
                List.of("two\nlines", "\"two\nlines\""),
                List.of("two\r\nlines", "\"two\r\nlines\""),
                List.of("=HYPERLINK(\"http://evil\",\"x\")", "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\""),
                List.of("+1", "'+1"),
                List.of("-1+1|cmd", "'-1+1|cmd"),
                List.of("@SUM(A1)", "'@SUM(A1)"),
                List.of("\t=1", "'\t=1"),
                List.of("\r=1", "\"'\r=1\""),
                List.of("\n=1", "\"'\n=1\""),
                List.of("\"=1", "\"\"\"=1\""),
                List.of("a=1", "a=1"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void namesFromOutsideStayOneCellOfText(List<String> textAndCell) {
        String line = UsageCsv.of(List.of(Grouping.MODEL), List.of(Figures.row(Figures.costing(1), textAndCell.get(0))))
                .substring(("model," + HEAD).length());

        assertThat(line).startsWith(textAndCell.get(1) + ",1,1,0,0,1,").endsWith("\r\n");
    }
}
