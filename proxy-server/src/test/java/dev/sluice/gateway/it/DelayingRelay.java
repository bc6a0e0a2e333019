package dev.sluice.gateway.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Stands between a gateway and a server, makes the way back as long as a test likes, and can lead new connections to another
 * server. What has been sent before keeps its order.
 */
public final class DelayingRelay implements AutoCloseable {
    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile int target;
    private volatile long delayNanos;

    public DelayingRelay(int target) throws IOException {
        this.target = target;
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** What comes back from now on arrives so much later. */
    public void delay(long millis) {
        delayNanos = TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Cuts all connections; new ones lead to {@code port}. */
    public void leadTo(int port) throws IOException {
        target = port;
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
    }

    private void accept() {
        while (!listening.isClosed()) {
            Socket client;
            try {
                client = listening.accept();
            } catch (IOException closed) {
                return;
            }
            try {
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(server);
                BlockingQueue<Late> back = new LinkedBlockingQueue<>();
                Thread.ofVirtual().start(() -> forward(client, server));
                Thread.ofVirtual().start(() -> gather(server, back));
                Thread.ofVirtual().start(() -> deliver(back, client, server));
            } catch (IOException away) {
                close(client);
            }
        }
    }

    /** @param bytes none: the end */
    private record Late(byte[] bytes, long dueNanos) {}

    private static void forward(Socket client, Socket server) {
        try (client;
                server) {
            client.getInputStream().transferTo(server.getOutputStream());
        } catch (IOException gone) {
            // So is the other half.
            return;
        }
    }

    private void gather(Socket server, BlockingQueue<Late> back) {
        byte[] bytes = new byte[16_384];
        try {
            InputStream in = server.getInputStream();
            for (int read = in.read(bytes); read > 0; read = in.read(bytes)) {
                byte[] part = new byte[read];
                System.arraycopy(bytes, 0, part, 0, read);
                back.add(new Late(part, System.nanoTime() + delayNanos));
            }
        } catch (IOException gone) {
            back.add(new Late(new byte[0], System.nanoTime()));
            return;
        }
        back.add(new Late(new byte[0], System.nanoTime()));
    }

    private static void deliver(BlockingQueue<Late> back, Socket client, Socket server) {
        try (client;
                server) {
            OutputStream out = client.getOutputStream();
            for (Late late = back.take(); late.bytes().length > 0; late = back.take()) {
                TimeUnit.NANOSECONDS.sleep(late.dueNanos() - System.nanoTime());
                out.write(late.bytes());
            }
        } catch (IOException gone) {
            return;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            return;
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        leadTo(target);
    }
}
