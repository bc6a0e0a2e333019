package dev.sluice.gateway.upstream;

import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last good answer for each name, to be used while DNS gives none (RFC 8767): an old address that works is worth
 * more than an error.
 *
 * <pre>
 *              onNoAnswer
 *     FRESH ──────────────▶ STALE ──onGone, a day old──▶ forgotten
 *       ▲                     │
 *       └──────onAnswer───────┘
 * </pre>
 *
 * While a name is stale nobody waits for DNS: the old answer is there at once, and one of those who take it asks again,
 * every few seconds. Shared by the resolvers of all event loops. Thread: any.
 */
final class StaleAnswers {

    private static final Logger LOG = LoggerFactory.getLogger(StaleAnswers.class);

    /** The least that RFC 8767, section 5, recommends as the time for which stale answers may serve. */
    static final long MAX_AGE_NANOS = TimeUnit.DAYS.toNanos(1);

    static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** More names than a configuration has providers; those behind them have no old answers. */
    static final int MAX_NAMES = 1_000;

    /**
     * @param nanos when it was last known to be good
     * @param askAgainNanos when stale: the earliest time of the next question
     */
    private record Answer(List<InetAddress> addresses, long nanos, boolean stale, long askAgainNanos) {}

    private final ConcurrentMap<String, Answer> answers = new ConcurrentHashMap<>();
    private final Ticker ticker;

    StaleAnswers(Ticker ticker) {
        this.ticker = ticker;
    }

    /** DNS answered. */
    void onAnswer(String name, List<InetAddress> addresses) {
        if (answers.size() >= MAX_NAMES && !answers.containsKey(name)) {
            forgetOld();
            if (answers.size() >= MAX_NAMES) {
                return;
            }
        }
        long now = ticker.nanoTime();
        Answer before = answers.put(name, new Answer(List.copyOf(addresses), now, /* stale= */ false, now));
        if (before != null && before.stale) {
            LOG.atInfo()
                    .addKeyValue("name", name)
                    .addKeyValue("staleSeconds", TimeUnit.NANOSECONDS.toSeconds(now - before.nanos))
                    .log("DNS answers again");
        }
    }

    /** DNS says that there is no such name. */
    void onGone(String name) {
        answers.remove(name);
    }

    /**
     * DNS gave no answer.
     *
     * @param reason for the log
     * @return what to use instead; null if there is nothing
     */
    @Nullable
    List<InetAddress> onNoAnswer(String name, String reason) {
        long now = ticker.nanoTime();
        Answer known = usable(name, now);
        if (known == null) {
            return null;
        }
        if (answers.replace(name, known, stale(known, now)) && !known.stale) {
            LOG.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("reason", reason)
                    .addKeyValue("ageSeconds", TimeUnit.NANOSECONDS.toSeconds(now - known.nanos))
                    .log("DNS does not answer, the last answer is used meanwhile");
        }
        return known.addresses;
    }

    /** Whether there is something to use should DNS give no answer. */
    boolean isKnown(String name) {
        return usable(name, ticker.nanoTime()) != null;
    }

    /** What to use without waiting, because DNS has lately given no answer; null: wait for one. */
    @Nullable
    List<InetAddress> whileStale(String name) {
        Answer known = usable(name, ticker.nanoTime());
        return known != null && known.stale ? known.addresses : null;
    }

    /** Whether it is time to ask about a stale name again; true for one of those who call it at that time. */
    boolean mayAskAgain(String name) {
        long now = ticker.nanoTime();
        Answer known = answers.get(name);
        return known != null
                && known.stale
                && now - known.askAgainNanos >= 0
                && answers.replace(name, known, stale(known, now));
    }

    private static Answer stale(Answer known, long now) {
        return new Answer(known.addresses, known.nanos, /* stale= */ true, now + ASK_AGAIN_NANOS);
    }

    private @Nullable Answer usable(String name, long now) {
        Answer known = answers.get(name);
        if (known != null && isOld(known, now)) {
            answers.remove(name, known);
            return null;
        }
        return known;
    }

    private void forgetOld() {
        long now = ticker.nanoTime();
        answers.values().removeIf(answer -> isOld(answer, now));
    }

    private static boolean isOld(Answer answer, long now) {
        return now - answer.nanos > MAX_AGE_NANOS;
    }
}
