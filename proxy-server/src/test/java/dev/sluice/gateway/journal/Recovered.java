package dev.sluice.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Remembers what a {@link JournalReader} gives. Texts are the payloads. */
final class Recovered implements JournalReader.Visitor {
    final Map<UUID, String> closed = new LinkedHashMap<>();
    /** OPEN, and behind a slash the last PROGRESS when there is one. */
    final Map<UUID, String> interrupted = new LinkedHashMap<>();

    int repeatedCloses;

    /** Opens the journal of a process that is gone, reads it, and lets it go again. */
    static Recovered from(Path directory) throws IOException {
        try (JournalReader reader = JournalReader.ofDirectory(directory)) {
            return from(reader);
        }
    }

    static Recovered from(JournalReader reader) {
        Recovered recovered = new Recovered();
        reader.recover(recovered);
        return recovered;
    }

    @Override
    public void onClose(UUID attempt, ByteBuffer payload) {
        if (closed.put(attempt, text(payload)) != null) {
            repeatedCloses++;
        }
    }

    @Override
    public void onInterrupted(UUID attempt, ByteBuffer open, @Nullable ByteBuffer progress) {
        interrupted.put(attempt, progress == null ? text(open) : text(open) + "/" + text(progress));
    }

    static String text(ByteBuffer payload) {
        return UTF_8.decode(payload.duplicate()).toString();
    }
}
