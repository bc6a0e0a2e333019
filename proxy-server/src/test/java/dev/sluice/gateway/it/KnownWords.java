package dev.sluice.gateway.it;

/**
 * Text whose tokens are known without counting: each word is one token of o200k_base together with the blank before it,
 * and no token reaches across a blank.
 */
final class KnownWords {
    private static final String[] WORDS = {
        " time",
        " year",
        " people",
        " way",
        " day",
        " thing",
        " world",
        " life",
        " hand",
        " part",
        " child",
        " place",
        " case",
        " week",
        " company",
        " system",
        " question",
        " work",
        " number",
        " night",
        " point",
        " home",
        " water",
        " room",
        " area",
        " money",
        " story",
        " fact",
        " month",
        " right",
        " study",
        " book",
        " word",
        " business",
        " issue",
        " side",
        " kind",
        " head",
        " house",
        " service",
        " friend",
        " power",
        " hour",
        " game",
        " line",
        " end",
        " law",
        " car",
        " city",
        " name",
        " team",
        " minute",
        " idea",
        " body",
        " back",
        " face",
        " level",
        " office",
        " door",
        " art",
        " history",
        " result",
        " change",
        " morning"
    };

    private KnownWords() {}

    /** {@code tokens} tokens of text, the {@code first}-th word of an endless text at its beginning. */
    static String text(int first, int tokens) {
        StringBuilder text = new StringBuilder(tokens * 6);
        for (int i = first; i < first + tokens; i++) {
            text.append(WORDS[i % WORDS.length]);
        }
        return text.toString();
    }

    /** The tokens of a text made here. */
    static int tokens(CharSequence text, int from, int to) {
        int tokens = 0;
        for (int i = from; i < to; i++) {
            if (text.charAt(i) == ' ') {
                tokens++;
            }
        }
        return tokens;
    }
}
