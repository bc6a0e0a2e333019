package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.relay.PromptTap;
import dev.sluice.codec.tokens.Encoding;
import dev.sluice.codec.tokens.Tokenizer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the tokens of prompts: a small one at once, a larger one on a thread of its own, which also loads the
 * vocabularies. It is a service of good will: when it has too much to do, prompts keep their estimate.
 *
 * <p>Thread: any; the caller's event loop for {@link #count}.
 */
public final class PromptCounter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PromptCounter.class);

    /** Some ten microseconds' worth: what an event loop can spare for a request. */
    static final int AT_ONCE_BYTES = 2 << 10;

    private static final int MOST_WAITING = 256;
    private static final long MOST_WAITING_BYTES = 64 << 20;

    /** Hears what a prompt amounts to. */
    interface Receiver {
        /** @param exact whether every part could be counted with the model's own tokenizer. Event loop. */
        void onPromptCounted(long tokens, boolean exact);
    }

    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            new DefaultThreadFactory("sluice-counter", /* daemon= */ true));

    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicLong estimated = new AtomicLong();

    /** Loads what the first answers will need, so that they are counted from their first word. */
    public void prepare(Encoding encoding) {
        if (encoding.counterIfLoaded() == null) {
            thread.execute(encoding::counter);
        }
    }

    /** Prompts that nobody had the time to count, since the start. */
    public long estimated() {
        return estimated.get();
    }

    /**
     * Counts the prompt of a request body; tells {@code receiver} before it returns, later on {@code loop}, or never:
     * then it returns false.
     *
     * @param body whole; borrows it for the call, and retains it as long as it is counted elsewhere
     */
    boolean count(
            InboundDialect dialect,
            Endpoint endpoint,
            ByteBuf body,
            Tokenizer tokenizer,
            EventLoop loop,
            Receiver receiver) {
        boolean loaded = tokenizer.encoding().counterIfLoaded() != null;
        if (loaded && body.readableBytes() <= AT_ONCE_BYTES) {
            try (PromptTap tap = counted(dialect, endpoint, body, tokenizer)) {
                receiver.onPromptCounted(tap.tokens(), tap.isExact());
            }
            return true;
        }
        int bytes = body.readableBytes();
        if (waitingBytes.addAndGet(bytes) > MOST_WAITING_BYTES) {
            waitingBytes.addAndGet(-bytes);
            estimated.incrementAndGet();
            return false;
        }
        Job job = new Job(dialect, endpoint, body.retainedDuplicate(), tokenizer, loop, receiver);
        try {
            thread.execute(job);
            return true;
        } catch (RejectedExecutionException e) {
            job.release();
            estimated.incrementAndGet();
            return false;
        }
    }

    /** A prompt to be counted on the counter's own thread; holds a reference to its body. */
    private final class Job implements Runnable {
        private final InboundDialect dialect;
        private final Endpoint endpoint;
        private final ByteBuf body;
        private final Tokenizer tokenizer;
        private final EventLoop loop;
        private final Receiver receiver;

        Job(
                InboundDialect dialect,
                Endpoint endpoint,
                ByteBuf body,
                Tokenizer tokenizer,
                EventLoop loop,
                Receiver receiver) {
            this.dialect = dialect;
            this.endpoint = endpoint;
            this.body = body;
            this.tokenizer = tokenizer;
            this.loop = loop;
            this.receiver = receiver;
        }

        @Override
        public void run() {
            try (PromptTap tap = counted(dialect, endpoint, body, tokenizer)) {
                long tokens = tap.tokens();
                boolean exact = tap.isExact();
                loop.execute(() -> receiver.onPromptCounted(tokens, exact));
            } catch (RejectedExecutionException e) {
                LOG.atDebug().log("a prompt was counted when its event loop had ended");
            } catch (RuntimeException e) {
                estimated.incrementAndGet();
                LOG.atWarn().setCause(e).log("a prompt could not be counted");
            } finally {
                release();
            }
        }

        void release() {
            waitingBytes.addAndGet(-body.readableBytes());
            body.release();
        }
    }

    private static PromptTap counted(InboundDialect dialect, Endpoint endpoint, ByteBuf body, Tokenizer tokenizer) {
        PromptTap tap = new PromptTap(tokenizer);
        dialect.readPrompt(endpoint, body, tap);
        return tap;
    }

    /** Prompts that still wait keep their estimate. */
    @Override
    public void close() {
        for (Runnable waiting : thread.shutdownNow()) {
            if (waiting instanceof Job job) {
                job.release();
            }
        }
        try {
            thread.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
