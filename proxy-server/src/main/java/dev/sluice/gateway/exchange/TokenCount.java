package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.tokens.Tokenizer;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A count of a prompt's tokens that the gateway makes itself, for a caller who asks a provider that has no such
 * operation. When nobody has the time to count, it is estimated from the size. Thread: event loop.
 */
final class TokenCount implements PromptCounter.Receiver {
    private final long textBytes;
    private final LongConsumer receiver;

    /** @param receiver is told the tokens, once, before or after {@link #begin} returns */
    TokenCount(long textBytes, LongConsumer receiver) {
        this.textBytes = textBytes;
        this.receiver = receiver;
    }

    /** @param body whole; borrows it */
    void begin(
            @Nullable PromptCounter prompts,
            InboundDialect dialect,
            Endpoint endpoint,
            ByteBuf body,
            Target target,
            EventLoop loop) {
        Tokenizer tokenizer = Tokenizer.of(target.model());
        if (prompts == null || !prompts.count(dialect, endpoint, body, tokenizer, loop, this)) {
            receiver.accept(tokenizer.estimate(textBytes));
        }
    }

    @Override
    public void onPromptCounted(long tokens, boolean exact) {
        receiver.accept(tokens);
    }
}
