package dev.sluice.gateway.it;

import io.netty.util.concurrent.Future;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Calls at a steady rate, whatever becomes of them: an open loop, as the world is. */
final class Load {
    private static final long BEAT_MILLIS = 4;

    private final LoadClient client;
    private final Random random;
    private final String prefix;
    private final Mix mix;
    private int numbers;
    private Future<?> beating;

    /** What calls are made of. */
    interface Mix {
        Plan next(String id, Random random);
    }

    /** @param prefix of the ids of all calls */
    Load(LoadClient client, String prefix, Random random, Mix mix) {
        this.client = client;
        this.prefix = prefix;
        this.random = random;
        this.mix = mix;
        this.beating = client.loop().next().newSucceededFuture(null);
    }

    void start(int perSecond) {
        long began = System.nanoTime();
        int before = numbers;
        beating = client.loop()
                .next()
                .scheduleAtFixedRate(
                        () -> {
                            long due = (System.nanoTime() - began) * perSecond / 1_000_000_000L;
                            while (numbers - before < due) {
                                client.begin(mix.next(prefix + ++numbers, random));
                            }
                        },
                        0,
                        BEAT_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    /** No further calls; those that have begun go on. */
    void stop() {
        beating.cancel(false);
        // On the loop nothing is left of the last beat when this has run.
        client.loop().next().submit(() -> {}).awaitUninterruptibly();
    }

    /** Lets what is going on go on for a while. */
    void goOn(long millis) {
        client.loop().next().schedule(() -> {}, millis, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }

    int begun() {
        return numbers;
    }
}
