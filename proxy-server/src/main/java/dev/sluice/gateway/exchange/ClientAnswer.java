package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.relay.RelaySink;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.price.Money;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.AsciiString;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the client gets: the sink of the relay, and the last bytes of whatever kind. The first bytes written commit the
 * head; a whole answer that is not a stream is kept until the exchange has been recorded.
 *
 * <p>The end comes in two steps, so that the summary is published in between: {@link #prepare} settles what the client
 * is going to get, {@link #deliver} lets it have it. One can be used for one call after the other. Thread: event loop.
 */
final class ClientAnswer implements RelaySink {

    /** The ways an answer ends. */
    private enum Ending {
        NOT_YET,
        /** Nobody is left to answer, or nothing can be said any more. */
        CUT,
        /** Head and body at once: a whole answer, or an error instead of one. */
        WHOLE,
        /** Behind what has been sent, perhaps an error event, and the end. */
        END
    }

    private @Nullable ClientChannel client;
    private @Nullable CallHead head;
    private @Nullable Admission admission;
    private @Nullable AttemptRecord record;
    private @Nullable CallerAnswer provider;
    /** For what is put together for the head; empty between two uses. */
    private final StringBuilder text = new StringBuilder();

    private long overheadNanos = -1;
    private int attempts = 1;

    private boolean holdWhole;
    private boolean discarding;
    private long costNano = Usage.UNKNOWN;
    private int status;
    private long sizeBytes;
    private Ending ending = Ending.NOT_YET;
    private @Nullable FieldLines lastHeaders;
    /** Of an answer without a provider. */
    private @Nullable FieldLines ownHeaders;
    /** A whole body, or the error event that goes last; released by {@link #release} unless delivered. */
    private @Nullable ByteBuf lastBytes;

    ClientAnswer() {}

    /** Of one call alone. */
    ClientAnswer(ClientChannel client, CallHead head) {
        begin(client, head);
    }

    void begin(ClientChannel to, CallHead of) {
        client = to;
        head = of;
    }

    /** For the next call; delivered before. */
    void reset() {
        client = null;
        head = null;
        admission = null;
        record = null;
        provider = null;
        overheadNanos = -1;
        attempts = 1;
        holdWhole = false;
        discarding = false;
        costNano = Usage.UNKNOWN;
        status = 0;
        sizeBytes = 0;
        ending = Ending.NOT_YET;
        lastHeaders = null;
        ownHeaders = null;
    }

    private ClientChannel client() {
        return Objects.requireNonNull(client);
    }

    private CallHead head() {
        return Objects.requireNonNull(head);
    }

    /** Of what is written here. */
    ByteBufAllocator allocator() {
        return client().allocator();
    }

    /** It is not going to be whole, whatever the client has been told of it already. */
    void failing() {
        client().failing();
    }

    /** Whether the client got, or is going to get, an end that it can tell from a lost connection. */
    boolean isEnded() {
        return ending == Ending.WHOLE || ending == Ending.END;
    }

    void onAdmission(Admission begun) {
        admission = begun;
    }

    void onAttempt(AttemptRecord attempt) {
        record = attempt;
    }

    void onRequestWritten(long afterNanos) {
        overheadNanos = afterNanos;
    }

    /** How many attempts have been made so far. */
    void attempts(int made) {
        attempts = made;
    }

    void onProviderAnswer(@Nullable CallerAnswer answer) {
        provider = answer;
    }

    /** From here on what the relay writes is all there is: it goes out with its length. */
    void holdWhole() {
        holdWhole = status == 0;
    }

    /** From the relay: what may reach the client; takes {@code bytes}. */
    @Override
    public void write(ByteBuf bytes) {
        if (discarding) {
            bytes.release();
            return;
        }
        sizeBytes += bytes.readableBytes();
        if (holdWhole) {
            lastBytes = bytes;
            return;
        }
        commit();
        client().body(bytes);
    }

    /** Tells the client the head, if it does not know it yet. */
    void commit() {
        if (status == 0 && !discarding) {
            status = provider == null ? 200 : provider.status();
            client().head(status, describe(provider == null ? HeaderPolicy.own() : provider.headers()));
        }
    }

    /** The last bytes of all: they wait for the books. Takes {@code bytes}. */
    void writeLast(ByteBuf bytes) {
        release();
        sizeBytes += bytes.readableBytes();
        lastBytes = bytes;
    }

    /** More of the last bytes. Takes {@code bytes}. */
    void appendLast(ByteBuf bytes) {
        ByteBuf before = lastBytes;
        sizeBytes += bytes.readableBytes();
        lastBytes = before == null
                ? bytes
                : client().allocator()
                        .compositeBuffer(2)
                        .addComponent(/* increaseWriterIndex= */ true, before)
                        .addComponent(/* increaseWriterIndex= */ true, bytes);
    }

    /** Answers without a provider: {@code text} is all there is, with one header of its own. */
    void answerWith(String text, AsciiString headerName, String headerValue) {
        holdWhole = true;
        write(ByteBufUtil.writeUtf8(client().allocator(), text));
        ownHeaders = HeaderPolicy.own();
        ownHeaders.set(headerName, headerValue);
    }

    /** Nobody is left to answer, although the provider is still listened to. */
    void discard() {
        discarding = true;
    }

    void flush() {
        if (status != 0 && !discarding) {
            client().flush();
        }
    }

    /** Whether the client has been told a status. */
    boolean isCommitted() {
        return status != 0;
    }

    /** The status that the client got or is going to get; 0 for none. */
    int status() {
        return status;
    }

    long sizeBytes() {
        return sizeBytes;
    }

    long overheadNanos() {
        return overheadNanos;
    }

    /**
     * Settles how the answer ends.
     *
     * @param error why it is not whole, if it is not
     * @param cost of the attempt in nano-dollars, or {@link Usage#UNKNOWN}
     */
    void prepare(@Nullable GatewayError error, long cost) {
        costNano = cost;
        if (error == null) {
            prepareGoodEnd();
        } else if (status == 0) {
            prepareError(error);
        } else if (provider != null && provider.mayAppendEvent()) {
            replaceLastBytes(head().dialect().errorEvent(error));
            ending = Ending.END;
        } else {
            ending = Ending.CUT;
        }
    }

    /** Settles that nobody is left to answer. */
    void abandon() {
        ending = Ending.CUT;
    }

    private void prepareGoodEnd() {
        if (status != 0) {
            ending = Ending.END;
            return;
        }
        ending = Ending.WHOLE;
        status = provider == null ? 200 : provider.status();
        lastHeaders = provider == null ? ownHeaders : provider.headers();
    }

    /** An error instead of an answer: the provider's own where that may pass, else ours. */
    private void prepareError(GatewayError error) {
        ending = Ending.WHOLE;
        ByteBuf passed = provider == null ? null : provider.takeErrorBody();
        if (passed == null || provider == null) {
            replaceLastBytes(head().dialect().errorBody(error));
            status = head().dialect().status(error);
            lastHeaders = HeaderPolicy.own();
        } else {
            release();
            lastBytes = passed;
            sizeBytes = passed.readableBytes();
            status = provider.status();
            lastHeaders = provider.headers();
        }
        Refusals.addRetryAfter(lastHeaders, error);
    }

    private void replaceLastBytes(String text) {
        release();
        lastBytes = ByteBufUtil.writeUtf8(client().allocator(), text);
        sizeBytes += lastBytes.readableBytes();
    }

    /** Lets the client have its last bytes. */
    void deliver() {
        ByteBuf bytes = lastBytes;
        lastBytes = null;
        switch (ending) {
            case WHOLE ->
                client().answer(
                                status,
                                describe(lastHeaders == null ? HeaderPolicy.own() : lastHeaders),
                                bytes == null ? Unpooled.EMPTY_BUFFER : bytes);
            case END -> {
                if (bytes != null) {
                    client().body(bytes);
                }
                client().end();
            }
            case CUT, NOT_YET -> {
                if (bytes != null) {
                    bytes.release();
                }
                client().cut();
            }
        }
    }

    void release() {
        if (lastBytes != null) {
            lastBytes.release();
            lastBytes = null;
        }
    }

    private FieldLines describe(FieldLines headers) {
        HeaderPolicy.describe(
                headers, head().requestId(), record == null ? null : record.target(), attempts, overheadNanos);
        if (admission != null) {
            LimitHeaders.add(headers, admission.grant(), text);
        }
        if (costNano != Usage.UNKNOWN) {
            headers.set(HeaderPolicy.COST, Money.format(costNano));
        }
        return headers;
    }
}
