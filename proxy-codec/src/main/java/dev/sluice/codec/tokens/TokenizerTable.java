package dev.sluice.codec.tokens;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which tokenizer models have, by the beginnings of their names, the longest first: a file of lines with tabs between
 * the columns. Immutable. Thread: any.
 */
final class TokenizerTable {
    private static final String RESOURCE = "tokenizers.tsv";
    private static final int COLUMNS = 6;
    /** A model of whom only this is known is counted with a margin. */
    private static final Tokenizer UNKNOWN = new Tokenizer(Encoding.O200K_BASE, 1100, false, false);

    private static final String FINE_TUNED = "ft:";

    static final TokenizerTable BUNDLED = load();

    private record Row(String prefix, Tokenizer tokenizer) {
        /** A beginning that ends within a number of the name is none: {@code gpt-50} is no {@code gpt-5}. */
        boolean matches(String model, int from) {
            int end = from + prefix.length();
            return model.regionMatches(/* ignoreCase= */ true, from, prefix, 0, prefix.length())
                    && (end == model.length()
                            || !isDigit(model.charAt(end))
                            || !isDigit(prefix.charAt(prefix.length() - 1)));
        }
    }

    private final Row[] rows;

    private TokenizerTable(List<Row> rows) {
        List<Row> sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparingInt((Row row) -> row.prefix().length()).reversed());
        this.rows = sorted.toArray(Row[]::new);
    }

    /**
     * Reads the lines of a table; empty ones and those that begin with {@code #} say nothing.
     *
     * @throws IllegalStateException if a line is malformed
     */
    static TokenizerTable parse(List<String> lines) {
        List<Row> rows = new ArrayList<>();
        Set<String> prefixes = new HashSet<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Row row = row(line, i + 1);
            if (!prefixes.add(row.prefix())) {
                throw new IllegalStateException(RESOURCE + " line " + (i + 1) + ": " + row.prefix() + " again");
            }
            rows.add(row);
        }
        return new TokenizerTable(rows);
    }

    Tokenizer find(String model) {
        int from = nameStart(model);
        for (Row row : rows) {
            if (row.matches(model, from)) {
                return row.tokenizer();
            }
        }
        return UNKNOWN;
    }

    /** Behind the vendor: {@code vendor/}, {@code ft:}, and {@code region.vendor.} of letters alone. */
    private static int nameStart(String model) {
        int tuned = model.indexOf(FINE_TUNED);
        if (tuned == 0 || (tuned > 0 && model.charAt(tuned - 1) == '/')) {
            return tuned + FINE_TUNED.length();
        }
        int start = model.lastIndexOf('/') + 1;
        for (int at = start; at < model.length(); at++) {
            char letter = model.charAt(at);
            if (letter == '.' && at > start) {
                start = at + 1;
            } else if (!Character.isLetter(letter)) {
                break;
            }
        }
        return start;
    }

    private static TokenizerTable load() {
        try (InputStream in = TokenizerTable.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is not on the class path");
            }
            return parse(List.of(new String(in.readAllBytes(), UTF_8).split("\n")));
        } catch (IOException e) {
            throw new IllegalStateException(RESOURCE + " cannot be read", e);
        }
    }

    private static Row row(String line, int number) {
        String[] cells = line.split("\t", -1);
        if (cells.length != COLUMNS) {
            throw new IllegalStateException(
                    RESOURCE + " line " + number + ": " + cells.length + " columns; allowed are " + COLUMNS);
        }
        try {
            Tokenizer tokenizer = new Tokenizer(
                    Encoding.valueOf(cells[1].toUpperCase(Locale.ROOT)),
                    Integer.parseInt(cells[2]),
                    oneOf(cells[3], "exact", "estimate"),
                    oneOf(cells[4], "hidden", "shown"),
                    ImageRule.parse(cells[5]));
            return new Row(cells[0], tokenizer);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(RESOURCE + " line " + number + ": " + e.getMessage(), e);
        }
    }

    private static boolean oneOf(String cell, String yes, String no) {
        if (!cell.equals(yes) && !cell.equals(no)) {
            throw new IllegalArgumentException("'" + cell + "'; allowed are " + yes + " and " + no);
        }
        return cell.equals(yes);
    }

    private static boolean isDigit(char letter) {
        return letter >= '0' && letter <= '9';
    }
}
