package dev.sluice.bench.load;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tables of Markdown: a row for each target, those without anything in between first. Thread: one. */
final class Tables {
    private Tables() {}

    /** Figures of all targets, then the ratios to {@code base}, if there is one. */
    static String compare(Rounds rounds, @Nullable Target base, List<Column> columns) {
        StringBuilder text = new StringBuilder();
        text.append(head(columns.stream().map(Column::title).toList(), "wrong answers"));
        for (Target target : rounds.targets()) {
            text.append("| ").append(target.name()).append(" |");
            for (Column column : columns) {
                text.append(' ')
                        .append(column.text(rounds.spread(target, column.figure())))
                        .append(" |");
            }
            text.append(' ').append(rounds.flaws(target)).append(" |\n");
        }
        if (base != null) {
            List<Column> compared = columns.stream().filter(Column::isCompared).toList();
            text.append("\nDivided by ").append(base.name()).append("'s of the same round, medians:\n\n");
            text.append(head(compared.stream().map(Tables::withoutUnit).toList(), null));
            for (Target target : rounds.targets()) {
                text.append("| ").append(target.name()).append(" |");
                for (Column column : compared) {
                    text.append(' ')
                            .append(Column.ratioText(rounds.ratio(target, base, column.figure())))
                            .append(" |");
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    private static String withoutUnit(Column column) {
        return column.title()
                .replace(", us", "")
                .replace(" us/", "/")
                .replace(" MiB", "")
                .replace(" KiB/", "/");
    }

    static String head(List<String> titles, @Nullable String last) {
        String names = String.join(" | ", titles) + (last == null ? "" : " | " + last);
        int count = titles.size() + (last == null ? 1 : 2);
        return "| target | " + names + " |\n|" + "---|".repeat(count) + "\n";
    }

    /** What each target is and does. */
    static String targets(Iterable<Target> targets) {
        StringBuilder text = new StringBuilder();
        for (Target target : targets) {
            text.append("- **")
                    .append(target.name())
                    .append("**: ")
                    .append(target.what())
                    .append('\n');
        }
        return text.toString();
    }

    /** A row of figures, whatever they are. */
    static String row(String name, Object... cells) {
        return "| " + name + " | "
                + List.of(cells).stream()
                        .map(cell -> cell instanceof Double figure ? number(figure) : String.valueOf(cell))
                        .collect(Collectors.joining(" | "))
                + " |\n";
    }

    private static String number(double figure) {
        if (Double.isNaN(figure)) {
            return "-";
        }
        return String.format(Locale.ROOT, Math.abs(figure) < 100 ? "%.2f" : "%,.0f", figure);
    }
}
