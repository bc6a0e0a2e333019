package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Calls at a steady rate, whatever becomes of them, each on a connection of its own and with the moment of its first
 * content noted. For some hundred calls a second; {@link Load} makes more, and looks at less.
 */
final class OpenLoop {
    private static final String CONTENT = "\"delta\":{\"content\":\"";

    private OpenLoop() {}

    /**
     * What one call came to.
     *
     * @param answer null when the connection ended before there was one
     * @param firstContentNanos 0 when none came; of a whole answer its end
     */
    record Reply(
            int number, Call call, @Nullable Answer answer, long beganNanos, long firstContentNanos, long endNanos) {
        boolean isServed(String heard) {
            return answer != null
                    && answer.status() == 200
                    && answer.complete()
                    && answer.text().equals(heard);
        }

        Duration firstContent() {
            return Duration.ofNanos(firstContentNanos - beganNanos);
        }

        Duration took() {
            return Duration.ofNanos(endNanos - beganNanos);
        }
    }

    /** Makes {@code calls} calls and waits until the last of them is over. */
    static List<Reply> run(InetSocketAddress gateway, int perSecond, int calls, IntFunction<Call> mix)
            throws InterruptedException, ExecutionException {
        List<Future<Reply>> replies = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                int number = i;
                long due = start + number * 1_000_000_000L / perSecond;
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                replies.add(callers.submit(() -> make(gateway, number, mix.apply(number))));
            }
        }
        List<Reply> all = new ArrayList<>();
        for (Future<Reply> reply : replies) {
            all.add(reply.get());
        }
        return all;
    }

    private static Reply make(InetSocketAddress gateway, int number, Call call) {
        long began = System.nanoTime();
        try (RawClient client = new RawClient(gateway)) {
            RawClient.Incoming incoming = client.send(call).begin();
            if (incoming.chunked()) {
                return listen(number, call, began, incoming);
            }
            Answer answer = incoming.rest();
            long end = System.nanoTime();
            return new Reply(number, call, answer, began, answer.status() == 200 ? end : 0, end);
        } catch (IOException unanswered) {
            return new Reply(number, call, null, began, 0, System.nanoTime());
        }
    }

    private static Reply listen(int number, Call call, long began, RawClient.Incoming incoming) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        boolean complete;
        long firstContent = 0;
        try {
            for (byte[] bytes = incoming.read(16_384); bytes.length > 0; bytes = incoming.read(16_384)) {
                body.writeBytes(bytes);
                if (firstContent == 0 && body.toString(UTF_8).contains(CONTENT)) {
                    firstContent = System.nanoTime();
                }
            }
            complete = incoming.complete();
        } catch (IOException cut) {
            complete = false;
        }
        Answer answer = new Answer(incoming.status(), incoming.fields(), body.toByteArray(), complete);
        return new Reply(number, call, answer, began, firstContent, System.nanoTime());
    }
}
