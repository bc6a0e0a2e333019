package dev.sluice.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/** The ordinary freight of a gateway: one event of a chat completion, 310 bytes with its framing. */
final class Chunks {
    static final String PAYLOAD = "{\"id\":\"chatcmpl-0123456789abcdefghijklmno\",\"object\":\"chat.completion.chunk\","
            + "\"created\":1795000000,\"model\":\"gpt-lantern-mini-2026-11-01\","
            + "\"system_fingerprint\":\"fp_0123456789abcdefghi\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" lighthouse keepers here\"},"
            + "\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}";

    static final String EVENT = "data: " + PAYLOAD + "\n\n";

    private Chunks() {}

    /** Gives the text as a network would: in pooled memory, direct or not. */
    static ByteBuf pooled(String text, boolean direct) {
        byte[] bytes = text.getBytes(UTF_8);
        PooledByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
        ByteBuf buffer = direct ? allocator.directBuffer(bytes.length) : allocator.heapBuffer(bytes.length);
        return buffer.writeBytes(bytes);
    }
}
