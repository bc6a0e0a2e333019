package dev.sluice.gateway.cli;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints a usage report for people and for spreadsheets. */
final class UsageText {
    private static final int NANO_DIGITS = 9;
    private static final int USD_DIGITS = 6;

    private UsageText() {}

    /** Aligned columns with a total; numbers to the right. */
    static void table(UsageReport report, PrintWriter out) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of(
                report.by(), "requests", "input", "cached", "output", "reasoning", "cost USD", "unpriced", "errors"));
        for (UsageReport.Row row : report.rows()) {
            lines.add(cells(row));
        }
        if (report.rows().size() > 1) {
            lines.add(cells(total(report.rows())));
        }
        out.println("usage from " + printable(report.from()) + " to " + printable(report.to()));
        columns(lines, out);
        if (report.pending() > 0) {
            out.println(report.pending() + " more not yet in the database");
        }
    }

    /** The first line is the head; the first column to the left, the others to the right. */
    static void columns(List<List<String>> lines, PrintWriter out) {
        int[] widths = new int[lines.getFirst().size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder(line.getFirst());
            text.append(" ".repeat(widths[0] - text.length()));
            for (int i = 1; i < widths.length; i++) {
                text.append("  ")
                        .append(" ".repeat(widths[i] - line.get(i).length()))
                        .append(line.get(i));
            }
            out.println(text);
        }
    }

    private static List<String> cells(UsageReport.Row row) {
        return List.of(
                printable(row.group()),
                Long.toString(row.requests()),
                Long.toString(row.inputTokens()),
                Long.toString(row.cachedTokens()),
                Long.toString(row.outputTokens()),
                Long.toString(row.reasoningTokens()),
                usd(row.costNano(), USD_DIGITS),
                Long.toString(row.unpriced()),
                Long.toString(row.errors()));
    }

    /** Of nano-dollars, so that the total is rounded once. */
    static UsageReport.Row total(List<UsageReport.Row> rows) {
        long[] sums = new long[7];
        Long costNano = null;
        for (UsageReport.Row row : rows) {
            sums[0] += row.requests();
            sums[1] += row.inputTokens();
            sums[2] += row.cachedTokens();
            sums[3] += row.outputTokens();
            sums[4] += row.reasoningTokens();
            sums[5] += row.unpriced();
            sums[6] += row.errors();
            if (row.costNano() != null) {
                costNano = Math.addExact(costNano == null ? 0 : costNano, row.costNano());
            }
        }
        return new UsageReport.Row("total", sums[0], sums[1], sums[2], sums[3], sums[4], costNano, sums[5], sums[6]);
    }

    /** One line for each row, with a head; the cost is exact, to the nano-dollar, and empty when unknown. */
    static void csv(UsageReport report, PrintWriter out) {
        out.print(
                "group,requests,input_tokens,cached_tokens,output_tokens,reasoning_tokens,cost_usd,unpriced,errors\r\n");
        for (UsageReport.Row row : report.rows()) {
            String cost = row.costNano() == null ? "" : usd(row.costNano(), NANO_DIGITS);
            out.print(csvText(row.group()) + "," + row.requests() + "," + row.inputTokens() + "," + row.cachedTokens()
                    + ","
                    + row.outputTokens() + "," + row.reasoningTokens() + "," + cost + "," + row.unpriced() + ","
                    + row.errors() + "\r\n");
        }
    }

    static String usd(@Nullable Long nano, int digits) {
        return nano == null
                ? "-"
                : BigDecimal.valueOf(nano, NANO_DIGITS)
                        .setScale(digits, RoundingMode.HALF_UP)
                        .toPlainString();
    }

    /** RFC 4180 quotes; a callers' text that a spreadsheet would take for a formula is made a text. */
    private static String csvText(String text) {
        String safe = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        boolean plain = safe.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? safe : "\"" + safe.replace("\"", "\"\"") + "\"";
    }

    /** Names come from callers: what would move the cursor of a terminal does not reach it. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return out.toString();
    }
}
