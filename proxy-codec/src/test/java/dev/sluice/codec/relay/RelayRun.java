package dev.sluice.codec.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.Dialects;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.StreamCut;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One answer on its way through a relay; at its close, all memory must have been given back. */
final class RelayRun implements AutoCloseable {
    final AnswerReader answer;
    final Relay relay;
    /** The buffers written, in order; already released. */
    final List<ByteBuf> writes = new ArrayList<>();

    private final Cuts cuts;
    private final @Nullable AnswerEncoder encoder;
    private final UnpooledByteBufAllocator encoded;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    private RelayRun(AnswerReader answer, Relay relay, Cuts cuts) {
        this.answer = answer;
        this.relay = relay;
        this.cuts = cuts;
        this.encoder = null;
        this.encoded = UnpooledByteBufAllocator.DEFAULT;
    }

    private RelayRun(Endpoint provider, String providerDialect, Endpoint caller) {
        cuts = Cuts.direct();
        encoded = new UnpooledByteBufAllocator(/* preferDirect= */ false, /* disableLeakDetector= */ true);
        encoder = encoder(caller, encoded);
        ProviderDialect dialect =
                Dialects.provider(providerDialect, Dialects.HostOptions.NONE).get(0);
        answer = dialect.newAnswer(provider, /* stream= */ true, encoder);
        relay = Relay.translated(dialect, /* stream= */ true, answer, encoder);
    }

    /** From Anthropic's dialect to OpenAI's. */
    static RelayRun translated() {
        return new RelayRun(Endpoint.MESSAGES, "anthropic", Endpoint.CHAT_COMPLETIONS);
    }

    /** The other way. */
    static RelayRun translatedToAnthropic() {
        return new RelayRun(Endpoint.CHAT_COMPLETIONS, "openai", Endpoint.MESSAGES);
    }

    private static AnswerEncoder encoder(Endpoint caller, ByteBufAllocator allocator) {
        AnswerPlan plan = new AnswerPlan(caller, /* stream= */ true, "m", "req_1", 1, false, -1, /* query= */ null);
        return Dialects.inbound().stream()
                .filter(inbound -> inbound.wireFormat() == caller.wireFormat())
                .findFirst()
                .orElseThrow()
                .newEncoder(plan, allocator);
    }

    static RelayRun events(boolean stripUsage) {
        return events(stripUsage, Cuts.direct());
    }

    static RelayRun events(boolean stripUsage, Cuts cuts) {
        return events(stripUsage, null, cuts);
    }

    static RelayRun events(boolean stripUsage, @Nullable AnswerCost cost, Cuts cuts) {
        AnswerReader answer = answer(/* stream= */ true);
        return new RelayRun(answer, Relay.events(answer, stripUsage, cost), cuts);
    }

    static RelayRun body() {
        AnswerReader answer = answer(/* stream= */ false);
        return new RelayRun(answer, Relay.body(answer), Cuts.direct());
    }

    private static AnswerReader answer(boolean stream) {
        return Dialects.provider("openai", Dialects.HostOptions.NONE)
                .get(0)
                .newAnswer(Endpoint.CHAT_COMPLETIONS, stream, ChatEvents.IGNORED);
    }

    /** Sends {@code text} in one read; returns its buffer. */
    ByteBuf send(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        ByteBuf buffer = cuts.buffer(bytes, 0, bytes.length);
        relay.onBytes(buffer, this::write);
        return buffer;
    }

    Relay.State sendFor(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return relay.onBytes(cuts.buffer(bytes, 0, bytes.length), this::write);
    }

    /** Sends {@code bytes} in reads that end at {@code cut}; returns the last state. */
    Relay.State sendAll(byte[] bytes, int[] cut) {
        Relay.State state = Relay.State.FLOWING;
        int from = 0;
        for (int end : cut) {
            state = relay.onBytes(cuts.buffer(bytes, from, end), this::write);
            from = end;
        }
        return state;
    }

    void release() {
        relay.release(this::write);
    }

    Relay.Cut cut(StreamCut why) {
        return relay.cut(why, this::write);
    }

    Relay.Ending end(boolean clean) {
        return relay.onEnd(clean, this::write);
    }

    String output() {
        return output.toString(UTF_8);
    }

    byte[] outputBytes() {
        return output.toByteArray();
    }

    /** What the relay keeps of all that it was sent. */
    long heldBytes() {
        return cuts.unreleasedBytes();
    }

    int outputLength() {
        return output.size();
    }

    @Override
    public void close() {
        relay.close();
        answer.close();
        if (encoder != null) {
            encoder.close();
            assertThat(encoded.metric().usedHeapMemory())
                    .as("bytes not released")
                    .isZero();
        }
        assertThat(cuts.unreleasedBytes()).as("bytes not released").isZero();
    }

    private void write(ByteBuf bytes) {
        assertThat(bytes.isReadable()).as("an empty write").isTrue();
        byte[] copy = new byte[bytes.readableBytes()];
        bytes.readBytes(copy);
        output.writeBytes(copy);
        writes.add(bytes);
        bytes.release();
    }
}
