package dev.sluice.gateway;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.edge.EdgeServer;
import dev.sluice.gateway.edge.ExchangeLoops;
import dev.sluice.gateway.exchange.ExchangeLoop;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the data plane takes leave of its clients, so that none of them notices more than it has to.
 *
 * <pre>
 *   LEAVING    /readyz is denied, answers end their connections, everybody is served   server.drain_delay
 *   CLOSING    whom the system has let in is accepted, then nobody any more            a moment
 *   DRAINING   open answers go on, connections without one end, HTTP/2: GOAWAY         server.drain
 *   CUTTING    what is open ends with an error of its dialect and a row                a moment
 * </pre>
 *
 * {@link #hurry} goes straight to the last of them. Thread: the one that stops the gateway; {@link #hurry} any.
 */
final class Farewell {
    private static final Logger LOG = LoggerFactory.getLogger(Farewell.class);
    /** For the last words to reach their clients. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private static final long POLL_MILLIS = 10;

    private final Supplier<GatewayConfig.Server> inForce;
    private final EdgeServer edge;
    private final ExchangeLoops loops;
    private final CountDownLatch hurry = new CountDownLatch(1);

    /** @param inForce asked when the time has come */
    Farewell(Supplier<GatewayConfig.Server> inForce, EdgeServer edge, ExchangeLoops loops) {
        this.inForce = inForce;
        this.edge = edge;
        this.loops = loops;
    }

    /** Does not wait any longer, if it has begun; will not wait, if not. */
    void hurry() {
        hurry.countDown();
    }

    /** Blocks until nobody is left. */
    void run() {
        GatewayConfig.Server config = inForce.get();
        for (ExchangeLoop loop : loops.all()) {
            loop.leave();
        }
        LOG.atInfo()
                .addKeyValue("openRequests", openExchanges())
                .addKeyValue("connections", edge.connections())
                .addKeyValue("drainDelaySeconds", config.drainDelay().toSeconds())
                .addKeyValue("drainSeconds", config.drain().toSeconds())
                .log("gateway is stopping");
        isHurriedWithin(config.drainDelay());
        edge.stopAccepting();
        for (ExchangeLoop loop : loops.all()) {
            loop.drain();
        }
        if (!awaitQuiet(config.drain())) {
            cut();
        }
    }

    private void cut() {
        LOG.atWarn()
                .addKeyValue("openRequests", openExchanges())
                .addKeyValue("connections", edge.connections())
                .log("the time to drain is over; what is still open is interrupted");
        for (ExchangeLoop loop : loops.all()) {
            loop.eventLoop().execute(loop::interruptAll);
        }
        long deadline = System.nanoTime() + LAST_WORDS.toNanos();
        while (isAnybodyLeft()
                && System.nanoTime() - deadline < 0
                && !Thread.currentThread().isInterrupted()) {
            pause(POLL_MILLIS);
        }
    }

    /** @return whether nobody is left; false when there is no more time for that */
    private boolean awaitQuiet(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (isAnybodyLeft()) {
            if (System.nanoTime() - deadline >= 0 || isHurriedWithin(Duration.ofMillis(POLL_MILLIS))) {
                return false;
            }
        }
        return true;
    }

    /** An answer may be over and still on its way to a slow client: it is out when the connection is closed. */
    private boolean isAnybodyLeft() {
        return openExchanges() > 0 || edge.connections() > 0;
    }

    private int openExchanges() {
        int open = 0;
        for (ExchangeLoop loop : loops.all()) {
            open += loop.openExchanges();
        }
        return open;
    }

    private boolean isHurriedWithin(Duration patience) {
        try {
            return hurry.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
