package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A call whose block has not begun yet, with all that is known of it by then. Thread: event loop. */
final class HeldCall implements AutoCloseable {
    private final int call;
    private final String id;
    private final String name;
    /** Released by {@link #close}. */
    private final ByteBuf arguments;

    private @Nullable SignatureOrigin origin;
    private byte[] signature = new byte[0];

    HeldCall(int call, String id, String name, ByteBufAllocator allocator) {
        this.call = call;
        this.id = id;
        this.name = name;
        this.arguments = allocator.buffer(64);
    }

    int call() {
        return call;
    }

    String id() {
        return id;
    }

    String name() {
        return name;
    }

    /** Borrowed by whoever asks. */
    ByteBuf arguments() {
        return arguments;
    }

    /** Closes itself and tells so, unless all of its arguments are here. */
    boolean closeIncomplete() {
        JsonSlice whole = arguments.isReadable() ? JsonSlice.checked(arguments) : null;
        boolean incomplete = whole == null || !whole.isObject();
        if (incomplete) {
            close();
        }
        return incomplete;
    }

    void sign(SignatureOrigin by, byte[] utf8, int from, int to) {
        origin = by;
        signature = Arrays.copyOfRange(utf8, from, to);
    }

    /** Who signed the call; null when nobody did. */
    @Nullable
    SignatureOrigin origin() {
        return origin;
    }

    byte[] signature() {
        return signature;
    }

    @Override
    public void close() {
        arguments.release();
    }
}
