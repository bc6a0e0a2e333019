package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Origin;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Opens the connections of one event loop: knows how a host's addresses are found and in which order they are tried;
 * each {@link Dial} then tries them. Thread: event loop.
 */
final class Dialer {

    /** Nobody has more front doors; an answer that says so is not worth a minute of trying. */
    static final int MAX_ADDRESSES = 16;

    private final EventLoop eventLoop;
    private final Bootstrap bootstrap;
    private final AddressResolverGroup<InetSocketAddress> resolvers;
    /** What was connected to last: where an address is dead, only the first connection has to find out. */
    private final Map<Origin, InetAddress> preferred = new HashMap<>();

    /** @param bootstrap of the channels, with neither handler nor resolver */
    Dialer(EventLoop eventLoop, Bootstrap bootstrap, AddressResolverGroup<InetSocketAddress> resolvers) {
        this.eventLoop = eventLoop;
        this.bootstrap = bootstrap;
        this.resolvers = resolvers;
    }

    /** Begins to connect to {@code origin}. */
    Dial dial(Origin origin, Dial.Listener listener) {
        assert eventLoop.inEventLoop();
        Dial dial = new Dial(this, eventLoop, origin, listener);
        dial.start();
        return dial;
    }

    /** The addresses of {@code origin}'s host, as DNS or the hosts file gives them. */
    Future<List<InetAddress>> addresses(Origin origin) {
        InetAddress literal = NetUtil.createInetAddressFromIpAddressString(origin.host());
        if (literal != null) {
            return eventLoop.newSucceededFuture(List.of(literal));
        }
        if (isLocalhost(origin.host())) {
            return eventLoop.newSucceededFuture(List.of(NetUtil.LOCALHOST6, NetUtil.LOCALHOST4));
        }
        Promise<List<InetAddress>> addresses = eventLoop.newPromise();
        try {
            resolvers
                    .getResolver(eventLoop)
                    .resolveAll(InetSocketAddress.createUnresolved(origin.host(), origin.port()))
                    .addListener((Future<List<InetSocketAddress>> answer) -> {
                        if (answer.isSuccess()) {
                            addresses.setSuccess(withoutPorts(answer.getNow()));
                        } else {
                            addresses.setFailure(answer.cause());
                        }
                    });
        } catch (IllegalStateException e) {
            // The resolvers have been closed: the gateway is going down.
            addresses.setFailure(e);
        }
        return addresses;
    }

    /** Never a question to DNS (RFC 6761, section 6.3). */
    private static boolean isLocalhost(String host) {
        return host.equals("localhost") || host.endsWith(".localhost");
    }

    private static List<InetAddress> withoutPorts(List<InetSocketAddress> resolved) {
        List<InetAddress> addresses = new ArrayList<>(resolved.size());
        for (int i = 0; i < resolved.size(); i++) {
            addresses.add(resolved.get(i).getAddress());
        }
        return addresses;
    }

    /** The order in which {@code resolved} are tried. */
    List<InetAddress> order(Origin origin, List<InetAddress> resolved) {
        return order(resolved, preferred.get(origin));
    }

    /**
     * IPv6 and IPv4 in turn, IPv6 first, each family in its given order (RFC 8305, section 4), but {@code first} before
     * all others if it is among them; at most {@link #MAX_ADDRESSES}, and none twice.
     */
    static List<InetAddress> order(List<InetAddress> resolved, @Nullable InetAddress first) {
        List<InetAddress> ordered = new ArrayList<>(Math.min(resolved.size(), MAX_ADDRESSES));
        if (first != null && resolved.contains(first)) {
            ordered.add(first);
        }
        int v6 = 0;
        int v4 = 0;
        while (ordered.size() < MAX_ADDRESSES && (v6 < resolved.size() || v4 < resolved.size())) {
            v6 = addNext(resolved, v6, /* ipv6= */ true, ordered);
            if (ordered.size() < MAX_ADDRESSES) {
                v4 = addNext(resolved, v4, /* ipv6= */ false, ordered);
            }
        }
        return ordered;
    }

    /** Adds the next new address of one family, from {@code index} on, and gives the index behind it. */
    private static int addNext(List<InetAddress> from, int index, boolean ipv6, List<InetAddress> to) {
        for (int i = index; i < from.size(); i++) {
            InetAddress address = from.get(i);
            if (address instanceof Inet6Address == ipv6 && !to.contains(address)) {
                to.add(address);
                return i + 1;
            }
        }
        return from.size();
    }

    /** Begins one attempt on a new channel, whose only handler is {@code handler}. */
    ChannelFuture connect(InetSocketAddress address, ChannelHandler handler) {
        return bootstrap.clone().handler(handler).connect(address);
    }

    void onConnected(Origin origin, InetAddress address) {
        preferred.put(origin, address);
    }
}
