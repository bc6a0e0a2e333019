package dev.sluice.gateway.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.gateway.wire.AccountedBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client's side that writes down what it gets, and in what order; summaries go into the same list. */
final class RecordingClient implements ClientChannel, ExchangeListener {
    private final AccountedBuffers buffers;
    private final List<String> log = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private int status;
    private @Nullable HttpHeaders headers;
    private boolean gone;
    private boolean reading = true;
    private Runnable afterEnd = () -> {};

    RecordingClient(AccountedBuffers buffers) {
        this.buffers = buffers;
    }

    @Override
    public void onExchange(ExchangeSummary summary) {
        log.add("summary " + summary.status().label());
    }

    @Override
    public void answer(int answered, HttpHeaders with, ByteBuf bytes) {
        log.add("answer " + answered);
        status = answered;
        headers = with.copy();
        take(bytes);
        afterEnd.run();
    }

    /** Has {@code next} done within the call that ends the answer, as a client does that has sent two requests at once. */
    void whenEnded(Runnable next) {
        afterEnd = next;
    }

    @Override
    public void head(int answered, HttpHeaders with) {
        log.add("head " + answered);
        status = answered;
        headers = with.copy();
    }

    @Override
    public void body(ByteBuf bytes) {
        log.add("body");
        take(bytes);
    }

    @Override
    public void flush() {
        log.add("flush");
    }

    @Override
    public void end() {
        log.add("end");
        afterEnd.run();
    }

    @Override
    public void cut() {
        log.add("cut");
    }

    @Override
    public void read(boolean wanted) {
        reading = wanted;
    }

    /** Whether more of the request is wanted. */
    boolean isReading() {
        return reading;
    }

    @Override
    public boolean isConnected() {
        return !gone;
    }

    void leave() {
        gone = true;
    }

    @Override
    public ByteBufAllocator allocator() {
        return buffers.allocator();
    }

    private void take(ByteBuf bytes) {
        body.append(bytes.toString(UTF_8));
        bytes.release();
    }

    /** What happened, without the flushes and with the pieces of the body as one. */
    List<String> steps() {
        List<String> steps = new ArrayList<>();
        for (String entry : log) {
            boolean repeated =
                    entry.equals("body") && !steps.isEmpty() && steps.getLast().equals("body");
            if (!entry.equals("flush") && !repeated) {
                steps.add(entry);
            }
        }
        return steps;
    }

    long count(String entry) {
        return log.stream().filter(entry::equals).count();
    }

    String body() {
        return body.toString();
    }

    int status() {
        return status;
    }

    /** All lines of the head, in order. */
    List<String> head() {
        return headers == null
                ? List.of()
                : headers.entries().stream()
                        .map(line -> line.getKey() + ": " + line.getValue())
                        .toList();
    }

    @Nullable
    String header(String name) {
        return headers == null ? null : headers.get(name);
    }
}
