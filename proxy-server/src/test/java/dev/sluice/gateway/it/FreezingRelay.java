package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Stands between a gateway and its PostgreSQL, and can make those connections silent in whose first bytes a word was: they
 * stay open, and nothing passes any more, as with a firewall that has forgotten them.
 */
final class FreezingRelay implements AutoCloseable {
    private static final int FIRST_BYTES = 2_048;

    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final String word;
    private final List<Socket> sockets = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition thawed = lock.newCondition();
    private boolean frozen;
    private int silenced;

    /** @param word of the connections that {@link #freeze} is about */
    FreezingRelay(int target, String word) throws IOException {
        this.target = target;
        this.word = word;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** From now on nothing passes on those connections, those to come included. */
    void freeze() {
        lock.lock();
        frozen = true;
        lock.unlock();
    }

    /** What has been held back passes, and all the rest. */
    void thaw() {
        lock.lock();
        frozen = false;
        thawed.signalAll();
        lock.unlock();
    }

    /** How often something has been held back. */
    int silenced() {
        lock.lock();
        try {
            return silenced;
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                lock.lock();
                sockets.add(client);
                sockets.add(server);
                lock.unlock();
                Pair pair = new Pair();
                Thread.ofVirtual().start(() -> pump(client, server, pair, /* fromClient= */ true));
                Thread.ofVirtual().start(() -> pump(server, client, pair, /* fromClient= */ false));
            } catch (IOException closed) {
                // The server may be away, too: then its client is not served.
                continue;
            }
        }
    }

    /** One connection and its other half. */
    private static final class Pair {
        private final StringBuilder first = new StringBuilder();
        private volatile boolean marked;
    }

    private void pump(Socket from, Socket to, Pair pair, boolean fromClient) {
        byte[] bytes = new byte[16_384];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                if (fromClient && pair.first.length() < FIRST_BYTES) {
                    pair.first.append(new String(bytes, 0, read, ISO_8859_1));
                    pair.marked |= pair.first.indexOf(word) >= 0;
                }
                holdWhileFrozen(pair);
                out.write(bytes, 0, read);
            }
        } catch (IOException gone) {
            // So is the other half.
            return;
        }
    }

    private void holdWhileFrozen(Pair pair) {
        lock.lock();
        try {
            if (frozen && pair.marked) {
                silenced++;
            }
            while (frozen && pair.marked) {
                thawed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        thaw();
        lock.lock();
        try {
            for (Socket socket : sockets) {
                socket.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
