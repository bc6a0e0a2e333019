package dev.sluice.gateway.cli;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints a usage report for people. */
final class UsageText {
    private static final int NANO_DIGITS = 9;
    private static final int USD_DIGITS = 6;
    private static final List<String> FIGURES = List.of(
            "requests",
            "input",
            "cached",
            "cache write",
            "output",
            "reasoning",
            "cost USD",
            "unpriced",
            "estimated",
            "errors");

    private UsageText() {}

    /**
     * Aligned columns; numbers to the right.
     *
     * @param withTotal whether no call is in two rows, so that they may be added up
     */
    static void table(UsageReport report, boolean withTotal, PrintWriter out) {
        List<List<String>> lines = new ArrayList<>();
        List<String> head = new ArrayList<>(report.by());
        head.addAll(FIGURES);
        lines.add(head);
        for (UsageReport.Row row : report.rows()) {
            lines.add(cells(row));
        }
        if (report.rows().size() > 1 && withTotal && !report.truncated()) {
            lines.add(cells(total(report)));
        }
        out.println("usage from " + printable(report.from()) + " to " + printable(report.to()));
        columns(lines, report.by().size(), out);
        if (report.truncated()) {
            out.println("only the first " + report.rows().size() + " rows; ask for less time, fewer groupings, or with"
                    + " a filter");
        }
        if (report.callsKeptSince() != null) {
            out.println("single calls are kept since " + printable(report.callsKeptSince()) + " only");
        }
        if (report.pending() > 0) {
            out.println(report.pending() + " more not yet in the database");
        }
    }

    /**
     * The first line is the head.
     *
     * @param left how many columns are of text, and to the left; the others are to the right
     */
    static void columns(List<List<String>> lines, int left, PrintWriter out) {
        int[] widths = new int[lines.getFirst().size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String padding = " ".repeat(widths[i] - line.get(i).length());
                text.append(i == 0 ? "" : "  ");
                text.append(i < left ? line.get(i) + padding : padding + line.get(i));
            }
            out.println(text.toString().stripTrailing());
        }
    }

    private static List<String> cells(UsageReport.Row row) {
        List<String> cells = new ArrayList<>();
        row.groups().forEach(group -> cells.add(printable(group)));
        Collections.addAll(
                cells,
                Long.toString(row.requests()),
                Long.toString(row.inputTokens()),
                Long.toString(row.cachedTokens()),
                Long.toString(row.cacheWriteTokens()),
                Long.toString(row.outputTokens()),
                Long.toString(row.reasoningTokens()),
                usd(row.costNano()),
                Long.toString(row.unpriced()),
                Long.toString(row.estimated()),
                Long.toString(row.errors()));
        return cells;
    }

    /** Of nano-dollars, so that the total is rounded once. */
    private static UsageReport.Row total(UsageReport report) {
        long[] sums = new long[9];
        Long costNano = null;
        for (UsageReport.Row row : report.rows()) {
            sums[0] += row.requests();
            sums[1] += row.inputTokens();
            sums[2] += row.cachedTokens();
            sums[3] += row.cacheWriteTokens();
            sums[4] += row.outputTokens();
            sums[5] += row.reasoningTokens();
            sums[6] += row.unpriced();
            sums[7] += row.estimated();
            sums[8] += row.errors();
            if (row.costNano() != null) {
                costNano = Math.addExact(costNano == null ? 0 : costNano, row.costNano());
            }
        }
        List<String> groups = new ArrayList<>(Collections.nCopies(report.by().size(), ""));
        groups.set(0, "total");
        return new UsageReport.Row(
                groups, sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], costNano, sums[6], sums[7], sums[8]);
    }

    static String usd(@Nullable Long nano) {
        return nano == null
                ? "-"
                : BigDecimal.valueOf(nano, NANO_DIGITS)
                        .setScale(USD_DIGITS, RoundingMode.HALF_UP)
                        .toPlainString();
    }

    /** Names come from callers: what would move the cursor of a terminal does not reach it. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return out.toString();
    }
}
