package dev.sluice.gateway.it;

import dev.sluice.gateway.it.ClientEntry.Outcome;
import dev.sluice.gateway.it.Plan.Ending;
import dev.sluice.gateway.it.Plan.Reported;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Compares three ledgers that were kept apart: what clients received, what the provider sent and will charge, and the
 * rows in PostgreSQL. Only the three together show what is lost <em>and</em> what is counted twice.
 *
 * <p>A call that the provider has seen has exactly one row; one that it has not has none, unless the gateway died, or the
 * client went, between the note in the journal and the first byte to the provider.
 */
final class Books {
    static final String LOST = "lost";
    static final String LOST_AFTER_LAST_BYTE = "lost, and its last byte had reached the client";
    static final String TWICE = "counted twice";
    static final String WRONG_STATUS = "wrong status";
    static final String WRONG_FIGURES = "not what the provider charges";
    static final String WRONG_COUNT = "miscounted";
    static final String WRONG_PRICE = "mispriced";
    static final String WRONG_ANSWER = "wrong answer";
    static final String NOBODY_ASKED = "a row for nothing";

    /** How old the last note of an open stream's progress may be. */
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How many tokens may have come since. */
    private static final int INTERVAL_TOKENS = 500;
    /** A tenth of a second until a deadline is noticed, and what two busy processors add to that. */
    private static final long SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    /** The last event read, and the few words that a counter holds back. */
    private static final int SLACK_TOKENS = 150;

    private final Map<String, ClientEntry> clients;
    private final Map<String, ProviderEntry> provider;
    private final Map<String, List<LedgerRow>> rows = new HashMap<>();
    /** When which life of the gateway was killed; lives that are missing were not. */
    private final Map<Integer, Long> kills;

    private final Discrepancies discrepancies = new Discrepancies();
    private final Map<String, Integer> figures = new TreeMap<>();
    private long worstBehindNanos;
    private int worstBehindTokens;
    private long invoiceNano;

    Books(
            Map<String, ClientEntry> clients,
            Map<String, ProviderEntry> provider,
            List<LedgerRow> rows,
            Map<Integer, Long> kills) {
        this.clients = clients;
        this.provider = provider;
        this.kills = kills;
        for (LedgerRow row : rows) {
            this.rows.computeIfAbsent(row.requestId(), id -> new ArrayList<>(1)).add(row);
        }
    }

    /** What does not agree; empty when all is well. */
    Discrepancies compare() {
        rows.forEach((id, found) -> check(clients.containsKey(id), NOBODY_ASKED, found.getFirst()));
        clients.forEach(this::call);
        return discrepancies;
    }

    /** Counts by what became of the calls, and how far the worst interrupted row was behind the provider. */
    String summary() {
        return figures
                + String.format(
                        Locale.ROOT,
                        "; interrupted rows at most %d tokens and %d ms behind the provider; invoice %,d nano-dollars",
                        worstBehindTokens,
                        TimeUnit.NANOSECONDS.toMillis(worstBehindNanos),
                        invoiceNano);
    }

    /** What the provider charges for answers that ended well. */
    long invoiceNano() {
        return invoiceNano;
    }

    /** How many calls went this way: a status of rows, or one of the figures in {@link #summary}. */
    int count(String figure) {
        return figures.getOrDefault(figure, 0);
    }

