package dev.sluice.gateway.account;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hashes passwords and compares them, a few at once: each takes memory and a processor that streams need, and anybody may
 * ask for one. Who finds the queue full is told so.
 *
 * <p>Comparing takes the same time whether there is somebody with that password or nobody at all. A password is compared in
 * Unicode's form NFKC, so that it does not matter which keyboard it was typed on. Thread: {@code sluice-password} for the
 * work; the callers wait for it, so any that may block.
 */
public final class Passwords implements AutoCloseable {
    static final int MIN_CHARS = 8;
    static final int MAX_CHARS = 256;
    static final int MAX_BYTES = 1024;

    private static final int MOST_AT_ONCE = 2;
    private static final int MOST_WAITING = 16;

    private final SecureRandom random = new SecureRandom();
    private final PasswordHash.Cost cost;
    private final ThreadPoolExecutor threads;
    /** Compared with where there is nothing to compare with. */
    private final PasswordHash nobody;

    /** What came of comparing. */
    public enum Verdict {
        WRONG,
        RIGHT,
        /** Right, but stored as it is not done any more: to be stored anew. */
        RIGHT_AND_OUTDATED
    }

    public Passwords() {
        this(
                PasswordHash.Cost.STANDARD,
                Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MOST_AT_ONCE),
                MOST_WAITING);
    }

    Passwords(PasswordHash.Cost cost, int atOnce, int waiting) {
        this.cost = cost;
        this.threads = new ThreadPoolExecutor(
                atOnce, atOnce, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(waiting), work -> {
                    Thread thread = new Thread(work, "sluice-password");
                    thread.setDaemon(true);
                    return thread;
                });
        this.threads.allowCoreThreadTimeOut(true);
        this.nobody = PasswordHash.ofNobody(cost, random);
    }

    /** Why nobody can have this password, without repeating it; null when it is all right. */
    public static @Nullable String problem(String password) {
        int chars = password.codePointCount(0, password.length());
        if (chars < MIN_CHARS || chars > MAX_CHARS) {
            return "has " + chars + " characters; allowed: " + MIN_CHARS + " to " + MAX_CHARS;
        }
        int bytes = bytes(password).length;
        return bytes > MAX_BYTES ? "has " + bytes + " bytes in UTF-8; allowed: up to " + MAX_BYTES : null;
    }

    /**
     * What is stored of it: argon2id in PHC string format.
     *
     * @param password that has no {@link #problem}
     */
    public String hash(String password) throws BusyException, InterruptedException {
        byte[] bytes = bytes(password);
        return await(() -> PasswordHash.of(bytes, cost, random).line());
    }

    /** @param stored null when there is nobody to compare with: takes as long and is {@link Verdict#WRONG} */
    public Verdict compare(String password, @Nullable String stored) throws BusyException, InterruptedException {
        // One that is too long is nobody's, and must not take longer to be found to be.
        byte[] bytes = problem(password) == null ? bytes(password) : new byte[MIN_CHARS];
        PasswordHash parsed = stored == null ? null : PasswordHash.parse(stored);
        PasswordHash known = parsed == null ? nobody : parsed;
        boolean same = await(() -> known.isOf(bytes));
        if (!same || parsed == null || problem(password) != null) {
            return Verdict.WRONG;
        }
        return parsed.cost().equals(cost) ? Verdict.RIGHT : Verdict.RIGHT_AND_OUTDATED;
    }

    private static byte[] bytes(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFKC).getBytes(StandardCharsets.UTF_8);
    }

    private <T> T await(Callable<T> work) throws BusyException, InterruptedException {
        Future<T> future;
        try {
            future = threads.submit(work);
        } catch (RejectedExecutionException e) {
            throw new BusyException("Too many people are logging in at the moment. Please try again.");
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("argon2id failed", e.getCause());
        }
    }

    /** How many are being worked on. */
    int active() {
        return threads.getActiveCount();
    }

    /** How many wait for their turn. */
    int waiting() {
        return threads.getQueue().size();
    }

    /** What is under way comes to its end. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
