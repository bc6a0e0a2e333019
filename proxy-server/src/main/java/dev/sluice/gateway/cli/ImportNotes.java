package dev.sluice.gateway.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What of a foreign configuration is lost or not quite the same here, with its lines. Nothing in it is secret. */
final class ImportNotes {
    /** @param line of the foreign file; 0 for the file as a whole */
    record Note(int line, String text) {}

    private final List<Note> notes = new ArrayList<>();

    void add(int line, String text) {
        Note note = new Note(line, UsageText.printable(text));
        if (!notes.contains(note)) {
            notes.add(note);
        }
    }

    /** In the order of the lines. */
    List<Note> inOrder() {
        return notes.stream().sorted(Comparator.comparingInt(Note::line)).toList();
    }
}