    private void call(String id, ClientEntry client) {
        List<LedgerRow> found = rows.getOrDefault(id, List.of());
        ProviderEntry seen = provider.get(id);
        tally("calls");
        check(client.isOver(), WRONG_ANSWER, id + " never ended");
        check(found.size() <= 1, TWICE, found);
        if (seen != null && seen.requests() != 1) {
            check(false, WRONG_ANSWER, id + ": the provider was asked " + seen.requests() + " times");
        }
        if (client.outcome() == Outcome.CUT && !killed(client)) {
            check(false, WRONG_ANSWER, id + ": cut by a gateway that lived, at status " + client.status());
        }
        if (found.isEmpty()) {
            check(
                    seen == null,
                    client.outcome() == Outcome.WHOLE ? LOST_AFTER_LAST_BYTE : LOST,
                    id + ": the client saw " + client.outcome() + ", plan " + client.plan());
            check(seen != null || !client.isServed(), WRONG_ANSWER, id + ": nobody gave it");
            tally(client.outcome() == Outcome.WHOLE ? "no row " + client.status() : "no row " + client.outcome());
            return;
        }
        LedgerRow row = found.getFirst();
        tally(row.status());
        check(row.attempt() == 1 && row.stream() == client.plan().stream(), WRONG_FIGURES, row);
        if (seen == null) {
            unseen(client, row);
        } else {
            seen(client, seen, row);
        }
    }

    private void unseen(ClientEntry client, LedgerRow row) {
        boolean explained = (client.outcome() == Outcome.ABORTED && row.status().equals("client_abort"))
                || (killed(client) && row.status().equals("interrupted"));
        if (row.status().equals("upstream_error")) {
            // On a starved machine a connection may fail to come about. Then the caller has been told, and nothing is
            // charged.
            check(
                    client.status() == 502,
                    WRONG_ANSWER,
                    "the client was not told that the provider was not reached: " + row);
            check(row.costNano() == null, WRONG_FIGURES, row);
            tally("provider not reached");
            return;
        }
        check(explained, NOBODY_ASKED, "the provider was not; the client saw " + client.outcome() + ", " + row);
        check(counted(row) == 0, WRONG_COUNT, "output of nowhere: " + row);
    }

    private void seen(ClientEntry client, ProviderEntry seen, LedgerRow row) {
        switch (row.status()) {
            case "ok" -> {
                boolean may = seen.ended() && seen.plan().ending() == Ending.WELL;
                check(may, WRONG_STATUS, "the provider had not ended: " + row);
                check(
                        client.outcome() != Outcome.WHOLE || client.isServed(),
                        WRONG_ANSWER,
                        client.status() + ": " + row);
                well(seen, row);
            }
            case "upstream_error" -> {
                check(seen.plan().ending() == Ending.ERROR, WRONG_STATUS, "the provider made no error: " + row);
                boolean free = row.costNano() == null || row.costNano() == 0;
                check(free && row.httpStatus() != null && row.httpStatus() >= 500, WRONG_FIGURES, row);
            }
            case "truncated" -> {
                boolean may = seen.plan().ending() == Ending.CUT && seen.ended();
                check(may, WRONG_STATUS, "the provider did not break off: " + row);
                check(!client.doneMarker(), WRONG_ANSWER, "[DONE] of an answer that broke off: " + row);
                check(counted(row) == seen.sent().total(), WRONG_COUNT, sent(row, seen));
                priced(row);
            }
            case "client_abort" -> {
                check(
                        client.outcome() == Outcome.ABORTED,
                        WRONG_STATUS,
                        "the client saw " + client.outcome() + ": " + row);
                boolean within = counted(row) >= client.received().total()
                        && counted(row) <= seen.sent().total();
                check(
                        within,
                        WRONG_COUNT,
                        "the client read " + client.received().total() + ", " + sent(row, seen));
                priced(row);
            }
            case "interrupted" -> interrupted(client, seen, row);
            default -> check(false, WRONG_STATUS, "nobody did that: " + row);
        }
        if (client.outcome() == Outcome.WHOLE) {
            whole(client, seen, row);
        }
    }

    private void whole(ClientEntry client, ProviderEntry seen, LedgerRow row) {
        String expected = switch (seen.plan().ending()) {
            case WELL -> "ok";
            case ERROR -> "upstream_error";
            case CUT -> "truncated";
        };
        check(row.status().equals(expected), WRONG_STATUS, "the client has its last byte: " + row);
        if (client.isServed() && seen.plan().ending() == Ending.WELL) {
            tally("served");
            boolean all = client.received().total() == seen.plan().words();
            check(
                    all,
                    WRONG_ANSWER,
                    client.received().total() + " of " + seen.plan().words() + " tokens read: " + row);
            check(
                    client.doneMarker() == seen.plan().stream(),
                    WRONG_ANSWER,
                    "end marker: " + client.doneMarker() + row);
        }
    }

