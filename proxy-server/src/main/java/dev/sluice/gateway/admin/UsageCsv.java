package dev.sluice.gateway.admin;

import dev.sluice.gateway.usage.Grouping;
import dev.sluice.gateway.usage.UsageFigure;
import dev.sluice.gateway.usage.UsageRow;
import java.util.List;

/**
 * Usage for spreadsheets: RFC 4180, a head and a line for each row. Text that a spreadsheet would take for a formula is
 * made a text by an apostrophe, for names and tags are the callers'. Thread: any.
 */
final class UsageCsv {
    private static final String FORMULA_BEGINS = "=+-@\t\r\n";
    private static final String END_OF_LINE = "\r\n";

    private UsageCsv() {}

    static String of(List<Grouping> by, List<UsageRow> rows) {
        StringBuilder csv = new StringBuilder(256 + rows.size() * 128);
        for (Grouping grouping : by) {
            csv.append(grouping.label()).append(',');
        }
        for (UsageFigure figure : UsageFigure.ALL) {
            csv.append(figure.label()).append(',');
        }
        endLine(csv);
        for (UsageRow row : rows) {
            for (String group : row.groups()) {
                text(csv, group);
                csv.append(',');
            }
            for (UsageFigure figure : UsageFigure.ALL) {
                csv.append(figure.text(row.sums())).append(',');
            }
            endLine(csv);
        }
        return csv.toString();
    }

    /** In place of the comma behind the last cell. */
    private static void endLine(StringBuilder csv) {
        csv.setLength(csv.length() - 1);
        csv.append(END_OF_LINE);
    }

    private static void text(StringBuilder csv, String text) {
        boolean quoted =
                text.indexOf(',') >= 0 || text.indexOf('"') >= 0 || text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0;
        if (quoted) {
            csv.append('"');
        }
        if (!text.isEmpty() && FORMULA_BEGINS.indexOf(text.charAt(0)) >= 0) {
            csv.append('\'');
        }
        csv.append(quoted ? text.replace("\"", "\"\"") : text);
        if (quoted) {
            csv.append('"');
        }
    }
}
