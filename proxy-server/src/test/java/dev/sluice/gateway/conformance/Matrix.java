package dev.sluice.gateway.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Clients and providers, and how many questions passed between each two: a table in Markdown. */
final class Matrix {
    private static final class Cell {
        private int passed;
        private int asked;

        @Override
        public String toString() {
            return asked == 0 ? "-" : passed == asked ? passed + " ok" : passed + " of " + asked;
        }
    }

    private final Map<String, Map<String, Cell>> rows = new LinkedHashMap<>();

    Matrix(List<String> clients, List<String> providers) {
        for (String client : clients) {
            Map<String, Cell> row = new LinkedHashMap<>();
            providers.forEach(provider -> row.put(provider, new Cell()));
            rows.put(client, row);
        }
    }

    void asked(String client, String provider) {
        cell(client, provider).asked++;
    }

    void passed(String client, String provider) {
        cell(client, provider).passed++;
    }

    private Cell cell(String client, String provider) {
        return rows.get(client).get(provider);
    }

    /** A line for each row, the names of the providers first. */
    List<String> lines() {
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("client"));
        head.addAll(rows.values().iterator().next().keySet());
        table.add(head);
        rows.forEach((client, row) -> {
            List<String> cells = new ArrayList<>(List.of(client));
            row.values().forEach(cell -> cells.add(cell.toString()));
            table.add(cells);
        });
        List<String> lines = new ArrayList<>();
        for (List<String> row : table) {
            lines.add("| " + String.join(" | ", row) + " |");
        }
        lines.add(1, "|" + "---|".repeat(head.size()));
        return lines;
    }
}