    /** An answer that the provider ended well: its own figures, to the nano-dollar. */
    private void well(ProviderEntry seen, LedgerRow row) {
        Reported invoice = seen.reported();
        if (invoice == null) {
            check(false, WRONG_FIGURES, "the provider was not asked for usage: " + row);
            return;
        }
        long cost = InvoicePrices.costNano(invoice);
        invoiceNano += cost;
        boolean agrees = row.source().equals("provider")
                && is(row.input(), invoice.prompt())
                && is(row.cached(), invoice.cached())
                && is(row.output(), invoice.completion())
                && is(row.reasoning(), invoice.reasoning())
                && is(row.costNano(), cost)
                && row.priceVersion() != null
                && is(row.httpStatus(), 200);
        check(agrees, WRONG_FIGURES, invoice + " = " + cost + " nano-dollars: " + row);
        check(is(row.countedOutput(), seen.sent().total()), WRONG_COUNT, sent(row, seen));
    }

    /** A call that was open when the gateway was killed: billed for what had been noted. */
    private void interrupted(ClientEntry client, ProviderEntry seen, LedgerRow row) {
        if (!killed(client)) {
            check(false, WRONG_STATUS, "the gateway was not killed: " + row);
            return;
        }
        long kill = kills.get(client.epoch());
        boolean goneBefore = client.outcome() == Outcome.ABORTED && client.endedNanos() - kill < -3 * INTERVAL_NANOS;
        check(!goneBefore, WRONG_STATUS, "the client had gone long before the kill: " + row);
        // What the client had read had surely passed the gateway; what the provider sent may have waited in a socket.
        int byTime = client.received().at(kill - INTERVAL_NANOS - SLACK_NANOS);
        int byTokens = client.received().at(kill) - INTERVAL_TOKENS - SLACK_TOKENS;
        boolean within = counted(row) >= Math.max(byTime, byTokens)
                && counted(row) <= seen.sent().total();
        check(
                within,
                WRONG_COUNT,
                "the client had read " + byTime + " an interval before the kill, "
                        + client.received().at(kill) + " at the kill; " + sent(row, seen));
        priced(row);
        if (client.received().total() > 0) {
            tally("interrupted streams");
        }
        int unnoted = seen.sent().at(kill) - counted(row);
        if (unnoted > 0) {
            worstBehindTokens = Math.max(worstBehindTokens, unnoted);
            worstBehindNanos = Math.max(worstBehindNanos, kill - seen.sent().when(counted(row) + 1));
        }
    }

    /** A row that is not billed by the provider's word costs what its own figures cost. */
    private void priced(LedgerRow row) {
        if (row.source().equals("none")) {
            check(row.costNano() == null, WRONG_PRICE, row);
        } else if (row.source().equals("counted") || row.source().equals("estimated")) {
            long output = Objects.requireNonNullElse(row.output(), 0L);
            boolean agrees = output == counted(row)
                    && row.input() != null
                    && is(row.costNano(), InvoicePrices.costNano(row.input(), 0, output));
            check(agrees, WRONG_PRICE, row);
        }
    }

    private boolean killed(ClientEntry client) {
        return kills.containsKey(client.epoch());
    }

    private static int counted(LedgerRow row) {
        return row.countedOutput() == null ? 0 : Math.toIntExact(row.countedOutput());
    }

    private static String sent(LedgerRow row, ProviderEntry seen) {
        return "the provider sent " + seen.sent().total() + ": " + row;
    }

    private static boolean is(@Nullable Long value, long expected) {
        return value != null && value == expected;
    }

    private void tally(String figure) {
        figures.merge(figure, 1, Integer::sum);
    }

    private void check(boolean good, String kind, Object otherwise) {
        if (!good) {
            discrepancies.add(kind, otherwise.toString());
        }
    }
}
