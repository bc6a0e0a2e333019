package dev.sluice.gateway.exchange;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Reputations;
import dev.sluice.gateway.upstream.UpstreamPool;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the exchanges of one event loop share: the rules in force, the upstream pool, the ticker, and the list of those
 * that are open. Thread: event loop, but for {@link #publish} and the counts.
 */
public final class ExchangeLoop {

    /** How old the reading of the wall clock may be that times are told by. */
    private static final long WALL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** What is kept for the calls to come. */
    private static final int MAX_FREE_EXCHANGES = 256;

    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Copies under way at once: a shadow that does not answer must not gather them. */
    private static final int MAX_MIRRORED = 100;

    /** Of the id of a call: what tells loops apart, and the calls of one of them in one millisecond. */
    private static final int LOOP_BITS = 10;

    private static final int NUMBER_BITS = 10;
    private static final int TIME_SHIFT = LOOP_BITS + NUMBER_BITS;
    private static final long NUMBERS = (1L << NUMBER_BITS) - 1;

    private volatile UsageLookup usageLookup = UsageLookup.NONE;
    private volatile AccountDesk accountDesk = AccountDesk.CLOSED;
    private volatile @Nullable Reputations reputations;

    private final EventLoop eventLoop;
    private final UpstreamPool upstream;
    private final ExchangeListener listener;
    private volatile Metering metering;
    private volatile @Nullable Limiter limiter;
    private final InstantSource clock;
    private final LoopTicker ticker;
    private final Keepers keepers;
    private final Reception reception = new Reception(this);
    private final SplittableRandom random;
    private final OpenCalls open = new OpenCalls();
    private final ArrayDeque<Exchange> freeExchanges = new ArrayDeque<>();
    private final RequestIds requestIds;
    private final ProviderPaths paths = new ProviderPaths();
    private volatile Rules rules;
    private volatile int openCount;
    private final long salt;
    private long calls;
    /** The wall clock at {@link #wallReadNanos}, in microseconds. */
    private long wallMicros;

    private long wallReadNanos;
    private int drained;
    private int mirrored;
    private int waiting;
    private volatile boolean leaving;
    private volatile boolean draining;

    public ExchangeLoop(
            EventLoop eventLoop,
            UpstreamPool upstream,
            ExchangeListener listener,
            Metering metering,
            InstantSource clock,
            Rules rules,
            long seed) {
        this.eventLoop = eventLoop;
        this.keepers = new Keepers(eventLoop);
        this.upstream = upstream;
        this.listener = listener;
        this.metering = metering;
        this.clock = clock;
        this.rules = rules;
        this.ticker = new LoopTicker(eventLoop);
        this.random = new SplittableRandom(seed);
        this.requestIds = new RequestIds(random);
        this.salt = random.nextLong(1L << LOOP_BITS) << NUMBER_BITS;
        readWallClock();
        eventLoop.scheduleAtFixedRate(
                () -> upstream.sweep(ticker.nanoTime()), SWEEP_NANOS, SWEEP_NANOS, TimeUnit.NANOSECONDS);
    }

    /** Puts {@code next} in force for exchanges that begin after it. Thread: any. */
    public void publish(Rules next) {
        rules = next;
    }

    /** From now on so much is read of an answer that nobody waits for. Thread: any. */
    public void readUnwanted(GatewayConfig.Drain bounds) {
        metering = metering.withDrain(bounds);
    }

    /** From now on {@code shared} says how much callers may. Thread: any. */
    public void limitBy(Limiter shared) {
        limiter = shared;
    }

    /**
     * The gateway will stop: from now on it is not ready, and answers end their connections. Who comes is served all the
     * same. Thread: any.
     */
    public void leave() {
        leaving = true;
    }

    /** Whether {@link #leave} or {@link #drain} has been called. Thread: any. */
    public boolean isLeaving() {
        return leaving;
    }

    /** The gateway stops: from now on connections that are not needed for anything end, too. Thread: any. */
    public void drain() {
        leaving = true;
        draining = true;
        // The loop may not live to its next tick.
        eventLoop.execute(ticker::tickNow);
    }

    /** Whether {@link #drain} has been called. Thread: any. */
    public boolean isDraining() {
        return draining;
    }

    /** Exchanges and sessions that have begun and not ended. Thread: any. */
    public int openExchanges() {
        return openCount;
    }

    public UpstreamPool upstream() {
        return upstream;
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    public LoopTicker ticker() {
        return ticker;
    }

    /** Where requests wait whose caller is not known yet. */
    public Reception reception() {
        return reception;
    }

    /** Whoever is at the other end of a new connection, at {@code from}. */
    public Caller newCaller(InetAddress from) {
        return new Caller(from, clock, reputations);
    }

    /** From now on {@code lookup} answers callers that ask for their usage. Thread: any. */
    public void lookUpUsageIn(UsageLookup lookup) {
        usageLookup = lookup;
    }

    /** From now on new connections' callers are treated as they have behaved. Thread: any. */
    public void judgeBy(Reputations known) {
        reputations = known;
    }

    /** From now on people are served at {@code desk}. Thread: any. */
    public void serveAccountsAt(AccountDesk desk) {
        accountDesk = desk;
    }

    /**
     * From now on {@code shared} remembers who keeps what, and {@code table} does for good. Thread: any.
     */
    public void rememberIn(ProviderAffinity shared, KeptObjects table) {
        keepers.rememberIn(shared, table);
    }

    Keepers keepers() {
        return keepers;
    }

    AccountDesk accountDesk() {
        return accountDesk;
    }

    UsageLookup usageLookup() {
        return usageLookup;
    }

    /** Ends what is still open, each with an error of its dialect and a row. */
    public void interruptAll() {
        for (OpenCall call : open.toList()) {
            call.interrupt();
        }
    }

    /** How what is open stands: calls of callers, in the order they began. Event loop. */
    public List<OpenStream> openStreams() {
        assert eventLoop.inEventLoop();
        long now = ticker.nanoTime();
        List<OpenStream> standing = new ArrayList<>(open.size());
        for (OpenCall call : open.toList()) {
            OpenStream one = call.standing(now);
            if (one != null) {
                standing.add(one);
            }
        }
        return standing;
    }

    /**
     * Ends a call the way a budget does that is used up. Event loop.
     *
     * @param id of its {@link OpenStream}
     */
    public void stop(long id) {
        assert eventLoop.inEventLoop();
        long now = ticker.nanoTime();
        for (OpenCall call : open.toList()) {
            OpenStream one = call.standing(now);
            if (one != null && one.id() == id) {
                call.stop();
            }
        }
    }

    /** A request id for callers that sent none. */
    public String newRequestId() {
        return requestIds.next();
    }

    ProviderPaths paths() {
        return paths;
    }

    /** For what is left to chance. */
    RandomGenerator random() {
        return random;
    }

    Rules rules() {
        return rules;
    }

    Metering metering() {
        return metering;
    }

    /** What to ask whether a call may go on; null when there are no limits. */
    @Nullable
    Limiter limiter() {
        Limiter shared = limiter;
        return shared == null || shared.isIdle() ? null : shared;
    }

    /** Whether another call may wait for its limits; if so it counts until {@link #endWaiting}. */
    boolean beginWaiting() {
        if (waiting >= Admission.MOST_WAITING) {
            return false;
        }
        waiting++;
        return true;
    }

    void endWaiting() {
        waiting--;
    }

    /** How many calls wait for their limits. */
    int waiting() {
        return waiting;
    }

    /**
     * What tells a call from all others that there are and have been, here and on other loops: when it began, who began it,
     * and a number. In order of time.
     *
     * @param atNanos when it began
     */
    long newCallId(long atNanos) {
        long millis = wallClockMicros(atNanos) / 1_000;
        return (millis << TIME_SHIFT) | salt | (calls++ & NUMBERS);
    }

    /** When the call began that {@link #newCallId} gave this to. */
    static long startedAtMillis(long callId) {
        return callId >>> TIME_SHIFT;
    }

    /** Whether another answer may be read for nobody; if so it counts until {@link #endDrain}. */
    boolean beginDrain() {
        if (drained >= metering.drain().streams()) {
            return false;
        }
        drained++;
        return true;
    }

    void endDrain() {
        drained--;
    }

    /** Whether {@code sharePercent} of requests fall on this one. */
    boolean drawsLot(double sharePercent) {
        return random.nextDouble() * 100 < sharePercent;
    }

    /** Whether another copy may be sent to a shadow; if so it counts until {@link #endMirror}. */
    boolean beginMirror() {
        if (mirrored >= MAX_MIRRORED) {
            return false;
        }
        mirrored++;
        return true;
    }

    void endMirror() {
        mirrored--;
    }

    ExchangeListener listener() {
        return listener;
    }

    /**
     * The wall clock at a moment of the ticker's, in microseconds since the epoch. It is read ten times a second and told on
     * by the ticker in between: calls are many, and need no reading each.
     */
    long wallClockMicros(long atNanos) {
        if (atNanos - wallReadNanos >= WALL_NANOS) {
            readWallClock();
        }
        return wallMicros + (atNanos - wallReadNanos) / 1_000;
    }

    private void readWallClock() {
        Instant now = clock.instant();
        wallMicros = TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1_000;
        wallReadNanos = ticker.nanoTime();
    }

    void onBegin(OpenCalls.Place place) {
        open.add(place);
        openCount = open.size();
    }

    void onDone(OpenCalls.Place place) {
        open.remove(place);
        openCount = open.size();
    }

    /** One that has served a call and is free for the next; null when there is none. */
    @Nullable
    Exchange takeFreeExchange() {
        return freeExchanges.pollLast();
    }

    /** Nobody but its own parts refers to {@code exchange} any more: it may serve another call. */
    void keepFreeExchange(Exchange exchange) {
        if (freeExchanges.size() < MAX_FREE_EXCHANGES) {
            freeExchanges.addLast(exchange);
        }
    }
}
