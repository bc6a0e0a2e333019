package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.relay.EventFork;
import dev.sluice.codec.relay.Relay;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What became of a provider's stream on its way to a caller.
 *
 * @param written what the caller got
 * @param error the provider's, if it told of one
 */
record Crossing(
        ByteArrayOutputStream written,
        Relay.Ending ending,
        Usage usage,
        @Nullable GatewayError error) {

    /**
     * Translates.
     *
     * @param ends where the reads end
     * @param told hears what the stream says
     */
    static Crossing translated(
            ProviderStream stream, AnswerEncoder encoder, int[] ends, Cuts buffers, ChatEvents told) {
        ChatEvents events = told == ChatEvents.IGNORED ? encoder : new EventFork(told, encoder);
        try (encoder;
                AnswerReader answer = stream.dialect().newAnswer(stream.endpoint(), /* stream= */ true, events);
                Relay relay = Relay.translated(stream.dialect(), /* stream= */ true, answer, encoder)) {
            return run(stream, relay, answer, ends, buffers);
        }
    }

    /** Passes on as it is; for server-sent events. */
    static Crossing passed(ProviderStream stream, int[] ends, Cuts buffers) {
        try (AnswerReader answer =
                        stream.dialect().newAnswer(stream.endpoint(), /* stream= */ true, ChatEvents.IGNORED);
                Relay relay = Relay.events(answer, /* stripUsage= */ false, /* cost= */ null)) {
            return run(stream, relay, answer, ends, buffers);
        }
    }

    /** Reads, and hears what the stream says. */
    static Crossing read(ProviderStream stream, ChatEvents told) {
        AnswerEncoder mute = new MuteEncoder();
        return translated(stream, mute, new int[] {stream.bytes().length}, Cuts.onHeap(), told);
    }

    /** What the caller got, as text. */
    String text() {
        return written.toString(UTF_8);
    }

    boolean isComplete() {
        return ending == Relay.Ending.COMPLETE;
    }

    /** Stops where the exchange stops: at an error. */
    private static Crossing run(ProviderStream stream, Relay relay, AnswerReader answer, int[] ends, Cuts buffers) {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        boolean failed = false;
        int from = 0;
        for (int i = 0; i < ends.length && !failed; i++) {
            ByteBuf bytes = buffers.buffer(stream.bytes(), from, ends[i]);
            Relay.State state = relay.onBytes(bytes, piece -> collect(piece, written));
            failed = state == Relay.State.FAILED_UNCOMMITTED || state == Relay.State.FAILED_UNTOLD;
            from = ends[i];
        }
        Relay.Ending ending = relay.onEnd(/* clean= */ true, piece -> collect(piece, written));
        return new Crossing(written, ending, answer.usage(), answer.error());
    }

    private static void collect(ByteBuf piece, ByteArrayOutputStream written) {
        byte[] bytes = new byte[piece.readableBytes()];
        piece.readBytes(bytes);
        written.writeBytes(bytes);
        piece.release();
    }

    /** Says nothing. */
    private static final class MuteEncoder implements AnswerEncoder {
        @Override
        public String contentType() {
            return "";
        }

        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {}

        @Override
        public void onToolCall(int choice, int call, @Nullable String id, String name) {}

        @Override
        public void onArguments(int choice, int call, byte[] utf8, int from, int to) {}

        @Override
        public void onEnd(Usage usage) {}

        @Override
        public @Nullable ByteBuf take() {
            return null;
        }

        @Override
        public void close() {}
    }
}
