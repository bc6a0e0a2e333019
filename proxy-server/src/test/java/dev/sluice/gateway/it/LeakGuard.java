package dev.sluice.gateway.it;

import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/**
 * Hears what Netty's leak detector reports.
 *
 * <p>The detector speaks only when a buffer that nobody released has been collected <em>and</em> another one is allocated.
 * So the guard loses a marked buffer on purpose and keeps collecting and allocating until that one is reported: by then
 * every earlier leak has been, and the detector is known to be awake.
 */
final class LeakGuard {
    private static final AtomicInteger MARKS = new AtomicInteger();
    private static final List<String> REPORTS = new CopyOnWriteArrayList<>();

    static {
        if (ResourceLeakDetector.getLevel() != ResourceLeakDetector.Level.PARANOID) {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        }
        Logger logger = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
        logger.setAdditive(false);
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                REPORTS.add(event.getFormattedMessage());
            }
        };
        appender.setContext(logger.getLoggerContext());
        appender.start();
        logger.addAppender(appender);
    }

    private LeakGuard() {}

    /** Begins to listen; what was reported earlier is not this class's. */
    static void listen() {
        REPORTS.clear();
    }

    /** Fails when a buffer was lost since {@link #listen}. */
    static void assertNoLeak() {
        String mark = "lost on purpose " + MARKS.incrementAndGet();
        lose(mark);
        await("the leak detector reports the buffer " + mark)
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    System.gc();
                    allocate(PooledByteBufAllocator.DEFAULT);
                    allocate(UnpooledByteBufAllocator.DEFAULT);
                    allocate(ByteBufAllocator.DEFAULT);
                    return REPORTS.stream().anyMatch(report -> report.contains(mark));
                });
        List<String> leaks = REPORTS.stream()
                .filter(report -> !report.contains("lost on purpose"))
                .toList();
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks.size() + " leak(s):\n" + String.join("\n", leaks));
        }
    }

    private static void lose(String mark) {
        ByteBufAllocator.DEFAULT.heapBuffer(16).touch(mark);
    }

    private static void allocate(ByteBufAllocator allocator) {
        allocator.heapBuffer(16).release();
        allocator.directBuffer(16).release();
    }
}
