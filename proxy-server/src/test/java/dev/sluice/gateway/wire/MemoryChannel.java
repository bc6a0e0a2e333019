package dev.sluice.gateway.wire;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.local.LocalChannel;
import org.jspecify.annotations.Nullable;

/** A channel in memory that takes a socket's options without a complaint, and has no effect of them. */
final class MemoryChannel extends LocalChannel {
    private final @Nullable ChannelConfig ownConfig;

    MemoryChannel(ByteBufAllocator allocator) {
        ownConfig = new DefaultChannelConfig(this) {
            @Override
            public <T> boolean setOption(ChannelOption<T> option, T value) {
                return option.equals(ChannelOption.TCP_NODELAY)
                        || option.equals(ChannelOption.SO_KEEPALIVE)
                        || super.setOption(option, value);
            }
        };
        ownConfig.setAllocator(allocator);
    }

    @Override
    public ChannelConfig config() {
        // The superclass asks before the field is there.
        return ownConfig == null ? super.config() : ownConfig;
    }
}
