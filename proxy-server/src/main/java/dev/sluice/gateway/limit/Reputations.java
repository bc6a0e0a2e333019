package dev.sluice.gateway.limit;

import dev.sluice.gateway.config.LimitSettings;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How callers have behaved, and what follows from it: with a score of {@code halve_at} a caller has half of every limit, with
 * twice that a quarter, and so on; when it reaches {@code block_at}, it is refused for a while. Keys are known by their public
 * id; whoever comes without a good one by {@link #idOf the address}.
 *
 * <p>What a block of an address means: keys that memory knows to be good pass all the same, for an office has one address and
 * many people. Nothing else is looked up for it, but for one credential in half a second; the rest is refused before anybody
 * is asked.
 *
 * <p>Remembered are {@value #MOST} callers. When there are more, a new one takes the place of the calmest of a few neighbours
 * in a ring, so that whoever invents addresses drives out others that did as little, and not those who misbehaved much.
 *
 * <p>HOT: who has done nothing wrong costs one look into a map. Thread: any.
 */
public final class Reputations {
    /** Callers that are remembered. */
    public static final int MOST = 100_000;

    private static final int NEIGHBOURS = 8;
    private static final long LOOK_UP_EVERY_MILLIS = 500;
    private static final int IPV6_NETWORK_BYTES = 8;
    private static final String ADDRESS = "ip:";

    private final LimitClock clock;
    private final int most;
    private final ConcurrentHashMap<String, Reputation> byId = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<@Nullable Reputation> ring;
    private final AtomicInteger hand = new AtomicInteger();
    private final LongAdder blocks = new LongAdder();
    private final LongAdder refusals = new LongAdder();
    private volatile ReputationTerms terms;

    public Reputations(LimitClock clock, LimitSettings.Threats settings) {
        this(clock, settings, MOST);
    }

    Reputations(LimitClock clock, LimitSettings.Threats settings, int most) {
        this.clock = clock;
        this.most = most;
        this.ring = new AtomicReferenceArray<>(most);
        this.terms = ReputationTerms.of(settings);
    }

    /** By which an address is known: itself, or its network where it is one of IPv6, all of which is one caller's. */
    public static String idOf(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return ADDRESS + NetUtil.toAddressString(address);
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, IPV6_NETWORK_BYTES, bytes.length, (byte) 0);
        try {
            return ADDRESS + NetUtil.toAddressString(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("sixteen bytes are an address", e);
        }
    }

    /** Puts other settings in force. What is remembered stays, unless nothing is to be remembered. */
    public void publish(LimitSettings.Threats settings) {
        terms = ReputationTerms.of(settings);
        if (!settings.enabled()) {
            byId.clear();
            for (int i = 0; i < most; i++) {
                ring.set(i, null);
            }
        }
    }

    // ---- what follows ---------------------------------------------------------------------------------------------

    /** Of every limit that the caller has at present. */
    public int sharePercent(String id) {
        Reputation known = byId.get(id);
        ReputationTerms now = terms;
        return known == null ? 100 : now.sharePercent(known.points(now, nowMillis()));
    }

    /** How long the caller is refused yet, in seconds; 0 when it is not. */
    public int blockedSeconds(String id) {
        Reputation known = byId.get(id);
        long millis = known == null ? 0 : known.blockedMillis(nowMillis());
        return millis <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (millis + 999) / 1_000);
    }

    /** Whether it may be looked up who presents a credential that memory does not know, at an address that is blocked. */
    public boolean mayLookUp(String id) {
        Reputation known = byId.get(id);
        return known == null || known.mayLookUp(nowMillis(), LOOK_UP_EVERY_MILLIS);
    }

    /** A call was refused because of a block. */
    public void onRefused() {
        refusals.increment();
    }

    // ---- what has happened ----------------------------------------------------------------------------------------

    /** @param team whose caller it is; null for an address */
    public void onMisdeed(String id, @Nullable String team, Misdeed misdeed) {
        ReputationTerms now = terms;
        if (now.enabled() && of(id, team).onMisdeed(misdeed, now, nowMillis())) {
            blocks.increment();
        }
    }

    /**
     * A caller that may call has called.
     *
     * @param well whether the call was served
     */
    public void onCall(String id, @Nullable String team, boolean well) {
        ReputationTerms now = terms;
        if (!now.enabled()) {
            return;
        }
        long nowMillis = nowMillis();
        Reputation known = of(id, team);
        if (known.onCall(nowMillis) && known.onMisdeed(Misdeed.BURST, now, nowMillis)) {
            blocks.increment();
        }
        if (well) {
            known.onGoodCall(now, nowMillis);
        }
    }

    private Reputation of(String id, @Nullable String team) {
        Reputation known = byId.get(id);
        if (known != null) {
            return known;
        }
        Reputation added = new Reputation(id, team, nowMillis());
        Reputation first = byId.putIfAbsent(id, added);
        if (first != null) {
            return first;
        }
        makeRoom(added);
        return added;
    }

    /** Gives it a place in the ring: a free one, or that of the calmest among some. */
    private void makeRoom(Reputation added) {
        while (true) {
            int start = Math.floorMod(hand.getAndIncrement(), most);
            int place = place(start);
            Reputation before = ring.get(place);
            if (ring.compareAndSet(place, before, added)) {
                if (before != null) {
                    byId.remove(before.id(), before);
                }
                return;
            }
        }
    }

    private int place(int start) {
        long now = nowMillis();
        ReputationTerms current = terms;
        int calmest = start;
        Reputation chosen = null;
        for (int i = 0; i < Math.min(NEIGHBOURS, most); i++) {
            int place = (start + i) % most;
            Reputation candidate = ring.get(place);
            if (candidate == null) {
                return place;
            }
            if (chosen == null || isCalmer(candidate, chosen, current, now)) {
                calmest = place;
                chosen = candidate;
            }
        }
        return calmest;
    }

    private static boolean isCalmer(Reputation one, Reputation other, ReputationTerms terms, long nowMillis) {
        boolean blocked = one.blockedMillis(nowMillis) > 0;
        if (blocked != other.blockedMillis(nowMillis) > 0) {
            return !blocked;
        }
        int byPoints = Long.compare(one.points(terms, nowMillis), other.points(terms, nowMillis));
        return byPoints == 0 ? one.lastSeenMillis() < other.lastSeenMillis() : byPoints < 0;
    }

    private long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(clock.nanoTime());
    }

    // ---- for operators --------------------------------------------------------------------------------------------

    /**
     * A caller as operators see it.
     *
     * @param team whose caller it is; null for an address
     * @param score in whole points
     * @param blockedUntilMillis wall clock; 0 when it is not blocked
     * @param misdeeds how often, since it is remembered; those that happened
     */
    public record Seen(
            String id,
            @Nullable String team,
            long score,
            int sharePercent,
            long blockedUntilMillis,
            Map<Misdeed, Integer> misdeeds) {}

    /** Those with a score, or blocked, by id. Walks through all that is remembered. */
    public List<Seen> list() {
        List<Seen> all = new ArrayList<>();
        for (String id : byId.keySet()) {
            Seen seen = find(id);
            if (seen != null) {
                all.add(seen);
            }
        }
        all.sort(Comparator.comparing(Seen::id));
        return all;
    }

    /** Null when nothing is held against that caller. */
    public @Nullable Seen find(String id) {
        Reputation known = byId.get(id);
        if (known == null) {
            return null;
        }
        long now = nowMillis();
        ReputationTerms current = terms;
        long points = known.points(current, now);
        long blockedMillis = known.blockedMillis(now);
        long score = (points + Reputation.POINT / 2) / Reputation.POINT;
        if (score == 0 && blockedMillis <= 0) {
            return null;
        }
        Map<Misdeed, Integer> misdeeds = new EnumMap<>(Misdeed.class);
        for (Misdeed misdeed : Misdeed.values()) {
            if (known.count(misdeed) > 0) {
                misdeeds.put(misdeed, known.count(misdeed));
            }
        }
        return new Seen(
                id,
                known.team(),
                score,
                current.sharePercent(points),
                blockedMillis <= 0 ? 0 : clock.wallMillis() + blockedMillis,
                misdeeds);
    }

    /** Forgets what is held against a caller, and that it is blocked. */
    public void forget(String id) {
        Reputation known = byId.remove(id);
        if (known == null) {
            return;
        }
        for (int i = 0; i < most; i++) {
            if (ring.compareAndSet(i, known, null)) {
                return;
            }
        }
    }

    /** How many callers are remembered. */
    public int size() {
        return byId.size();
    }

    /** How many are blocked, or have less than they would have. Walks through all that is remembered. */
    public int restricted(boolean blocked) {
        long now = nowMillis();
        ReputationTerms current = terms;
        int count = 0;
        for (Reputation each : byId.values()) {
            boolean isBlocked = each.blockedMillis(now) > 0;
            if (blocked ? isBlocked : !isBlocked && current.sharePercent(each.points(current, now)) < 100) {
                count++;
            }
        }
        return count;
    }

    /** Times that somebody was blocked. */
    public long blocks() {
        return blocks.sum();
    }

    /** Calls that were refused because of it. */
    public long refusals() {
        return refusals.sum();
    }
}
