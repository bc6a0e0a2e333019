package dev.sluice.codec.relay;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Says vectors in the caller's dialect. Thread: event loop. */
@FunctionalInterface
public interface EmbeddingTranslation {

    /**
     * The answer for the caller; gives it. Null when {@code body} holds no vectors.
     *
     * @param body the provider's whole answer; borrows it
     */
    @Nullable
    ByteBuf apply(ByteBuf body);
}
