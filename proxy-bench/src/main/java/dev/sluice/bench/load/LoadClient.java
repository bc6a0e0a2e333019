package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Carries out one {@link LoadOrder} after the other, a line each on its standard input, and stays warm between them. Says
 * {@code window} when counting begins and when it ends, then {@code result key=value ...}. Thread: its own process.
 */
public final class LoadClient {
    private LoadClient() {}

    public static void main(String[] args) throws Exception {
        // Standard output is a conversation.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        EventLoop loop = group.next();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (@Nullable String line = orders.readLine(); line != null; line = orders.readLine()) {
            LoadRun run = new LoadRun(LoadOrder.parse(line), loop, () -> System.out.println("window"));
            String result = loop.submit(run::start).get().get();
            String flaw = run.tally().firstFlaw();
            if (flaw != null) {
                System.out.println("flaw " + flaw);
            }
            System.out.println(result);
        }
        group.shutdownGracefully();
    }
}
