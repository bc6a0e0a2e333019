package dev.sluice.gateway.upstream;

import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.NameResolver;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStream;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turns the names of providers into addresses: Netty's resolver, one for each event loop, with a common cache that keeps
 * an answer for as long as DNS says, and with {@link StaleAnswers} for when DNS says nothing. Thread: any; each resolver
 * belongs to its event loop.
 */
public final class ProviderNames extends DnsAddressResolverGroup {

    private static final int MAX_TTL_SECONDS = (int) TimeUnit.DAYS.toSeconds(1);
    private static final int NEGATIVE_TTL_SECONDS = 3;
    private static final long QUERY_TIMEOUT_MILLIS = 2_000;
    private static final int MAX_QUERIES = 16;

    /** Who has an old answer waits this long for a new one: the "client response timer" of RFC 8767, section 5. */
    static final long PATIENCE_MILLIS = 1_800;

    private final StaleAnswers answers;

    /** Asks the name servers of the system. */
    public ProviderNames(ChannelFactory<? extends DatagramChannel> datagrams) {
        this(datagrams, DnsServerAddressStreamProviders.platformDefault(), Ticker.systemTicker());
    }

    /** @param ticker for the age of answers */
    ProviderNames(
            ChannelFactory<? extends DatagramChannel> datagrams,
            DnsServerAddressStreamProvider nameServers,
            Ticker ticker) {
        super(new DnsNameResolverBuilder()
                .datagramChannelFactory(datagrams)
                .nameServerProvider(name -> new AskedTwice(nameServers.nameServerAddressStream(name)))
                .ttl(0, MAX_TTL_SECONDS)
                .negativeTtl(NEGATIVE_TTL_SECONDS)
                .queryTimeoutMillis(QUERY_TIMEOUT_MILLIS)
                .maxQueriesPerResolve(MAX_QUERIES));
        this.answers = new StaleAnswers(ticker);
    }

    @Override
    protected NameResolver<InetAddress> newNameResolver(
            EventLoop eventLoop,
            ChannelFactory<? extends DatagramChannel> datagrams,
            DnsServerAddressStreamProvider nameServers)
            throws Exception {
        return new Resolver(eventLoop, super.newNameResolver(eventLoop, datagrams, nameServers), answers);
    }

    /** Name servers that are asked once more when all have failed: a datagram may be lost, and many systems have one. */
    private record AskedTwice(DnsServerAddressStream servers) implements DnsServerAddressStream {
        @Override
        public InetSocketAddress next() {
            return servers.next();
        }

        @Override
        public int size() {
            return 2 * servers.size();
        }

        @Override
        public DnsServerAddressStream duplicate() {
            return new AskedTwice(servers.duplicate());
        }
    }

    /** One event loop's way to DNS and to what DNS has said before. */
    private static final class Resolver extends InetNameResolver {
        private final EventLoop eventLoop;
        private final NameResolver<InetAddress> dns;
        private final StaleAnswers answers;

        Resolver(EventLoop eventLoop, NameResolver<InetAddress> dns, StaleAnswers answers) {
            super(eventLoop);
            this.eventLoop = eventLoop;
            this.dns = dns;
            this.answers = answers;
        }

        @Override
        protected void doResolve(String name, Promise<InetAddress> promise) {
            resolveAll(name).addListener((Future<List<InetAddress>> all) -> {
                if (all.isSuccess()) {
                    promise.trySuccess(all.getNow().getFirst());
                } else {
                    promise.tryFailure(all.cause());
                }
            });
        }

        @Override
        protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
            List<InetAddress> stale = answers.whileStale(name);
            if (stale != null) {
                promise.setSuccess(stale);
                if (answers.mayAskAgain(name)) {
                    ask(name, eventLoop.newPromise());
                }
                return;
            }
            ask(name, promise);
            if (!promise.isDone() && answers.isKnown(name)) {
                Future<?> patience = eventLoop.schedule(
                        () -> useStale(name, "timeout", promise), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
                promise.addListener(done -> patience.cancel(false));
            }
        }

        private void ask(String name, Promise<List<InetAddress>> promise) {
            dns.resolveAll(name).addListener((Future<List<InetAddress>> answer) -> {
                if (answer.isSuccess()) {
                    answers.onAnswer(name, answer.getNow());
                    promise.trySuccess(answer.getNow());
                } else if (isGone(answer.cause())) {
                    answers.onGone(name);
                    promise.tryFailure(answer.cause());
                } else if (!useStale(name, reason(answer.cause()), promise)) {
                    promise.tryFailure(answer.cause());
                }
            });
        }

        private boolean useStale(String name, String reason, Promise<List<InetAddress>> promise) {
            List<InetAddress> stale = answers.onNoAnswer(name, reason);
            if (stale != null) {
                promise.trySuccess(stale);
            }
            return stale != null;
        }

        /** Whether DNS did answer, and the answer is that there is no such name. */
        private static boolean isGone(Throwable failure) {
            return DnsResponseCode.NXDOMAIN.equals(code(failure));
        }

        private static @Nullable DnsResponseCode code(Throwable failure) {
            return failure.getCause() instanceof DnsErrorCauseException error ? error.getCode() : null;
        }

        private static String reason(Throwable failure) {
            DnsResponseCode code = code(failure);
            if (code != null) {
                return code.toString();
            }
            return DnsNameResolver.isTimeoutError(failure) ? "timeout" : "no address";
        }

        @Override
        public void close() {
            dns.close();
        }
    }
}
