package dev.sluice.gateway.usage;

import static org.awaitility.Awaitility.await;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptOpening;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalAppender;
import dev.sluice.gateway.journal.JournalSegment;
import dev.sluice.gateway.journal.OpenRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Keeps the books of one event loop as a ledger does: journal first, queue if there is room. */
final class Books {
    private final JournalAppender appender;
    private final UsageQueue queue;
    private final KnownTexts texts = new KnownTexts();
    private final UsageRecords records = new UsageRecords(texts);

    Books(Journal journal, int loop, UsageQueue queue) {
        this.appender = journal.appender(loop, Runnable::run);
        this.queue = queue;
    }

    JournalAppender appender() {
        return appender;
    }

    /** The beginning of an attempt that is to end as {@code event} says. */
    OpenRecord open(UsageEvent event) {
        AttemptOpening opening = new AttemptOpening(
                event.requestId(),
                event.attempt(),
                event.startedAtMicros(),
                event.keyId(),
                event.teamId(),
                event.endUser(),
                Map.of(),
                event.endpoint(),
                event.requestedModel(),
                event.provider(),
                event.upstreamModel(),
                event.stream(),
                new Counted(event.usage().inputTokens(), true, Usage.UNKNOWN, false, false));
        Account account = new Account();
        account.begin(event.eventId(), opening, event.tags(), texts);
        records.open(account, opening.counted());
        OpenRecord open = tryOpen(event.eventId());
        return open != null
                ? open
                : await().pollInSameThread()
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> tryOpen(event.eventId()), Objects::nonNull);
    }

    /** Null when a disk cannot prepare segments as fast as a test fills them; a gateway would answer 503. */
    private @Nullable OpenRecord tryOpen(UUID eventId) {
        return appender.open(eventId, records.buffer(), records.size(), records.largestCloseBytes());
    }

    void progress(OpenRecord open, Counted counted, Usage usage) {
        records.progress(open.attempt(), counted, usage, 1_000, 200);
        appender.progress(open, records.buffer(), records.size());
    }

    void close(OpenRecord open, UsageEvent event) {
        records.close(event);
        JournalSegment segment = appender.close(open, records.buffer(), records.size());
        if (!appender.isBehind() && !queue.offer(event, segment)) {
            appender.fallBehind();
        }
    }

    /** An attempt from its beginning to its end. */
    void whole(UsageEvent event) {
        close(open(event), event);
    }

    /** Ends an attempt with what nobody can read, and leaves that to the file. */
    void closeUnreadably(OpenRecord open) {
        byte[] nonsense = "\u0000 no record".getBytes(StandardCharsets.UTF_8);
        appender.close(open, nonsense, nonsense.length);
        if (!appender.isBehind()) {
            appender.fallBehind();
        }
    }
}
