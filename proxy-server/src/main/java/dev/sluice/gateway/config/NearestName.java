package dev.sluice.gateway.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds the name somebody probably meant: the known one at the smallest Damerau-Levenshtein distance, at most 3
 * and at most half of the letters. */
final class NearestName {
    private static final int FARTHEST = 3;
    private static final int LONGEST = 64;

    private NearestName() {}

    /** The end of a message: what was probably meant, or else everything that is allowed. */
    static String hint(String actual, Collection<String> known) {
        String nearest = find(actual, known);
        if (nearest != null) {
            return "; did you mean '" + nearest + "'?";
        }
        return known.isEmpty() ? "" : "; allowed: " + String.join(", ", known);
    }

    static @Nullable String find(String actual, Collection<String> known) {
        if (actual.length() > LONGEST) {
            return null;
        }
        String nearest = null;
        int smallest = FARTHEST + 1;
        for (String candidate : known) {
            int distance = distance(actual, candidate);
            // Half of the letters must be right, or short names would be guessed from anything.
            if (distance < smallest && distance * 2 <= Math.max(actual.length(), candidate.length())) {
                nearest = candidate;
                smallest = distance;
            }
        }
        return nearest;
    }

    /** Insertions, deletions, substitutions and swaps of neighbours, each at cost 1; no letter is edited twice. */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            cost[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            cost[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int substitution = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                int best = Math.min(substitution, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    best = Math.min(best, cost[i - 2][j - 2] + 1);
                }
                cost[i][j] = best;
            }
        }
        return cost[a.length()][b.length()];
    }
}
