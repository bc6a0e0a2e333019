package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.exchange.AttemptOpening;
import dev.sluice.gateway.exchange.AttemptReason;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.Ledger;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalAppender;
import dev.sluice.gateway.journal.JournalSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The accounts of a ledger are used again: what that saves, and that nobody can tell. */
final class UsageLedgerReuseTest {
    private static final Ledger.Waiter NEVER = () -> {
        throw new AssertionError("kept already");
    };
    private static final String[] TEXTS = {"gpt-4o-mini", "", "a\0b", "\uD800x", "€", "n".repeat(300), "key-1"};

    /** Everything costs the same. */
    private static final class Fixed implements Pricing {
        @Override
        public long costNano(
                String provider,
                String upstreamModel,
                @Nullable String answeredModel,
                @Nullable String serviceTier,
                long startedAtMicros,
                Usage usage) {
            return 5;
        }

        @Override
        public long version() {
            return 7;
        }
    }

    @TempDir
    Path directory;

    private final Random random = new Random(11);
    private Journal journal;

    @BeforeEach
    void open() throws IOException {
        journal = Journal.open(
                directory,
                JournalSettings.defaults().withSegmentBytes(256 << 10).withMinFreeBytes(0),
                2);
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
    }

    private UsageLedger ledger(int appender, UsageQueue queue) {
        Executor owner = Runnable::run;
        return new UsageLedger(
                journal.appender(appender, owner),
                queue,
                new Fixed(),
                /* waitsForDisk= */ false,
                new UsageLedger.Figures());
    }

    private static AttemptSummary ended(Counted counted, @Nullable String tier, @Nullable String id, Usage usage) {
        return new AttemptSummary(
                1,
                Summaries.STARTED_MICROS,
                "openai",
                "gpt-4o-mini",
                null,
                tier,
                AttemptStatus.OK,
                /* written= */ true,
                /* finished= */ true,
                200,
                usage,
                counted,
                new Settlement(usage, Settlement.Source.PROVIDER, 5, 7),
                5_000_000,
                70_000_000,
                id,
                AttemptReason.FIRST,
                null);
    }

    @Test
    void anAttemptFromItsOpeningToItsEventAllocatesLittleMoreThanTheEvent() {
        UsageQueue queue = new UsageQueue(64);
        UsageLedger ledger = ledger(0, queue);
        Executor owner = Runnable::run;
        JournalAppender appender = journal.appender(0, owner);
        AttemptOpening opening = UsageRecordsTest.opening("req_0123456789abcdef0123456789abcdef", "ann");
        AttemptSummary ended = ended(new Counted(10, true, 4, true, false), "default", "up-1", Usage.of(9, 0, 0, 4, 0));

        double bytes = Allocations.bytesOf(() -> {
            while (!appender.accepts()) {
                Thread.onSpinWait();
            }
            ledger.close(Objects.requireNonNull(ledger.open(opening)), ended, NEVER);
            Objects.requireNonNull(Objects.requireNonNull(queue.poll()).segment())
                    .acknowledge(1);
        });

        assertThat(bytes).isLessThanOrEqualTo(200);
    }

    @Test
    void aLedgerWithAPastWritesWhatANewOneWrites() {
        UsageQueue queue = new UsageQueue(64);
        UsageLedger old = ledger(0, queue);
        for (int i = 0; i < 500; i++) {
            List<AttemptOpening> openings = new ArrayList<>();
            List<Ledger.Entry> entries = new ArrayList<>();
            for (int open = random.nextInt(4); open >= 0; open--) {
                AttemptOpening opening = opening(i);
                openings.add(opening);
                entries.add(Objects.requireNonNull(old.openOnce(opening, "key-" + open)));
            }
            for (int open = entries.size() - 1; open >= 0; open--) {
                AttemptSummary ended = ended(Counted.NOTHING, text(), text(), Usage.NONE);
                old.close(entries.get(open), ended, NEVER);
                UsageEvent written = take(queue);
                UsageLedger fresh = ledger(1, queue);
                int number = entries.size() - 1 - open;
                fresh.close(Objects.requireNonNull(fresh.openOnce(openings.get(open), "key-" + number)), ended, NEVER);
                assertThat(written).isEqualTo(take(queue));
            }
        }
    }

    private static UsageEvent take(UsageQueue queue) {
        UsageQueue.Entry entry = Objects.requireNonNull(queue.poll());
        Objects.requireNonNull(entry.segment()).acknowledge(1);
        return entry.event();
    }

    private AttemptOpening opening(int number) {
        return new AttemptOpening(
                "r" + number,
                number,
                Summaries.STARTED_MICROS + number,
                text(),
                text(),
                text(),
                random.nextBoolean() ? Map.of() : Map.of("app", "web" + random.nextInt(3)),
                known(),
                text(),
                known(),
                known(),
                random.nextBoolean(),
                Counted.NOTHING);
    }

    private @Nullable String text() {
        return random.nextInt(4) == 0 ? null : known();
    }

    private String known() {
        return random.nextInt(3) == 0 ? "m" + random.nextInt(3_000) : TEXTS[random.nextInt(TEXTS.length)];
    }

    @Test
    void knownTextsAreWhatTheyWouldBeIfNobodyRemembered() {
        KnownTexts texts = new KnownTexts();
        for (int i = 0; i < 20_000; i++) {
            String text = known();
            KnownTexts.Known known = texts.find(text);
            String cleaned = Text.cleaned(text, Text.MAX_NAME);

            assertThat(known.cleaned).isEqualTo(cleaned);
            byte[] encoded = new byte[16 + 3 * cleaned.length()];
            int end = Utf8.write(cleaned, encoded, UsageRecords.writeNumber(Utf8.size(cleaned), encoded, 0));
            assertThat(known.record).isEqualTo(Arrays.copyOf(encoded, end));
        }
        assertThat(texts.find("gpt-4o")).isSameAs(texts.find("gpt-" + "4o"));
    }
}
