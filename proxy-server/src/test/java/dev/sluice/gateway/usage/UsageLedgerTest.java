package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptOpening;
import dev.sluice.gateway.exchange.AttemptReason;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.Ledger;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalAppender;
import dev.sluice.gateway.journal.JournalReader;
import dev.sluice.gateway.journal.JournalSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The books of an event loop over a real journal: what is in them, and whose figures are billed. */
class UsageLedgerTest {
    private static final long STARTED = Summaries.STARTED_MICROS;
    private static final int UNKNOWN = UsageEvent.UNKNOWN;
    /** A nano-dollar for each token of a model that has a price. */
    private static final Pricing PRICES = new Pricing() {
        @Override
        public long costNano(
                String provider,
                String upstreamModel,
                @Nullable String answeredModel,
                @Nullable String serviceTier,
                long startedAtMicros,
                Usage usage) {
            return upstreamModel.equals("priced") ? usage.inputTokens() + usage.outputTokens() : UNKNOWN;
        }

        @Override
        public long version() {
            return 7;
        }
    };

    @TempDir
    Path directory;

    private final UsageLedger.Figures figures = new UsageLedger.Figures();
    private Journal journal;
    private JournalAppender appender;

    @BeforeEach
    void open() throws IOException {
        journal = Journal.open(
                directory, JournalSettings.defaults().withSegmentBytes(64 << 10).withMinFreeBytes(0), 1);
        Executor owner = Runnable::run;
        appender = journal.appender(0, owner);
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
    }

    private static AttemptOpening opening(String model) {
        return new AttemptOpening(
                "req-1",
                1,
                STARTED,
                "key-1",
                "team-1",
                "ann",
                Map.of("app", "web"),
                "chat.completions",
                "chat",
                "alpha",
                model,
                true,
                new Counted(10, true, 0, true, false));
    }

    private static AttemptSummary ended(
            String model, AttemptStatus status, int httpStatus, boolean finished, Usage usage, Counted counted) {
        return new AttemptSummary(
                1,
                STARTED,
                "alpha",
                model,
                null,
                "flex",
                status,
                /* written= */ true,
                finished,
                httpStatus,
                usage,
                counted,
                Settlement.NONE,
                5_000_000,
                70_000_000,
                "up-1",
                AttemptReason.FIRST,
                null);
    }

    private static AttemptSummary settled(UsageLedger ledger, AttemptSummary ended) {
        return new AttemptSummary(
                ended.number(),
                ended.startedAtMicros(),
                ended.provider(),
                ended.upstreamModel(),
                ended.answeredModel(),
                ended.serviceTier(),
                ended.status(),
                ended.written(),
                ended.finished(),
                ended.httpStatus(),
                ended.usage(),
                ended.counted(),
                ledger.settle(ended),
                ended.ttftNanos(),
                ended.durationNanos(),
                ended.providerRequestId(),
                ended.reason(),
                ended.errorCode());
    }

    private UsageLedger ledger(UsageQueue queue) {
        return new UsageLedger(appender, queue, PRICES, /* waitsForDisk= */ false, figures);
    }

    @Test
    void aClosedAttemptIsOneEventWithEverythingThatIsKnown() {
        UsageQueue queue = new UsageQueue(16);
        UsageLedger ledger = ledger(queue);
        Ledger.Entry entry = Objects.requireNonNull(ledger.open(opening("priced")));
        Counted counted = new Counted(10, true, 4, true, true);
        boolean kept = ledger.close(
                entry,
                settled(ledger, ended("priced", AttemptStatus.OK, 200, true, Usage.of(11, 2, 0, 5, 1), counted)),
                () -> {
                    throw new AssertionError("kept already");
                });

        assertThat(kept).isTrue();
        UsageEvent event = Objects.requireNonNull(queue.poll()).event();
        assertThat(event)
                .isEqualTo(new UsageEvent(
                        event.eventId(),
                        STARTED,
                        "req-1",
                        1,
                        "key-1",
                        "team-1",
                        "ann",
                        "{\"app\":\"web\"}",
                        "chat.completions",
                        "chat",
                        "alpha",
                        "priced",
                        true,
                        "ok",
                        200,
                        Usage.of(11, 2, 0, 5, 1),
                        10,
                        4,
                        "provider",
                        // The provider's own figures are no lower bound.
                        false,
                        "flex",
                        16,
                        7,
                        5,
                        70,
                        "up-1"));
        assertThat(figures.recorded()).isEqualTo(1);
        assertThat(figures.unpriced()).isZero();
    }

