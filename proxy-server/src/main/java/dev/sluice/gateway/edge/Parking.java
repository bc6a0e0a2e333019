package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.Reception;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the next request of a connection from being served as long as it is not known who sends it. The request itself and
 * what follows it stay in the {@link EdgeHandler}'s queue meanwhile; when the {@link Reception} knows, the handler takes
 * them from there again. Thread: event loop.
 */
final class Parking {
    private final ExchangeLoop loop;
    private final CallHeads heads;
    private final Runnable goOn;
    private Reception.@Nullable Visit visit;
    /** The request that {@link #sinceNanos} is about; compared, never read. */
    private @Nullable HttpRequest looked;

    private long sinceNanos;

    /** @param goOn called when what is kept need not wait any longer */
    Parking(ExchangeLoop loop, CallHeads heads, Runnable goOn) {
        this.loop = loop;
        this.heads = heads;
        this.goOn = goOn;
    }

    /** Whether {@code request} has to wait; asked again when it need not any longer. */
    @SuppressWarnings("ReferenceEquality")
    boolean holds(HttpRequest request, Route route) {
        if (looked != request) {
            looked = request;
            sinceNanos = loop.ticker().nanoTime();
        }
        if (asksForCaller(route)) {
            visit = loop.reception().visit(heads.caller(), heads.credential(request, route), sinceNanos, this::onKnown);
        }
        if (visit == null) {
            looked = null;
        }
        return visit != null;
    }

    /** Whether a request is waiting. */
    boolean isHolding() {
        return visit != null;
    }

    /** When the request that was last looked at arrived. */
    long sinceNanos() {
        return sinceNanos;
    }

    private void onKnown() {
        visit = null;
        goOn.run();
    }

    /** The client is gone. */
    void leave() {
        if (visit != null) {
            visit.leave();
            visit = null;
        }
        looked = null;
    }

    /** Whether who asks matters for the answer. */
    private static boolean asksForCaller(Route route) {
        return switch (route) {
            case Route.Call call -> true;
            case Route.Raw raw -> true;
            case Route.Models models -> true;
            case Route.Model model -> true;
            case Route.Usage usage -> true;
            case Route.Socket socket -> true;
            case Route.Account account -> false;
            case Route.BadPath bad -> false;
            case Route.Alive alive -> false;
            case Route.Ready ready -> false;
            case Route.WrongMethod wrong -> false;
            case Route.Unknown unknown -> false;
        };
    }
}
