package dev.sluice.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * A process that appends until it is killed, and prints what it has appended after it has done so: {@code O id}, {@code P id
 * text}, {@code C id text}. {@code A id} is printed before a CLOSE is acknowledged.
 */
final class AppendingProcess {
    private AppendingProcess() {}

    /** @param args directory, seed */
    public static void main(String[] args) throws IOException {
        JournalSettings settings =
                new JournalSettings(32_768, JournalSettings.Durability.WRITE, Duration.ofMillis(2), 0);
        Journal journal = Journal.open(Path.of(args[0]), settings, 2);
        JournalAppender[] appenders = {journal.appender(0, Runnable::run), journal.appender(1, Runnable::run)};
        Random random = new Random(Long.parseLong(args[1]));
        try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
            List<List<OpenRecord>> open = List.of(new ArrayList<>(), new ArrayList<>());
            while (true) {
                int which = random.nextInt(2);
                step(appenders[which], open.get(which), random, out);
            }
        }
    }

    private static void step(JournalAppender appender, List<OpenRecord> open, Random random, FileOutputStream out)
            throws IOException {
        byte[] payload = Integer.toString(random.nextInt())
                .repeat(1 + random.nextInt(20))
                .getBytes(UTF_8);
        if (open.size() < random.nextInt(30)) {
            OpenRecord opened = appender.open(UUID.randomUUID(), payload, payload.length, 300);
            if (opened != null) {
                open.add(opened);
                print(out, "O " + opened.attempt() + " " + new String(payload, UTF_8));
            }
        } else if (!open.isEmpty() && random.nextInt(3) == 0) {
            OpenRecord each = open.get(random.nextInt(open.size()));
            if (appender.progress(each, payload, payload.length)) {
                print(out, "P " + each.attempt() + " " + new String(payload, UTF_8));
            }
        } else if (!open.isEmpty()) {
            OpenRecord each = open.remove(random.nextInt(open.size()));
            JournalSegment segment = appender.close(each, payload, payload.length);
            print(out, "C " + each.attempt() + " " + new String(payload, UTF_8));
            if (random.nextInt(10) > 0) {
                print(out, "A " + each.attempt());
                segment.acknowledge(1);
            }
        }
    }

    private static void print(FileOutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(UTF_8));
    }
}
