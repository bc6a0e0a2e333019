package dev.sluice.gateway.upstream;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A DNS whose answers the test writes, at once or when it says so. Thread: the test's. */
final class FixedNames extends AddressResolverGroup<InetSocketAddress> {
    private final Map<String, List<InetAddress>> answers = new HashMap<>();
    private final List<Promise<List<InetAddress>>> kept = new ArrayList<>();
    private int asked;
    private boolean keeps;

    void answer(String name, List<InetAddress> addresses) {
        answers.put(name, addresses);
    }

    /** From now on questions stay open. */
    void keepQuestions() {
        keeps = true;
    }

    /** Answers what has been kept. */
    void release(List<InetAddress> addresses) {
        List<Promise<List<InetAddress>>> all = List.copyOf(kept);
        kept.clear();
        all.forEach(promise -> promise.setSuccess(addresses));
    }

    /** How many questions there have been. */
    int asked() {
        return asked;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetNameResolver(executor) {
            @Override
            protected void doResolve(String name, Promise<InetAddress> promise) {
                throw new AssertionError("all addresses are to be asked for");
            }

            @Override
            protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
                asked++;
                List<InetAddress> found = answers.get(name);
                if (keeps) {
                    kept.add(promise);
                } else if (found == null) {
                    promise.setFailure(new UnknownHostException(name));
                } else {
                    promise.setSuccess(found);
                }
            }
        }.asAddressResolver();
    }
}
