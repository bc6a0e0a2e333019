package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import dev.sluice.gateway.it.ClientEntry.Outcome;
import dev.sluice.gateway.it.Plan.Ending;
import dev.sluice.gateway.it.Plan.Reported;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The comparison finds what it is there to find: each kind of fault, put into ledgers that agree. */
final class BooksTest {
    private static final Plan PLAN = new Plan("c-1", true, Ending.WELL, 40, 4, 5, 100, 30, 7, false, -1);
    private static final Reported INVOICE = PLAN.reported();

    private final ClientEntry client = new ClientEntry(PLAN, 0);
    private final ProviderEntry provider = new ProviderEntry(PLAN);

    @Test
    void ledgersThatAgreeAreLeftAlone() {
        served();

        assertThat(compare(List.of(row("ok", 40L, cost()))).isEmpty()).isTrue();
    }

    @Test
    void aRowThatIsMissingAfterTheLastByteIsFound() {
        served();

        assertThat(compare(List.of()).count(Books.LOST_AFTER_LAST_BYTE)).isEqualTo(1);
    }

    @Test
    void aRowThatIsMissingAfterAKillIsFound() {
        cut();

        assertThat(compareKilled(List.of(), System.nanoTime()).count(Books.LOST))
                .isEqualTo(1);
    }

    @Test
    void aRowThatIsThereTwiceIsFound() {
        served();

        assertThat(compare(List.of(row("ok", 40L, cost()), row("ok", 40L, cost())))
                        .count(Books.TWICE))
                .isEqualTo(1);
    }

    @Test
    void aRowThatNobodyAskedForIsFound() {
        Books books = new Books(Map.of(), Map.of(), List.of(row("ok", 40L, cost())), Map.of());

        assertThat(books.compare().count(Books.NOBODY_ASKED)).isEqualTo(1);
    }

    @Test
    void aNanoDollarTooMuchIsFound() {
        served();

        assertThat(compare(List.of(row("ok", 40L, cost() + 1))).count(Books.WRONG_FIGURES))
                .isEqualTo(1);
    }

    @Test
    void aTokenTooFewIsFound() {
        served();

        assertThat(compare(List.of(row("ok", 39L, cost()))).count(Books.WRONG_COUNT))
                .isEqualTo(1);
    }

    @Test
    void anAnswerThatLostTextOnTheWayIsFound() {
        provider.onText(40);
        provider.onUsage(INVOICE);
        provider.onEnd();
        client.onHead(200);
        client.onText(36);
        client.onDoneMarker();
        client.onEnd(Outcome.WHOLE);

        assertThat(compare(List.of(row("ok", 40L, cost()))).count(Books.WRONG_ANSWER))
                .isEqualTo(1);
    }

    @Test
    void anAnswerThatTheClientHasIsNotInterrupted() {
        served();

        assertThat(compareKilled(List.of(row("interrupted", 40L, null)), System.nanoTime())
                        .count(Books.WRONG_STATUS))
                .isEqualTo(1);
    }

    @Test
    void aStreamIsNotCutByAGatewayThatLives() {
        cut();

        Discrepancies found = compare(List.of(row("interrupted", 12L, null)));

        assertThat(found.count(Books.WRONG_ANSWER)).isEqualTo(1);
        assertThat(found.count(Books.WRONG_STATUS)).isEqualTo(1);
    }

    @Test
    void anInterruptedRowMayBeAnIntervalBehindAndNoMore() {
        cut();
        long now = System.nanoTime();
        long half = now + TimeUnit.MILLISECONDS.toNanos(500);
        long two = now + TimeUnit.SECONDS.toNanos(2);

        assertThat(compareKilled(List.of(row("interrupted", 4L, null)), half).count(Books.WRONG_COUNT))
                .isZero();
        assertThat(compareKilled(List.of(row("interrupted", 4L, null)), two).count(Books.WRONG_COUNT))
                .isEqualTo(1);
        assertThat(compareKilled(List.of(row("interrupted", 12L, null)), two).count(Books.WRONG_COUNT))
                .isZero();
    }

    @Test
    void anInterruptedRowNeverHasMoreThanTheProviderSent() {
        cut();

        assertThat(compareKilled(List.of(row("interrupted", 13L, null)), System.nanoTime())
                        .count(Books.WRONG_COUNT))
                .isEqualTo(1);
    }

    @Test
    void anInterruptedRowMayBeFiveHundredTokensBehindAndNotAThousand() {
        client.onHead(200);
        provider.onText(1_000);
        client.onText(1_000);
        client.onEnd(Outcome.CUT);

        assertThat(compareKilled(List.of(row("interrupted", 500L, null)), System.nanoTime())
                        .count(Books.WRONG_COUNT))
                .isZero();
        assertThat(compareKilled(List.of(row("interrupted", 0L, null)), System.nanoTime())
                        .count(Books.WRONG_COUNT))
                .isEqualTo(1);
    }

    /** The oracle of all counts of these tests, against an oracle of its own. */
    @Test
    void knownWordsAreOneTokenEach() {
        var encoding = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
        Random random = new Random(7);
        for (int tokens = 0; tokens < 200; tokens++) {
            String text = KnownWords.text(random.nextInt(1_000), tokens);
            assertThat(encoding.countTokensOrdinary(text)).as(text).isEqualTo(tokens);
            assertThat(KnownWords.tokens(text, 0, text.length())).isEqualTo(tokens);
        }
    }

    @Test
    void aPlanTravelsInItsRequest() {
        Random random = new Random(11);
        for (int i = 0; i < 1_000; i++) {
            Plan plan = Plan.random("p-" + i, random);
            Plan read = Plan.ofBody(plan.body());
            assertThat(read.reported()).isEqualTo(plan.reported());
            assertThat(read.id()).isEqualTo(plan.id());
            assertThat(read.words()).isEqualTo(plan.words());
            assertThat(read.stream()).isEqualTo(plan.stream());
            assertThat(read.ending()).isEqualTo(plan.ending());
        }
    }

    private void served() {
        provider.onText(40);
        provider.onUsage(INVOICE);
        provider.onEnd();
        client.onHead(200);
        client.onText(40);
        client.onDoneMarker();
        client.onEnd(Outcome.WHOLE);
    }

    private void cut() {
        provider.onText(12);
        client.onHead(200);
        client.onText(12);
        client.onEnd(Outcome.CUT);
    }

    private Discrepancies compare(List<LedgerRow> rows) {
        return books(rows, Map.of()).compare();
    }

    private Discrepancies compareKilled(List<LedgerRow> rows, long kill) {
        return books(rows, Map.of(0, kill)).compare();
    }

    private Books books(List<LedgerRow> rows, Map<Integer, Long> kills) {
        if (provider.requests() == 0) {
            provider.onRequest();
        }
        return new Books(Map.of("c-1", client), Map.of("c-1", provider), rows, kills);
    }

    private static long cost() {
        return InvoicePrices.costNano(INVOICE);
    }

    /** As the gateway would write it; an interrupted one priced by its own count. */
    private static LedgerRow row(String status, Long counted, @Nullable Long cost) {
        boolean ok = status.equals("ok");
        return new LedgerRow(
                "c-1",
                1,
                true,
                status,
                200L,
                ok ? INVOICE.prompt() : 20L,
                ok ? INVOICE.cached() : null,
                ok ? Long.valueOf(INVOICE.completion()) : counted,
                ok ? INVOICE.reasoning() : null,
                counted,
                ok ? "provider" : "counted",
                ok ? cost : Long.valueOf(InvoicePrices.costNano(20, 0, counted)),
                1L);
    }
}