    @Test
    void whatIsInTheBooksOutlivesTheProcess() throws IOException {
        UsageLedger ledger = ledger(new UsageQueue(16));
        Ledger.Entry done = Objects.requireNonNull(ledger.open(opening("priced")));
        ledger.close(
                done,
                settled(
                        ledger,
                        ended("priced", AttemptStatus.OK, 200, true, Usage.of(11, 2, 0, 5, 1), Counted.NOTHING)),
                () -> {});
        Ledger.Entry open = Objects.requireNonNull(ledger.open(opening("priced")));
        ledger.progress(open, new Counted(10, true, 3, true, false), Usage.NONE, 1_000_000_000, 5_000_000);
        ledger.progress(open, new Counted(10, true, 8, true, false), Usage.NONE, 2_000_000_000, 5_000_000);
        journal.close();

        List<UsageEvent> events = new ArrayList<>();
        UsageRecordReader records = new UsageRecordReader();
        try (Journal next = Journal.open(directory, JournalSettings.defaults().withMinFreeBytes(0), 1)) {
            next.recovered().recover(new JournalReader.Visitor() {
                @Override
                public void onClose(UUID attempt, ByteBuffer payload) {
                    events.add(read(() -> records.close(payload)));
                }

                @Override
                public void onInterrupted(UUID attempt, ByteBuffer opened, @Nullable ByteBuffer progress) {
                    events.add(read(() -> InterruptedAttempt.event(
                            records.open(opened), progress == null ? null : records.progress(progress), PRICES)));
                }
            });
        }
        assertThat(events).extracting(UsageEvent::status).containsExactly("ok", "interrupted");
        assertThat(events.get(1).countedOutput()).isEqualTo(8);
        assertThat(events.get(1).usageSource()).isEqualTo("counted");
        assertThat(events.get(1).costNano()).isEqualTo(18);
    }

    private interface Reading {
        UsageEvent get() throws UnreadableRecordException;
    }

