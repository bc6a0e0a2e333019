package dev.sluice.codec.responses;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.relay.Relay;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a provider's answer says on its way through a relay, and how it ended.
 *
 * @param error the provider's, if it told of one
 */
record Heard(Relay.Ending ending, Usage usage, @Nullable GatewayError error) {

    /** All of it as text: the events, then the usage or the error. */
    static String of(byte[] bytes, boolean stream, int[] cuts, Cuts buffers) {
        EventScript.Recorder recorder = new EventScript.Recorder();
        Heard heard = tell(bytes, stream, cuts, buffers, recorder);
        return recorder + heard.end();
    }

    /** Sends {@code bytes} in reads that end at {@code cuts}; what they say goes to {@code events}. */
    static Heard tell(byte[] bytes, boolean stream, int[] cuts, Cuts buffers, ChatEvents events) {
        ResponsesProvider provider = new ResponsesProvider("openai", "authorization", "Bearer ");
        try (AnswerReader answer = provider.newAnswer(Endpoint.RESPONSES, stream, events);
                Relay relay = Relay.translated(provider, stream, answer, new Mute())) {
            int from = 0;
            for (int end : cuts) {
                relay.onBytes(buffers.buffer(bytes, from, end), ByteBuf::release);
                from = end;
            }
            Relay.Ending ending = relay.onEnd(/* clean= */ true, ByteBuf::release);
            return new Heard(ending, answer.usage(), answer.error());
        }
    }

    private String end() {
        if (ending == Relay.Ending.PROVIDER_ERROR) {
            GatewayError told = Objects.requireNonNull(error);
            return "error " + told.kind() + (told.param() == null ? "" : " at " + told.param()) + ": " + told.message()
                    + '\n';
        }
        return "usage " + figure(usage.inputTokens()) + ' ' + figure(usage.outputTokens())
                + named("cached", usage.cachedTokens()) + named("reasoning", usage.reasoningTokens())
                + (ending == Relay.Ending.COMPLETE ? "" : "\n" + ending) + '\n';
    }

    private static String figure(long tokens) {
        return tokens == Usage.UNKNOWN ? "-" : String.valueOf(tokens);
    }

    private static String named(String name, long tokens) {
        return tokens == Usage.UNKNOWN ? "" : ' ' + name + '=' + tokens;
    }

    /** Says nothing in any dialect. */
    private static final class Mute implements AnswerEncoder {
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
