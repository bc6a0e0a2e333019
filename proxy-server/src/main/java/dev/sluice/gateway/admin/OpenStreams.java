package dev.sluice.gateway.admin;

import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.OpenStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What is open on all event loops. Each is asked by a task of its own, and looks between two of its own; whoever asks waits
 * for them, {@link #PATIENCE} at most. Thread: any but an event loop.
 */
public final class OpenStreams {
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final List<ExchangeLoop> loops;

    public OpenStreams(List<ExchangeLoop> loops) {
        this.loops = List.copyOf(loops);
    }

    /**
     * In the order in which they began.
     *
     * @throws TimeoutException when an event loop has not answered in time
     */
    List<OpenStream> all() throws InterruptedException, TimeoutException {
        List<CompletableFuture<List<OpenStream>>> answers = new ArrayList<>();
        for (ExchangeLoop loop : loops) {
            answers.add(ask(loop));
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<OpenStream> all = new ArrayList<>();
        for (CompletableFuture<List<OpenStream>> answer : answers) {
            try {
                all.addAll(answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS));
            } catch (ExecutionException e) {
                throw new IllegalStateException("an event loop could not tell what is open", e.getCause());
            }
        }
        all.sort(Comparator.comparingLong(OpenStream::id));
        return all;
    }

    private static CompletableFuture<List<OpenStream>> ask(ExchangeLoop loop) {
        try {
            return CompletableFuture.supplyAsync(loop::openStreams, loop.eventLoop());
        } catch (RejectedExecutionException loopHasEnded) {
            return CompletableFuture.completedFuture(List.of());
        }
    }

    /** The one called {@code id}; null when there is none. */
    @Nullable
    OpenStream find(long id) throws InterruptedException, TimeoutException {
        for (OpenStream stream : all()) {
            if (stream.id() == id) {
                return stream;
            }
        }
        return null;
    }

    /** Stops it, soon. */
    void stop(OpenStream stream) {
        for (ExchangeLoop loop : loops) {
            try {
                loop.eventLoop().execute(() -> loop.stop(stream.id()));
            } catch (RejectedExecutionException loopHasEnded) {
                // With it everything that was open on it.
                assert loop.eventLoop().isShuttingDown();
            }
        }
    }
}
