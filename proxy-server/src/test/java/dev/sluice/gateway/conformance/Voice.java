package dev.sluice.gateway.conformance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** How a provider of one wire format says a {@link Scenario}. */
interface Voice {

    String streamType();

    /** The pieces of a stream, each written on its own. */
    List<byte[]> stream(Scenario scenario);

    /** A whole answer. */
    String body(Scenario scenario);

    /** A JSON string literal. */
    static String quoted(String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> literal.append("\\\"");
                case '\\' -> literal.append("\\\\");
                case '\n' -> literal.append("\\n");
                default -> literal.append(c);
            }
        }
        return literal.append('"').toString();
    }

    static List<byte[]> bytes(List<String> pieces) {
        List<byte[]> bytes = new ArrayList<>();
        for (String piece : pieces) {
            bytes.add(piece.getBytes(StandardCharsets.UTF_8));
        }
        return bytes;
    }
}
