package dev.sluice.gateway.it;

import dev.sluice.gateway.it.ClientEntry.Outcome;
import dev.sluice.gateway.it.Plan.Ending;
import dev.sluice.gateway.it.Plan.Reported;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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

    private final List<String> discrepancies = new ArrayList<>();
    private final Map<String, Integer> figures = new TreeMap<>();
    private long worstBehindNanos;
    private int worstBehindTokens;
    private long costNano;

    Books(
            Map<String, ClientEntry> clients,
            Map<String, ProviderEntry> provider,
            List<LedgerRow> rows,
            Map<Integer, Long> kills) {
        this.clients = clients;
        this.provider = provider;
        this.kills = kills;
        for (LedgerRow row : rows) {
            this.rows.computeIfAbsent(row.requestId(), id -> new ArrayList<>()).add(row);
        }
    }

    /** What does not agree; empty when all is well. */
    List<String> compare() {
        rows.keySet().stream()
                .filter(id -> !clients.containsKey(id))
                .forEach(id -> discrepancies.add(id + ": a row, and no client asked for it"));
        clients.forEach(this::call);
        return List.copyOf(discrepancies);
    }

    /** Counts by what became of the calls, and how far the worst interrupted row was behind the provider. */
    String summary() {
        return figures
                + String.format(
                        ", interrupted rows at most %d tokens and %d ms behind the provider, %d nano-dollars on invoice",
                        worstBehindTokens, TimeUnit.NANOSECONDS.toMillis(worstBehindNanos), costNano);
    }

    /** What the provider charges for answers that ended well. */
    long invoiceNano() {
        return costNano;
    }

    int count(String figure) {
        return figures.getOrDefault(figure, 0);
    }

    private void call(String id, ClientEntry client) {
        List<LedgerRow> found = rows.getOrDefault(id, List.of());
        ProviderEntry seen = provider.get(id);
        tally("calls");
        if (!client.isOver()) {
            discrepancies.add(id + ": the call never ended");
        }
        check(found.size() <= 1, id, "counted " + found.size() + " times: " + found);
        if (seen != null && seen.requests() != 1) {
            check(false, id, "the provider was asked " + seen.requests() + " times");
        }
        if (client.outcome() == Outcome.CUT && !kills.containsKey(client.epoch())) {
            check(false, id, "the connection was cut by a gateway that lived, http status " + client.status());
        }
        if (found.isEmpty()) {
            check(seen == null, id, lost(client));
            check(!client.isServed(), id, "an answer from nowhere");
            tally(client.outcome() == Outcome.UNREACHABLE ? "unreachable" : "without row");
            return;
        }
        LedgerRow row = found.getFirst();
        tally(row.status());
        check(row.attempt() == 1, id, "attempt is " + row.attempt() + " for one request");
        check(row.stream() == client.plan().stream(), id, "stream is " + row.stream());
        if (seen == null) {
            unseen(id, client, row);
        } else {
            seen(id, client, seen, row);
        }
    }

    private static String lost(ClientEntry client) {
        return "LOST: no row, the provider was asked, and the client "
                + (client.outcome() == Outcome.WHOLE ? "has its last byte" : "saw " + client.outcome());
    }

    private void unseen(String id, ClientEntry client, LedgerRow row) {
        boolean explained = (client.outcome() == Outcome.ABORTED && row.status().equals("client_abort"))
                || (killed(client) && row.status().equals("interrupted"));
        check(explained, id, "the provider was never asked, and the row says " + row);
        check(row.countedOutput() == null || row.countedOutput() == 0, id, "output of nowhere: " + row);
    }

    private void seen(String id, ClientEntry client, ProviderEntry seen, LedgerRow row) {
        switch (row.status()) {
            case "ok" -> {
                check(seen.ended() && seen.plan().ending() == Ending.WELL, id, "ok before the provider had ended");
                check(
                        client.outcome() != Outcome.WHOLE || client.isServed(),
                        id,
                        "ok, and the client got " + client.status());
                well(id, client, seen, row);
            }
            case "upstream_error" -> {
                check(seen.plan().ending() == Ending.ERROR, id, "upstream_error, and the provider made none");
                check(Objects.requireNonNullElse(row.httpStatus(), 0L) >= 500, id, "http_status " + row.httpStatus());
                check(row.costNano() == null || row.costNano() == 0, id, "an error that costs: " + row);
            }
            case "truncated" -> {
                check(seen.plan().ending() == Ending.CUT && seen.ended(), id, "truncated, and the provider did not");
                check(!client.doneMarker(), id, "truncated, and the client was told [DONE]");
                check(counted(row) == seen.sent().total(), id, "counted " + behind(row, seen));
                priced(id, row);
            }
            case "client_abort" -> {
                check(client.outcome() == Outcome.ABORTED, id, "client_abort, and the client saw " + client.outcome());
                check(counted(row) >= client.received().total(), id, "fewer than delivered: " + behind(row, seen));
                check(counted(row) <= seen.sent().total(), id, "counted " + behind(row, seen));
                priced(id, row);
            }
            case "interrupted" -> interrupted(id, client, seen, row);
            default -> check(false, id, "nobody did what the row says: " + row);
        }
        if (client.outcome() == Outcome.WHOLE) {
            whole(id, client, seen, row);
        }
    }

    private void whole(String id, ClientEntry client, ProviderEntry seen, LedgerRow row) {
        String expected = switch (seen.plan().ending()) {
            case WELL -> "ok";
            case ERROR -> "upstream_error";
            case CUT -> "truncated";
        };
        check(row.status().equals(expected), id, "the client has its last byte (" + client.status() + "), row: " + row);
        if (client.isServed() && seen.plan().ending() == Ending.WELL) {
            tally("served");
            check(
                    client.received().total() == seen.plan().words(),
                    id,
                    "the client read " + client.received().total() + " tokens of "
                            + seen.plan().words());
            check(client.doneMarker() == seen.plan().stream(), id, "end marker: " + client.doneMarker());
        }
    }

    /** An answer that the provider ended well: its own figures, to the nano-dollar. */
    private void well(String id, ClientEntry client, ProviderEntry seen, LedgerRow row) {
        Reported invoice = seen.reported();
        if (invoice == null) {
            check(false, id, "the provider was not asked for usage");
            return;
        }
        long cost = InvoicePrices.costNano(invoice);
        costNano += cost;
        boolean agrees = row.source().equals("provider")
                && is(row.input(), invoice.prompt())
                && is(row.cached(), invoice.cached())
                && is(row.output(), invoice.completion())
                && is(row.reasoning(), invoice.reasoning())
                && is(row.costNano(), cost)
                && row.priceVersion() != null
                && is(row.httpStatus(), 200);
        check(agrees, id, "the provider charges " + invoice + " = " + cost + " nano-dollars, row: " + row);
        check(is(row.countedOutput(), seen.sent().total()), id, "counted " + behind(row, seen));
        check(client.outcome() != Outcome.UNREACHABLE, id, "ok, and the client never connected");
    }

    /** A call that was open when the gateway was killed: billed for what had been noted. */
    private void interrupted(String id, ClientEntry client, ProviderEntry seen, LedgerRow row) {
        if (!killed(client)) {
            check(false, id, "interrupted, and the gateway was not killed");
            return;
        }
        long kill = kills.get(client.epoch());
        check(
                client.outcome() == Outcome.CUT
                        || (client.outcome() == Outcome.ABORTED && client.endedNanos() - kill > -INTERVAL_NANOS),
                id,
                "interrupted, and the client saw " + client.outcome());
        int counted = counted(row);
        // What the client had read had surely passed the gateway; what the provider sent may have waited in a socket.
        int byTime = client.received().at(kill - INTERVAL_NANOS - SLACK_NANOS);
        int byTokens = client.received().at(kill) - INTERVAL_TOKENS - SLACK_TOKENS;
        check(
                counted >= Math.max(byTime, byTokens),
                id,
                "counted " + behind(row, seen) + ", of which the client had " + byTime
                        + " an interval before the kill and "
                        + client.received().at(kill) + " at the kill");
        check(counted <= seen.sent().total(), id, "counted " + behind(row, seen));
        priced(id, row);
        if (client.received().total() > 0) {
            tally("interrupted streams");
        }
        int unnoted = seen.sent().at(kill) - counted;
        if (unnoted > 0) {
            worstBehindTokens = Math.max(worstBehindTokens, unnoted);
            worstBehindNanos = Math.max(worstBehindNanos, kill - seen.sent().when(counted + 1));
        }
    }

    /** A row that is not billed by the provider's word costs what its own figures cost. */
    private void priced(String id, LedgerRow row) {
        boolean byCount = row.source().equals("counted") || row.source().equals("estimated");
        if (!byCount) {
            check(row.costNano() == null || !row.source().equals("none"), id, "a cost without usage: " + row);
            return;
        }
        long output = Objects.requireNonNullElse(row.output(), 0L);
        check(output == counted(row), id, "counted and billed differ: " + row);
        check(
                row.input() != null && is(row.costNano(), InvoicePrices.costNano(row.input(), 0, output)),
                id,
                "not the price of its own figures: " + row);
    }

    private boolean killed(ClientEntry client) {
        return kills.containsKey(client.epoch());
    }

    private static int counted(LedgerRow row) {
        return row.countedOutput() == null ? 0 : Math.toIntExact(row.countedOutput());
    }

    private static String behind(LedgerRow row, ProviderEntry seen) {
        return counted(row) + " of " + seen.sent().total() + " tokens sent, row: " + row;
    }

    private static boolean is(@Nullable Long value, long expected) {
        return value != null && value == expected;
    }

    private void tally(String figure) {
        figures.merge(figure, 1, Integer::sum);
    }

    private void check(boolean good, String id, String otherwise) {
        if (!good) {
            discrepancies.add(id + ": " + otherwise);
        }
    }
}
