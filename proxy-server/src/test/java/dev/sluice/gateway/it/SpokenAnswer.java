package dev.sluice.gateway.it;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A streamed answer, event by event, of which it is known how many tokens its first {@code k} events are: counted whole
 * by the oracle, each text of each choice for itself, as texts of different kinds never continue one another.
 */
final class SpokenAnswer {
    private static final Encoding ORACLE = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);

    private final Kind kind;
    private final Random random;
    private final List<String> events = new ArrayList<>();
    /** What an event says: the text it belongs to, and the piece. */
    private final List<Map.Entry<String, String>> pieces = new ArrayList<>();

    private boolean begun;

    enum Kind {
        ENGLISH(
                "It's a truth universally acknowledged, that a single man in possession of a good fortune, must be in"
                        + " want of a wife. However little known the feelings… they'll say 1,234,567 things!\n\n  - \"So?\"\r\n"),
        CHINESE("道可道，非常道；名可名，非常名。無名天地之始，有名萬物之母。故常無欲，以觀其妙；常有欲，以觀其徼。2026年11月21日。"),
        EMOJI("👩‍👩‍👧‍👦 Familie 🏳️‍🌈 und 🇩🇪🇫🇷 mit 👍🏽👍🏿, é und ğ̈, ₿ ∑ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🤷🏻‍♀️❤️‍🔥"),
        CODE("for (int i = 0; i < n; i++) {\n\t\tif (a[i] != b[i])\n\t\t\treturn \"/*\\\\*/\"; // they're\n\t}\n}\n"),
        REASONING("The user wants a short answer. Let me think: 17 × 23 = 391, isn't it? Ja, genau. So 答案是391."),
        TOOLS("{\"city\":\"Zürich\",\"units\":[\"metric\",null],\"days\":3,\"note\":\"l'été \\\"chaud\\\" ☀️\"}"),
        TWO_CHOICES("One says that it's raining, the other says 'it is not', and both have got a point. 都对。");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    SpokenAnswer(Kind kind, Random random) {
        this.kind = kind;
        this.random = random;
        switch (kind) {
            case ENGLISH, CHINESE, EMOJI, CODE -> cut(kind.text).forEach(piece -> text(0, "content", piece));
            case REASONING -> {
                cut(kind.text).forEach(piece -> text(0, "reasoning_content", piece));
                cut(kind.text).forEach(piece -> text(0, "content", piece));
            }
            case TOOLS -> {
                tool(0, "get_weather_forecast");
                tool(1, "lookup");
            }
            case TWO_CHOICES -> {
                // Choice 1 begins in the middle of choice 0, which goes on afterwards.
                List<String> all = cut(kind.text);
                for (int i = 0; i < all.size(); i++) {
                    text(0, "content", all.get(i));
                    if (i > 0) {
                        text(1, "content", all.get(all.size() - i));
                    }
                }
            }
        }
    }

    int size() {
        return events.size();
    }

    String event(int index) {
        return events.get(index);
    }

    /** Tokens of the text that the first {@code events} events carry. */
    long tokens(int events) {
        Map<String, StringBuilder> texts = new LinkedHashMap<>();
        for (Map.Entry<String, String> piece : pieces.subList(0, events)) {
            texts.computeIfAbsent(piece.getKey(), any -> new StringBuilder()).append(piece.getValue());
        }
        return texts.values().stream()
                .mapToLong(text -> ORACLE.countTokensOrdinary(text.toString()))
                .sum();
    }

    private void text(int choice, String member, String piece) {
        say(choice + " " + member, piece, choice, "\"" + member + "\":" + quoted(piece));
    }

    private void tool(int index, String name) {
        say(
                index + " name",
                name,
                0,
                "\"content\":null,\"tool_calls\":[{\"index\":" + index + ",\"id\":\"call_" + index
                        + "\",\"type\":\"function\",\"function\":{\"name\":\"" + name + "\",\"arguments\":\"\"}}]");
        for (String piece : cut(kind.text)) {
            say(
                    index + " arguments",
                    piece,
                    0,
                    "\"tool_calls\":[{\"index\":" + index + ",\"function\":{\"arguments\":" + quoted(piece) + "}}]");
        }
    }

    private void say(String text, String piece, int choice, String members) {
        pieces.add(Map.entry(text, piece));
        events.add("data: {\"id\":\"chatcmpl-a\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
                + "\"model\":\"m\",\"choices\":[{\"index\":" + choice + ",\"delta\":{"
                + (begun ? "" : "\"role\":\"assistant\",") + members + "},\"finish_reason\":null}]}\n\n");
        begun = true;
    }

    /** Pieces of a few characters; a character is never cut. */
    private List<String> cut(String text) {
        List<String> all = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int characters = 1 + random.nextInt(9);
            int to = from;
            while (characters-- > 0 && to < text.length()) {
                to = text.offsetByCodePoints(to, 1);
            }
            all.add(text.substring(from, to));
            from = to;
        }
        return all;
    }

    /** As JSON, with and without escapes that need not be. */
    private String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean must = c < ' ' || c == '"' || c == '\\';
            boolean may = random.nextInt(6) == 0 && !Character.isSurrogate(c);
            if (c == '\n' && random.nextBoolean()) {
                json.append("\\n");
            } else if (must || may) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
