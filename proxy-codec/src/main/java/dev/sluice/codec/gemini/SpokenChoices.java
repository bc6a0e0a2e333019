package dev.sluice.codec.gemini;

import java.util.ArrayList;
import java.util.List;

/** The choices of an answer that is being written, by index. Thread: event loop. */
final class SpokenChoices {
    private final List<Spoken> choices = new ArrayList<>(1);

    Spoken get(int choice) {
        while (choices.size() <= choice) {
            choices.add(new Spoken());
        }
        return choices.get(choice);
    }

    int size() {
        return choices.size();
    }
}
