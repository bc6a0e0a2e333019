package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.Principal;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether a caller may refer to something that a provider keeps: to what its own tenant made, and to what nobody is known
 * to have made. On the data plane that holds for every role. What memory does not tell is looked up, off the event loop. One for each event loop; thread: event loop.
 */
final class Keepers {
    private static final long PATIENCE_MILLIS = 5_000;

    private final EventLoop eventLoop;
    private volatile ProviderAffinity memory = new ProviderAffinity();
    private volatile KeptObjects table = KeptObjects.NONE;

    Keepers(EventLoop eventLoop) {
        this.eventLoop = eventLoop;
    }

    /** What there is to say. */
    enum Right {
        GRANTED,
        /** Another tenant's: for this caller it does not exist. */
        FOREIGN,
        /** It may be another tenant's. */
        UNKNOWN
    }

    /** From now on. Thread: any. */
    void rememberIn(ProviderAffinity shared, KeptObjects stored) {
        memory = shared;
        table = stored;
    }

    ProviderAffinity memory() {
        return memory;
    }

    /** Notes that a provider keeps {@code id}: for {@code tenant}, unless it is known to be another's. */
    void note(String id, String provider, @Nullable String tenant) {
        if (memory.note(id, provider, tenant) && tenant != null) {
            table.note(id, provider, tenant);
        }
    }

    /** What memory tells about {@code id}; null when it does not know it. */
    @Nullable
    Right known(Principal caller, String id) {
        ProviderAffinity.Kept kept = memory.find(id);
        return kept == null ? null : right(caller, kept.tenant());
    }

    /**
     * Notes what an answer that passed names.
     *
     * @param about the id that the request named itself: an answer that repeats it makes nobody its owner
     */
    void noteAll(List<String> ids, String provider, RawCall asked, @Nullable String about, Principal caller) {
        ProviderAffinity.Kept parent = asked.id() == null ? null : memory.find(asked.id());
        String owner = asked.creates() ? caller.tenant() : parent == null ? null : parent.tenant();
        for (String id : ids) {
            boolean repeated = id.equals(about) || asked.path().contains(id);
            note(id, provider, repeated ? null : owner);
        }
    }

    /**
     * The same after a look into the table.
     *
     * @param told called once, on the event loop, later
     */
    void find(Principal caller, String id, Consumer<Right> told) {
        assert eventLoop.inEventLoop();
        Look look = new Look(caller, id, told);
        look.timer = eventLoop.schedule(
                () -> look.onAnswer(KeptObjects.Answer.AWAY), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        table.find(id, look);
    }

    /** Whether {@code caller} may see a list of what everybody has made: the provider's account is one for all tenants. */
    static boolean mayList(Principal caller) {
        return caller.tenant().equals(Principal.DEFAULT_TEAM);
    }

    private static Right right(Principal caller, @Nullable String tenant) {
        boolean own = tenant == null || tenant.equals(caller.tenant());
        return own ? Right.GRANTED : Right.FOREIGN;
    }

    /** One question to the table. */
    private final class Look implements Consumer<KeptObjects.Answer> {
        private final Principal caller;
        private final String id;
        private final Consumer<Right> told;
        private @Nullable Future<?> timer;
        private boolean over;

        Look(Principal caller, String id, Consumer<Right> told) {
            this.caller = caller;
            this.id = id;
            this.told = told;
        }

        /** Thread: any. */
        @Override
        public void accept(KeptObjects.Answer answer) {
            try {
                eventLoop.execute(() -> onAnswer(answer));
            } catch (RejectedExecutionException loopHasEnded) {
                // With it the connection has: nobody waits any more.
                return;
            }
        }

        private void onAnswer(KeptObjects.Answer answer) {
            if (over) {
                return;
            }
            over = true;
            if (timer != null) {
                timer.cancel(false);
            }
            if (answer.provider() != null) {
                memory.note(id, answer.provider(), answer.tenant());
            }
            told.accept(answer.told() ? right(caller, answer.tenant()) : Right.UNKNOWN);
        }
    }
}
