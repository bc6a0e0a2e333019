package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** What a provider does with one request. Steps are scripts too, and {@link #of} plays them in turn. */
@FunctionalInterface
interface Script {

    void play(Wire wire) throws IOException, InterruptedException;

    static Script of(Script... steps) {
        return wire -> {
            for (Script step : steps) {
                step.play(wire);
            }
        };
    }

    // Whole answers.

    static Script json(int status, String body, String... fields) {
        byte[] bytes = body.getBytes(UTF_8);
        return wire -> {
            String[] all = new String[fields.length + 4];
            System.arraycopy(fields, 0, all, 4, fields.length);
            all[0] = "content-type";
            all[1] = "application/json";
            all[2] = "content-length";
            all[3] = String.valueOf(bytes.length);
            wire.head(status, all);
            wire.write(bytes);
            wire.end();
        };
    }

    /** A whole event stream, ended by its framing. */
    static Script sse(String events) {
        return of(sseHead(), send(events), end());
    }

    // Steps.

    static Script head(int status, String... fields) {
        return wire -> wire.head(status, fields);
    }

    static Script sseHead() {
        return head(200, "content-type", "text/event-stream; charset=utf-8", "x-request-id", "req_of_provider");
    }

    static Script send(String text) {
        return send(text.getBytes(UTF_8), Split.WHOLE);
    }

    /** Each piece becomes a chunk (HTTP/1.1) or a DATA frame (HTTP/2) of its own. */
    static Script send(byte[] bytes, Split split) {
        return wire -> {
            for (byte[] piece : split.cut(bytes)) {
                wire.write(piece);
            }
        };
    }

    static Script end() {
        return Wire::end;
    }

    static Script reset() {
        return Wire::reset;
    }

    static Script cut() {
        return Wire::cut;
    }

    static Script raw(String text) {
        return wire -> wire.raw(text.getBytes(UTF_8));
    }

    static Script splitWrites(Split split) {
        return wire -> wire.splitWrites(split);
    }

    /** Says nothing more until the other side has gone. */
    static Script stall() {
        return Wire::awaitGone;
    }

    /** As {@link #stall}, and tells when the other side was seen to go. */
    static Script stall(CompletableFuture<Long> goneNanos) {
        return wire -> goneNanos.complete(wire.awaitGone());
    }

    /** Goes on when the test says so. */
    static Script await(CountDownLatch latch) {
        return wire -> latch.await();
    }

    /** Tells the test that the script has come this far. */
    static Script tell(CountDownLatch latch) {
        return wire -> latch.countDown();
    }

    /** Writes {@code text} over and over; {@code written} grows by its size each time. */
    static Script repeat(String text, long times, AtomicLong written) {
        byte[] bytes = text.getBytes(UTF_8);
        return wire -> {
            for (long i = 0; i < times; i++) {
                wire.write(bytes);
                written.addAndGet(bytes.length);
            }
        };
    }

    /** Writes {@code text} each {@code millis} until the other side has gone. */
    static Script drip(String text, long millis) {
        byte[] bytes = text.getBytes(UTF_8);
        return wire -> {
            while (true) {
                wire.write(bytes);
                Thread.sleep(millis);
            }
        };
    }

    /** Writes one byte each {@code millis}, and says nothing more when there are none left. */
    static Script dripBytes(byte[] bytes, long millis) {
        return wire -> {
            for (byte single : bytes) {
                wire.write(new byte[] {single});
                Thread.sleep(millis);
            }
            wire.awaitGone();
        };
    }
}
