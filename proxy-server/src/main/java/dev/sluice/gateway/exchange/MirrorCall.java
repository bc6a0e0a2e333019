package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.gateway.route.Outcome;
import dev.sluice.gateway.route.Plan;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a request that a shadow target gets beside the one that answers. Its answer is read and dropped, its row says
 * what it used, on nobody's key; whatever becomes of it, the caller's own call does not notice.
 *
 * <p>Thread: event loop.
 */
final class MirrorCall implements AttemptRun.Owner, LoopTicker.Ticking, Ledger.Waiter, OpenCall {
    /** Rows of copies stand apart from those of the call's own attempts, which begin with 1. */
    static final int NUMBER = 0;

    private final ExchangeLoop loop;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final OpenCalls.Place place = new OpenCalls.Place(this);
    private final AttemptRun run;
    private boolean done;

    private MirrorCall(ExchangeLoop loop) {
        this.loop = loop;
        this.run = new AttemptRun(this, loop);
    }

    /** Sends a copy of what was asked to {@code shadow}, unless too many are under way. */
    static void begin(
            ExchangeLoop loop,
            CallerRequest asked,
            Target shadow,
            CallRecord call,
            Plan plan,
            ByteBufAllocator allocator) {
        long now = loop.ticker().nanoTime();
        MirrorCall mirror = new MirrorCall(loop);
        AttemptRun run = mirror.run;
        run.clock().configure(shadow.timeouts(), asked.head().headers(), asked.reader().stream(), plan.holdNanos());
        run.begin(asked, shadow, NUMBER, AttemptReason.MIRROR, now);
        ByteBuf written;
        try {
            written = run.write(asked, allocator);
        } catch (MalformedRequestException unsayable) {
            // The shadow's dialect has no words for it: then there is nothing to compare.
            return;
        }
        if (!loop.beginMirror()) {
            written.release();
        } else if (!run.record().meter().open(call.openingOfCopy(run.record()))) {
            written.release();
            loop.endMirror();
        } else {
            loop.onBegin(mirror.place);
            loop.ticker().add(mirror.tickNode);
            run.start(written, plan.ask().promptTokens(), now, /* clientWritable= */ true);
        }
    }

    @Override
    public void interrupt() {
        finish(AttemptStatus.INTERRUPTED, loop.ticker().nanoTime());
    }

    @Override
    public void onRequestWritten(AttemptRun written, long nowNanos) {}

    /** A shadow's answer is nobody's. */
    @Override
    public @Nullable String tenant() {
        return null;
    }

    @Override
    public boolean claim(AttemptRun claiming) {
        return false;
    }

    @Override
    public void write(ByteBuf bytes) {
        bytes.release();
    }

    @Override
    public void holdWhole() {}

    @Override
    public void onProgress(AttemptRun progressing) {}

    @Override
    public void onFirstContent(AttemptRun speaking, long ttftNanos, long nowNanos) {}

    @Override
    public void flush(AttemptRun flushing) {}

    @Override
    public void onEnded(
            AttemptRun ended, AttemptStatus status, Outcome outcome, @Nullable GatewayError error, long nowNanos) {
        finish(status, nowNanos);
    }

    @Override
    public void onTick(long nowNanos) {
        switch (run.onTick(nowNanos, /* committed= */ true)) {
            case NOTHING, RELEASE_HOLD, PROVIDER_OVERDUE, PROVIDER_WILL_NOT_CLOSE -> {}
            case OUT_OF_TIME, CLIENT_STALLED, DRAINED_ENOUGH -> finish(AttemptStatus.TIMEOUT, nowNanos);
        }
    }

    @Override
    public void onKept() {}

    private void finish(AttemptStatus status, long nowNanos) {
        if (done) {
            return;
        }
        done = true;
        run.stop(nowNanos);
        loop.ticker().remove(tickNode);
        run.record().close(run.settle(status, nowNanos), this);
        run.release();
        loop.endMirror();
        loop.onDone(place);
    }
}
