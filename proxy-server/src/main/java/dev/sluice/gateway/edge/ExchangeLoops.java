package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.ExchangeLoop;
import io.netty.channel.EventLoop;
import java.util.IdentityHashMap;
import java.util.List;

/** Finds the {@link ExchangeLoop} of an event loop. Immutable; thread: any. */
public final class ExchangeLoops {
    private final IdentityHashMap<EventLoop, ExchangeLoop> byEventLoop = new IdentityHashMap<>();
    private final List<ExchangeLoop> all;

    public ExchangeLoops(List<ExchangeLoop> loops) {
        all = List.copyOf(loops);
        for (ExchangeLoop loop : all) {
            byEventLoop.put(loop.eventLoop(), loop);
        }
    }

    ExchangeLoop of(EventLoop eventLoop) {
        ExchangeLoop loop = byEventLoop.get(eventLoop);
        if (loop == null) {
            throw new IllegalStateException("the event loop is not one of the " + all.size() + " of this gateway");
        }
        return loop;
    }

    public List<ExchangeLoop> all() {
        return all;
    }
}
