package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.AuthResult;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where requests wait whose caller memory does not tell: the authenticator looks further, off the event loop, and what it
 * finds is told to the {@link Caller}, on the loop, before the request goes on.
 *
 * <pre>
 *   visit ──▶ waiting ──┬── verdict ────────▶ told
 *                       ├── time is up ─────▶ told: cannot be told now
 *                       ├── gateway stops ──▶ told: cannot be told now
 *                       └── leave ──────────▶ nobody is left to be told
 * </pre>
 *
 * Bounded in number and in time, for anybody can make up keys that have to be looked up. One for each event loop; thread:
 * event loop.
 */
public final class Reception {
    static final int MOST_WAITING = 1_024;
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ExchangeLoop loop;
    private int waiting;

    Reception(ExchangeLoop loop) {
        this.loop = loop;
    }

    /** How many wait. */
    public int waiting() {
        return waiting;
    }

    /**
     * Lets a request wait if it has to.
     *
     * @param credential as presented; null for none
     * @param sinceNanos when the request arrived
     * @param goOn called once, later, when it need not wait any longer
     * @return null when it need not wait: who it is is known, or that it cannot be told now
     */
    public @Nullable Visit visit(Caller caller, @Nullable String credential, long sinceNanos, Runnable goOn) {
        assert loop.eventLoop().inEventLoop();
        Rules rules = loop.rules();
        if (credential == null || !caller.isUnresolved(rules, credential)) {
            return null;
        }
        long leftNanos = sinceNanos + PATIENCE_NANOS - loop.ticker().nanoTime();
        long generation = rules.authenticator().generation();
        if (waiting >= MOST_WAITING || leftNanos <= 0) {
            caller.onVerdict(rules, generation, credential, AuthResult.Refused.UNAVAILABLE);
            return null;
        }
        Visit begun = new Visit(rules, generation, caller, credential, goOn);
        begun.begin(leftNanos);
        return begun;
    }

    /** One request that waits. */
    public final class Visit implements OpenCall {
        private final Rules rules;
        private final long generation;
        private final Caller caller;
        private final String credential;
        private final Runnable goOn;
        private final OpenCalls.Place place = new OpenCalls.Place(this);
        private @Nullable ScheduledFuture<?> timer;
        private boolean over;

        private Visit(Rules rules, long generation, Caller caller, String credential, Runnable goOn) {
            this.rules = rules;
            this.generation = generation;
            this.caller = caller;
            this.credential = credential;
            this.goOn = goOn;
        }

        private void begin(long leftNanos) {
            waiting++;
            loop.onBegin(place);
            timer = loop.eventLoop()
                    .schedule(() -> tell(AuthResult.Refused.UNAVAILABLE), leftNanos, TimeUnit.NANOSECONDS);
            rules.authenticator().resolve(credential, caller.from(), this::onAnswer);
        }

        /** Thread: any. */
        private void onAnswer(AuthResult verdict) {
            try {
                loop.eventLoop().execute(() -> tell(verdict));
            } catch (RejectedExecutionException loopHasEnded) {
                // With it the connection has: nobody waits any more.
                return;
            }
        }

        private void tell(AuthResult verdict) {
            if (!over) {
                end();
                caller.onVerdict(rules, generation, credential, verdict);
                goOn.run();
            }
        }

        /** Whoever waited is gone. */
        public void leave() {
            if (!over) {
                end();
            }
        }

        @Override
        public void interrupt() {
            tell(AuthResult.Refused.UNAVAILABLE);
        }

        private void end() {
            over = true;
            waiting--;
            if (timer != null) {
                timer.cancel(false);
            }
            loop.onDone(place);
        }

        /** For debug output: nothing of the credential. */
        @Override
        public String toString() {
            return "a visit of " + caller.from();
        }
    }
}
