package dev.sluice.bench.load;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that is compared in a run: nothing in between first, then what is installed. Ends what it started. Thread: one. */
final class Company implements AutoCloseable {
    private final Path work;
    private final int providerPort;
    private final List<Target> targets = new ArrayList<>();
    private final List<AutoCloseable> started = new ArrayList<>();
    private @Nullable Target base;

    /** Starts nginx and HAProxy where they are installed, and says which is not. */
    Company(Path work, int providerPort) throws IOException, InterruptedException {
        this.work = work;
        this.providerPort = providerPort;
        targets.add(Target.none(providerPort));
        Relays relays = new Relays(work, providerPort);
        try {
            String nginx = Relays.version("nginx", "-v");
            if (nginx == null) {
                System.out.println("nginx is not installed: nothing is divided by it.");
            } else {
                base = add(relays.nginx(nginx.replace("nginx version: ", "")));
            }
            String haproxy = Relays.version("haproxy", "-v");
            if (haproxy == null) {
                System.out.println("HAProxy is not installed.");
            } else {
                add(relays.haproxy(haproxy.replaceAll(" \\d{4}/.*| - .*", "")));
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private Target add(Target target) {
        Child child = target.process();
        if (child != null) {
            started.add(child);
        }
        targets.add(target);
        return target;
    }

    GatewayUnderTest addGateway(Path root, String javaOptions) throws IOException, InterruptedException {
        GatewayUnderTest gateway = GatewayUnderTest.start(work.resolve("sluice"), root, providerPort, javaOptions);
        started.add(gateway);
        targets.add(gateway.target());
        return gateway;
    }

    /** Starts other gateways where they can be had; returns why others are missing. */
    List<String> addPeers() throws IOException, InterruptedException {
        Peers peers = new Peers(work, providerPort);
        List<String> skipped = new ArrayList<>();
        for (Peers.Peer peer : peers.all()) {
            System.out.println("Looking for " + peer.name() + ".");
            try {
                add(peer.start());
            } catch (IOException | RuntimeException e) {
                String reason =
                        "**" + peer.name() + "** was skipped: " + Peers.firstLines(String.valueOf(e.getMessage()));
                System.out.println(reason);
                skipped.add(reason);
            }
        }
        return skipped;
    }

    List<Target> targets() {
        return targets;
    }

    /** To which the others are compared. */
    @Nullable
    Target base() {
        return base;
    }

    @Override
    public void close() {
        for (AutoCloseable each : started.reversed()) {
            try {
                each.close();
            } catch (Exception e) {
                System.out.println("A process is not ended as it should be: " + e);
            }
        }
    }
}
