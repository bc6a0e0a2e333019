package dev.sluice.gateway;

import dev.sluice.codec.tokens.Encoding;
import dev.sluice.gateway.admin.Health;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.Metering;
import dev.sluice.gateway.exchange.PromptCounter;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalAppender;
import dev.sluice.gateway.journal.JournalFigures;
import dev.sluice.gateway.journal.JournalSettings;
import dev.sluice.gateway.journal.JournalState;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.price.PriceBook;
import dev.sluice.gateway.store.Database;
import dev.sluice.gateway.usage.Keeping;
import dev.sluice.gateway.usage.PostgresWriter;
import dev.sluice.gateway.usage.UsageLedger;
import dev.sluice.gateway.usage.UsageQueue;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts that keep usage, joined: prices, journal, writer, database, and the counter of prompts.
 *
 * <p>Thread: {@link #start} and {@link #close} block and belong to the gateway's caller; the rest any.
 *
 * @param ofLoops what the exchanges of each event loop keep their books with, in the order of the loops
 */
record Bookkeeping(
        Database database,
        LivePrices prices,
        Journal journal,
        PostgresWriter writer,
        PromptCounter prompts,
        UsageLedger.Figures figures,
        List<Metering> ofLoops) {
    private static final Logger LOG = LoggerFactory.getLogger(Bookkeeping.class);

    static Bookkeeping start(GatewayConfig config, EventLoopGroup group) throws IOException {
        GatewayConfig.UsageSettings settings = config.usage();
        LivePrices prices = new LivePrices(
                PriceBook.load(settings.prices(), config.providers()),
                config.providers().keySet(),
                InstantSource.system());
        List<EventLoop> loops = new ArrayList<>();
        group.forEach(executor -> loops.add((EventLoop) executor));
        Journal journal = Journal.open(config.dataDir().resolve("journal"), journalSettings(config), loops.size());
        List<JournalAppender> appenders = new ArrayList<>();
        for (EventLoop loop : loops) {
            appenders.add(journal.appender(appenders.size(), loop));
        }
        Database database = Database.create(config.database(), config.dataDir());
        UsageQueue queue = new UsageQueue();
        PostgresWriter writer = new PostgresWriter(
                queue,
                journal,
                appenders.stream().map(JournalAppender::catchUp).toList(),
                database::connect,
                new Keeping(settings.retention(), prices),
                prices,
                InstantSource.system());
        database.start();
        writer.start();
        PromptCounter prompts = new PromptCounter();
        if (settings.metering()) {
            prompts.prepare(Encoding.O200K_BASE);
        }
        UsageLedger.Figures figures = new UsageLedger.Figures();
        boolean waitsForDisk = settings.durability() == GatewayConfig.Durability.FSYNC;
        List<Metering> ofLoops = new ArrayList<>();
        for (JournalAppender appender : appenders) {
            ofLoops.add(
                    settings.metering()
                            ? new Metering(
                                    new UsageLedger(appender, queue, prices, waitsForDisk, figures),
                                    prompts,
                                    settings.drain())
                            : Metering.OFF);
        }
        return new Bookkeeping(database, prices, journal, writer, prompts, figures, ofLoops);
    }

    private static JournalSettings journalSettings(GatewayConfig config) throws IOException {
        JournalSettings standard = JournalSettings.defaults();
        // On a small disk a share of it is left alone.
        long tenth = Files.getFileStore(config.dataDir()).getTotalSpace() / 10;
        return standard.withMinFreeBytes(Math.min(standard.minFreeBytes(), tenth))
                .withDurability(
                        switch (config.usage().durability()) {
                            case WRITE -> JournalSettings.Durability.WRITE;
                            case FSYNC -> JournalSettings.Durability.FSYNC;
                        });
    }

    void addTo(Metrics metrics) {
        metrics.gauge("sluice_usage_queued", "Usage events that are not yet in PostgreSQL.", writer::queued);
        metrics.gauge(
                "sluice_usage_oldest_seconds",
                "How long the oldest of them has been waiting.",
                () -> writer.oldestPendingAge().toMillis() / 1_000.0);
        metrics.counter("sluice_usage_rows_written_total", "Usage events stored in PostgreSQL.", writer::written);
        metrics.counter(
                "sluice_usage_rows_lost_total", "Usage events that not even the dead letters took.", writer::lost);
        metrics.counter("sluice_usage_dead_letters_total", "Usage events that have no row.", writer::deadLettered);
        metrics.counter(
                "sluice_usage_unpriced_total",
                "Attempts that consumed something and have no price.",
                figures::unpriced);
        metrics.counter(
                "sluice_usage_refused_total",
                "Requests refused because their usage could not be written down.",
                figures::refused);
        metrics.counter(
                "sluice_prompts_estimated_total",
                "Prompts that were estimated because there was no time to count them.",
                prompts::estimated);
        metrics.gauge(
                "sluice_journal_bytes",
                "Size of the journal on the disk.",
                () -> journal.figures().bytesOnDisk());
        metrics.gauge(
                "sluice_journal_oldest_seconds",
                "How long the oldest record has been waiting to be in PostgreSQL.",
                () -> journal.figures().oldestUnacknowledgedMillis() / 1_000.0);
        metrics.gauge(
                "sluice_journal_segments",
                "Segments of the journal.",
                "state",
                "active",
                () -> journal.figures().activeSegments(),
                "sealed",
                () -> journal.figures().sealedSegments());
    }

    Health databaseHealth() {
        Database.State state = database.state();
        return switch (state.phase()) {
            case UP -> Health.ok("up since " + state.since());
            case STARTING -> Health.degraded("starting since " + state.since());
            case DOWN -> Health.degraded("down since " + state.since() + ": " + state.why());
        };
    }

    Health writerHealth() {
        String detail = writer.queued() + " queued, " + writer.written() + " written, " + writer.lost() + " lost, "
                + writer.deadLettered() + " dead letters";
        String error = writer.lastError();
        return error == null && writer.lost() == 0
                ? Health.ok(detail)
                : Health.degraded(error == null ? detail : detail + ": " + error);
    }

    Health journalHealth() {
        JournalState state = journal.state();
        JournalFigures now = journal.figures();
        String detail = now.bytesOnDisk() + " bytes, " + now.unacknowledgedCloses() + " records to be stored, "
                + now.refusedOpens() + " requests refused";
        return state.condition() == JournalState.Condition.READY
                ? Health.ok(detail)
                : Health.degraded(detail + ": " + state.reason());
    }

    /** Stores what waits, within {@code patience}, and ends everything. @return how many events stay in the journal */
    long close(Duration patience) {
        prompts.close();
        long left = writer.close(patience);
        try {
            journal.close();
        } catch (IOException e) {
            LOG.atWarn().setCause(e).log("the journal was not closed well; the next start recovers it");
        }
        database.close();
        return left;
    }
}
