package dev.sluice.gateway.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.util.ArrayList;
import java.util.List;

/** A provider over HTTP/1.1 whose every byte the test writes. */
public final class ScriptedProvider {
    private final HandTurnedLoop loop;
    private final List<Peer> connections = new ArrayList<>();

    public ScriptedProvider(MemoryNetwork network, HandTurnedLoop loop, int port) {
        this.loop = loop;
        network.listen(port, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel accepted) {
                Peer peer = new Peer(loop);
                connections.add(peer);
                accepted.pipeline().addLast(peer);
            }
        });
    }

    /** How many connections have been accepted so far. */
    public int connections() {
        loop.settle();
        return connections.size();
    }

    /** The {@code index}th connection, from 0. */
    public Peer connection(int index) {
        loop.settle();
        if (index >= connections.size()) {
            throw new AssertionError("the provider has got " + connections.size() + " connections, not " + (index + 1));
        }
        return connections.get(index);
    }

    /** The newest connection. */
    public Peer last() {
        loop.settle();
        return connection(connections.size() - 1);
    }
}
