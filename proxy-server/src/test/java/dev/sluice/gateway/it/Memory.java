package dev.sluice.gateway.it;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.lang.management.ManagementFactory;

/** What this process, gateway and tests together, holds. */
final class Memory {
    private Memory() {}

    /** Heap after a collection, and Netty's direct memory. */
    static long usedBytes() {
        System.gc();
        long direct = ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
                ? provider.metric().usedDirectMemory()
                : 0;
        return direct + ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
