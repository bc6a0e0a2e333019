package dev.sluice.gateway.admin;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Counts wrong credentials by the address they come from, and says when it is enough. A network of IPv6 counts as one
 * address, for whoever has one has all of it. Thread: any.
 */
final class WrongGuesses {
    static final int ALLOWED_A_MINUTE = 20;

    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** Beyond it the oldest windows are over, or else all are forgotten: an attack with more addresses is no guessing. */
    private static final int MOST_ADDRESSES = 10_000;

    private static final int IPV6_NETWORK_BYTES = 8;

    private final LongSupplier nanoClock;
    private final Map<ByteBuffer, Window> windows = new HashMap<>();
    private long total;

    private static final class Window {
        private final long sinceNanos;
        private int guesses;

        Window(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }
    }

    WrongGuesses(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Whether there were too many from {@code address} within the last minute. */
    synchronized boolean areTooMany(InetAddress address) {
        Window window = windows.get(network(address));
        return window != null && !isOver(window, nanoClock.getAsLong()) && window.guesses >= ALLOWED_A_MINUTE;
    }

    /** @return whether this was the one that made them too many */
    synchronized boolean count(InetAddress address) {
        long now = nanoClock.getAsLong();
        total++;
        ByteBuffer network = network(address);
        Window window = windows.get(network);
        if (window == null || isOver(window, now)) {
            makeRoom(now);
            window = new Window(now);
            windows.put(network, window);
        }
        window.guesses++;
        return window.guesses == ALLOWED_A_MINUTE;
    }

    /** Since the start. */
    synchronized long total() {
        return total;
    }

    private void makeRoom(long now) {
        if (windows.size() < MOST_ADDRESSES) {
            return;
        }
        windows.values().removeIf(window -> isOver(window, now));
        if (windows.size() >= MOST_ADDRESSES) {
            windows.clear();
        }
    }

    private static boolean isOver(Window window, long now) {
        return now - window.sinceNanos >= WINDOW_NANOS;
    }

    private static ByteBuffer network(InetAddress address) {
        byte[] bytes = address.getAddress();
        return ByteBuffer.wrap(bytes, 0, address instanceof Inet6Address ? IPV6_NETWORK_BYTES : bytes.length);
    }
}
