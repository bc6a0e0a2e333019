package dev.sluice.codec.anthropic;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a model accepts: a row of {@code anthropic-models.tsv}. Models differ in what they refuse, and a refusal is all
 * that a caller of another dialect would see of that. Thread: any.
 *
 * @param maxOutputTokens most tokens to generate
 * @param prefill whether the conversation may end with the beginning of the answer
 * @param schema whether an answer can be held to a schema
 * @param force whether a tool can be demanded
 */
record ModelRules(
        String name,
        long maxOutputTokens,
        SamplingRule sampling,
        ThinkingRule thinking,
        EffortRule effort,
        boolean prefill,
        boolean schema,
        boolean force) {

    /** Which of temperature, top_p and top_k. */
    enum SamplingRule {
        NONE,
        /** Temperature or top_p, but not both. */
        ONE,
        ANY
    }

    enum ThinkingRule {
        NONE,
        BUDGET,
        ADAPTIVE,
        EITHER
    }

    /** The highest level of effort. */
    enum EffortRule {
        NONE,
        HIGH,
        MAX_BUT_XHIGH,
        MAX
    }

    private static final String TABLE = "anthropic-models.tsv";
    private static final String ANY_MODEL = "*";
    private static final List<ModelRules> ROWS = load();

    /** The rules of the model that its provider calls {@code model}. */
    static ModelRules of(String model) {
        String name = model.toLowerCase(Locale.ROOT).replace('.', '-');
        for (ModelRules row : ROWS) {
            if (row.isAbout(name)) {
                return row;
            }
        }
        throw new IllegalStateException(TABLE + " has no last row called " + ANY_MODEL);
    }

    /** Whether anything is known of the model, or its house. */
    boolean isKnown() {
        return !name.equals(ANY_MODEL);
    }

    private boolean isAbout(String model) {
        int found = model.indexOf(name);
        int end = found + name.length();
        return !isKnown() || (found >= 0 && (end == model.length() || !isDigit(model.charAt(end))));
    }

    private static boolean isDigit(char next) {
        return next >= '0' && next <= '9';
    }

    private static List<ModelRules> load() {
        try (InputStream in = ModelRules.class.getResourceAsStream(TABLE)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + TABLE + " is missing");
            }
            List<ModelRules> rows = new ArrayList<>();
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    rows.add(row(line.split("\t", -1)));
                }
            }
            return List.copyOf(rows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ModelRules row(String[] cells) {
        return new ModelRules(
                cells[0],
                Long.parseLong(cells[1]),
                SamplingRule.valueOf(word(cells[2])),
                ThinkingRule.valueOf(word(cells[3])),
                EffortRule.valueOf(word(cells[4])),
                isYes(cells[5]),
                isYes(cells[6]),
                isYes(cells[7]));
    }

    private static String word(String cell) {
        return cell.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static boolean isYes(String cell) {
        return switch (cell) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new IllegalStateException(TABLE + " says '" + cell + "'; allowed: yes, no");
        };
    }
}
