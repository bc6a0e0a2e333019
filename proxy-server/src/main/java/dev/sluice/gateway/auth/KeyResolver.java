package dev.sluice.gateway.auth;

import java.io.IOException;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out about keys that the {@link KeyDirectory} does not know, such as one that was made a moment ago on another node:
 * asks the database, once for all that present the same id, on a virtual thread, and not more than it can bear.
 *
 * <p>What the database does not know is refused, and remembered for two seconds. While it does not answer, or is asked too
 * much already, nobody can tell: {@link AuthResult.Refused#UNAVAILABLE}, never {@code INVALID}.
 *
 * <p>Outlives configurations. Thread: any.
 */
public final class KeyResolver {
    private static final Logger LOG = LoggerFactory.getLogger(KeyResolver.class);
    private static final int MOST_IN_A_SECOND = 200;
    private static final int MOST_AT_ONCE = 64;

    /** A look-up that something overtakes is made again, so often at most. */
    private static final int MOST_ATTEMPTS = 3;

    private final Peppers peppers;
    private final KeyDirectory directory;
    private final @Nullable KeyLookup lookup;
    private final AbsentKeys absent;
    private final LookupLimit limit;
    private final Map<Long, List<Waiter>> underWay = new ConcurrentHashMap<>();
    private final AtomicBoolean failing = new AtomicBoolean();

    /** Somebody with an id that is being looked up: the secrets may differ. */
    private record Waiter(String key, InetAddress from, Consumer<AuthResult> answer) {}

    private enum Outcome {
        FOUND,
        ABSENT,
        UNKNOWN
    }

    /** @param lookup null when there is no database: then what memory does not know does not exist */
    public KeyResolver(Peppers peppers, KeyDirectory directory, @Nullable KeyLookup lookup, InstantSource clock) {
        this.peppers = peppers;
        this.directory = directory;
        this.lookup = lookup;
        this.absent = new AbsentKeys(clock);
        this.limit = new LookupLimit(clock, MOST_IN_A_SECOND, MOST_AT_ONCE);
    }

    Peppers peppers() {
        return peppers;
    }

    KeyDirectory directory() {
        return directory;
    }

    /** What memory tells about a key that has been hashed. */
    AuthResult find(Pepper.Workspace now, Pepper.@Nullable Workspace before, InetAddress from) {
        AuthResult known = directory.find(now, before, from);
        if (known != null) {
            return known;
        }
        return lookup == null || absent.contains(now.id())
                ? AuthResult.Refused.INVALID
                : AuthResult.Unresolved.INSTANCE;
    }

    /** Asks the database where memory does not tell. Never blocks the caller. */
    void resolve(String key, InetAddress from, Consumer<AuthResult> answer) {
        Pepper.Workspace now = peppers.hash(key);
        if (now == null) {
            answer.accept(AuthResult.Refused.INVALID);
            return;
        }
        AuthResult known = find(now, peppers.before(), from);
        if (known != AuthResult.Unresolved.INSTANCE) {
            answer.accept(known);
            return;
        }
        long id = now.id();
        Waiter waiter = new Waiter(key, from, answer);
        AtomicBoolean first = new AtomicBoolean();
        List<Waiter> joined = underWay.compute(id, (same, waiting) -> {
            List<Waiter> all = waiting;
            if (all == null) {
                if (!limit.begin()) {
                    return null;
                }
                first.set(true);
                all = new ArrayList<>(1);
            }
            all.add(waiter);
            return all;
        });
        if (joined == null) {
            answer.accept(AuthResult.Refused.UNAVAILABLE);
        } else if (first.get()) {
            Thread.ofVirtual().name("sluice-key-lookup").start(() -> lookUp(id));
        }
    }

    private void lookUp(long id) {
        Outcome outcome = Outcome.UNKNOWN;
        try {
            outcome = ask(id);
            if (failing.compareAndSet(true, false)) {
                LOG.atInfo().log("keys can be looked up in the database again");
            }
        } catch (IOException | RuntimeException e) {
            if (failing.compareAndSet(false, true)) {
                LOG.atWarn()
                        .addKeyValue("reason", e.getMessage())
                        .log("keys cannot be looked up in the database; those not in memory get a 503");
            }
        } finally {
            limit.end();
            answer(underWay.remove(id), outcome);
        }
    }

    private Outcome ask(long id) throws IOException {
        if (lookup == null) {
            return Outcome.ABSENT;
        }
        String text = KeyId.text(id);
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            KeyShard state = directory.state(id);
            KeyRecord found = lookup.byId(text);
            if (found == null || found.gone()) {
                absent.add(id);
                return Outcome.ABSENT;
            }
            if (directory.applyFound(found, state)) {
                return Outcome.FOUND;
            }
        }
        return Outcome.UNKNOWN;
    }

    private void answer(@Nullable List<Waiter> waiters, Outcome outcome) {
        if (waiters == null) {
            return;
        }
        for (Waiter waiter : waiters) {
            try {
                waiter.answer.accept(result(waiter, outcome));
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("the answer to a key that was looked up has failed");
            }
        }
    }

    private AuthResult result(Waiter waiter, Outcome outcome) {
        return switch (outcome) {
            case FOUND -> {
                AuthResult found = directory.find(waiter.key, waiter.from);
                // Forgotten again in this very moment: it has been revoked.
                yield found == null ? AuthResult.Refused.INVALID : found;
            }
            case ABSENT -> AuthResult.Refused.INVALID;
            case UNKNOWN -> AuthResult.Refused.UNAVAILABLE;
        };
    }
}