    private static UsageEvent read(Reading reading) {
        try {
            return reading.get();
        } catch (UnreadableRecordException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatAFullQueueDoesNotTakeTheWriterFindsInTheJournal() throws IOException {
        UsageQueue queue = new UsageQueue(4);
        UsageLedger ledger = ledger(queue);
        int queued = 0;
        for (int i = 0; i < 40; i++) {
            Ledger.Entry entry = Objects.requireNonNull(ledger.open(opening("priced")));
            ledger.close(
                    entry,
                    settled(
                            ledger,
                            ended("priced", AttemptStatus.OK, 200, true, Usage.of(i, 0, 0, 0, 0), Counted.NOTHING)),
                    () -> {});
        }
        List<Long> inputs = new ArrayList<>();
        for (UsageQueue.Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
            inputs.add(entry.event().usage().inputTokens());
            queued++;
        }
        UsageRecordReader records = new UsageRecordReader();
        int read = appender.catchUp()
                .read(
                        (segment, attempt, payload) -> inputs.add(
                                read(() -> records.close(payload)).usage().inputTokens()),
                        100);

        assertThat(queued).isBetween(1, 39);
        assertThat(read).isEqualTo(40 - queued);
        assertThat(inputs).hasSize(40).doesNotHaveDuplicates();
    }

    @Test
    void withoutRoomNothingIsOpened() throws IOException {
        UsageLedger ledger = ledger(new UsageQueue(16));
        int opened = 0;
        journal.close();
        // Its thread is gone: what room there is will not grow.
        while (opened < 10_000 && ledger.open(opening("priced")) != null) {
            opened++;
        }

        assertThat(opened).isLessThan(10_000);
        assertThat(figures.refused()).isEqualTo(1);
    }

    @Test
    void aModelWithoutAPriceIsCountedAndUnpriced() {
        UsageQueue queue = new UsageQueue(16);
        UsageLedger ledger = ledger(queue);
        Ledger.Entry entry = Objects.requireNonNull(ledger.open(opening("unheard-of")));
        ledger.close(
                entry,
                settled(
                        ledger,
                        ended("unheard-of", AttemptStatus.OK, 200, true, Usage.of(1, 0, 0, 1, 0), Counted.NOTHING)),
                () -> {});

        UsageEvent event = Objects.requireNonNull(queue.poll()).event();
        assertThat(event.costNano()).isEqualTo(UNKNOWN);
        assertThat(event.priceVersion()).isEqualTo(UNKNOWN);
        assertThat(figures.unpriced()).isEqualTo(1);
    }

    /** Reported input and output, counted input and output; what is billed, and whose figures that are. */
    @ParameterizedTest
    @CsvSource({
        // Whole answers: the provider's word counts, also where the gateway counted more.
        "OK, 200, true, 11, 5, 10, 9, true, provider, 11, 5",
        "OK, 200, true, 11, -1, 10, 0, true, provider, 11, -1",
        "OK, 200, true, -1, -1, 10, 9, true, counted, 10, 9",
        "OK, 200, true, -1, -1, 10, 9, false, estimated, 10, 9",
        // Cut off: what was counted stands in for what was not reported any more.
        "CLIENT_ABORT, 200, false, -1, -1, 10, 9, true, counted, 10, 9",
        "CLIENT_ABORT, 200, false, 11, 1, 10, 9, true, mixed, 11, 9",
        "CLIENT_ABORT, 200, false, 11, -1, 10, 0, true, mixed, 11, 0",
        "CLIENT_ABORT, 200, true, 11, 5, 10, 9, true, provider, 11, 5",
        "TRUNCATED, 200, false, -1, -1, 10, 9, true, counted, 10, 9",
        "TIMEOUT, 200, false, 11, 12, 10, 9, true, provider, 11, 12",
        "INTERRUPTED, 200, false, 11, 1, 10, 9, false, estimated, 11, 9",
        // Sent, and nobody knows what became of it: the prompt.
        "CLIENT_ABORT, 0, false, -1, -1, 10, 0, true, counted, 10, 0",
        "TIMEOUT, 0, false, -1, -1, 10, 0, true, counted, 10, 0",
        // Refused by the provider, or broken before anything was generated: nothing.
        "UPSTREAM_ERROR, 503, false, -1, -1, 10, 0, true, none, -1, -1",
        "UPSTREAM_ERROR, 0, false, -1, -1, 10, 0, true, none, -1, -1",
        "UPSTREAM_ERROR, 200, false, -1, -1, 10, 0, true, none, -1, -1",
        "UPSTREAM_ERROR, 200, false, -1, -1, 10, 9, true, counted, 10, 9",
        "CLIENT_ABORT, 429, false, -1, -1, 10, 0, true, none, -1, -1",
    })
    void whoseFiguresAreBilled(
            AttemptStatus status,
            int httpStatus,
            boolean finished,
            long reportedInput,
            long reportedOutput,
            long countedInput,
            long countedOutput,
            boolean exact,
            String source,
            long billedInput,
            long billedOutput) {
        Settlement settlement = ledger(new UsageQueue(16))
                .settle(ended(
                        "priced",
                        status,
                        httpStatus,
                        finished,
                        Usage.of(reportedInput, -1, -1, reportedOutput, -1),
                        new Counted(countedInput, exact, countedOutput, exact, false)));

        assertThat(settlement.source().label()).isEqualTo(source);
        assertThat(settlement.usage().inputTokens()).isEqualTo(billedInput);
        assertThat(settlement.usage().outputTokens()).isEqualTo(billedOutput);
        assertThat(settlement.costNano()).isEqualTo(source.equals("none") ? UNKNOWN : billedInput + billedOutput);
    }

    @Test
    void whatTheProviderItselfChargedWasPricedByNoCatalogue() {
        Usage charged = new Usage(11, -1, -1, -1, -1, -1, -1, 5, -1, -1, -1, -1, 77);
        Settlement settlement = ledger(new UsageQueue(16))
                .settle(ended("priced", AttemptStatus.OK, 200, true, charged, Counted.NOTHING));

        assertThat(settlement.costNano()).isEqualTo(16);
        assertThat(settlement.priceVersion()).isEqualTo(UNKNOWN);
    }

    @Test
    void anAttemptThatWasNeverSentIsBilledForNothing() {
        AttemptSummary sent =
                ended("priced", AttemptStatus.TIMEOUT, 0, false, Usage.NONE, new Counted(10, true, 0, true, false));
        AttemptSummary unsent = new AttemptSummary(
                1,
                STARTED,
                "alpha",
                "priced",
                null,
                null,
                AttemptStatus.TIMEOUT,
                false,
                false,
                0,
                Usage.NONE,
                sent.counted(),
                Settlement.NONE,
                -1,
                1,
                null,
                AttemptReason.FIRST,
                null);

        assertThat(ledger(new UsageQueue(16)).settle(unsent)).isEqualTo(Settlement.NONE);
    }
}
