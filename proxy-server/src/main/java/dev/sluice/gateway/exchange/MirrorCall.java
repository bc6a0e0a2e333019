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
    private final AttemptRun run;
    private boolean done;

    private MirrorCall(ExchangeLoop loop, Passage passage, AttemptRecord record, AnswerClock clock) {
        this.loop = loop;
        this.run = new AttemptRun(this, loop, passage, record, clock);
    }

    /** Sends a copy of what was asked to {@code shadow}, unless too many are under way. */
    static void begin(
            ExchangeLoop loop,
            CallerRequest asked,
            Target shadow,
            CallRecord call,
            Plan plan,
            ByteBufAllocator allocator) {
        AnswerClock clock = new AnswerClock();
        clock.configure(shadow.timeouts(), asked.head().headers(), asked.reader().stream(), plan.holdNanos());
        long now = loop.ticker().nanoTime();
        AttemptMeter meter = AttemptMeter.of(loop, asked, shadow);
        AttemptRecord record =
                new AttemptRecord(NUMBER, AttemptReason.MIRROR, shadow, loop.wallClockMicros(), now, meter);
        MirrorCall mirror = new MirrorCall(loop, new Passage(asked, shadow), record, clock);
        ByteBuf written;
        try {
            written = mirror.run.write(asked.body().whole().retainedDuplicate(), allocator);
        } catch (MalformedRequestException unsayable) {
            // The shadow's dialect has no words for it: then there is nothing to compare.
            return;
        }
        if (!loop.beginMirror()) {
            written.release();
        } else if (!meter.open(call.openingOfCopy(record))) {
            written.release();
            loop.endMirror();
        } else {
            loop.onBegin(mirror);
            loop.ticker().add(mirror.tickNode);
            mirror.run.start(written, plan.ask().promptTokens(), now, /* clientWritable= */ true);
        }
    }

    @Override
    public void interrupt() {
        finish(AttemptStatus.INTERRUPTED);
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
    public void onEnded(AttemptRun ended, AttemptStatus status, Outcome outcome, @Nullable GatewayError error) {
        finish(status);
    }

    @Override
    public void onTick(long nowNanos) {
        switch (run.onTick(nowNanos, /* committed= */ true)) {
            case NOTHING, RELEASE_HOLD, PROVIDER_OVERDUE, PROVIDER_WILL_NOT_CLOSE -> {}
            case OUT_OF_TIME, CLIENT_STALLED, DRAINED_ENOUGH -> finish(AttemptStatus.TIMEOUT);
        }
    }

    @Override
    public void onKept() {}

    private void finish(AttemptStatus status) {
        if (done) {
            return;
        }
        done = true;
        run.stop();
        loop.ticker().remove(tickNode);
        run.record().close(run.settle(status, loop.ticker().nanoTime()), this);
        run.release();
        loop.endMirror();
        loop.onDone(this);
    }
}
