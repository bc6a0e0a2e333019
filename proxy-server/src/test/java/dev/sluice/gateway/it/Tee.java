package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a client and a server, passes every byte on and keeps those that the client gets. Thread: any. */
final class Tee implements AutoCloseable {
    private final InetSocketAddress server;
    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    private Tee(InetSocketAddress server, ServerSocket listening) {
        this.server = server;
        this.listening = listening;
        Thread.ofVirtual().name("tee").start(this::accept);
    }

    static Tee to(InetSocketAddress server) throws IOException {
        return new Tee(server, new ServerSocket(0, 100, InetAddress.getLoopbackAddress()));
    }

    int port() {
        return listening.getLocalPort();
    }

    /** All that clients have got, a character for each byte. */
    String heard() {
        synchronized (heard) {
            return heard.toString(ISO_8859_1);
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = keep(listening.accept());
                Socket gateway = keep(new Socket(server.getAddress(), server.getPort()));
                Thread.ofVirtual().name("tee-asked").start(() -> pass(client, gateway, /* kept= */ false));
                Thread.ofVirtual().name("tee-heard").start(() -> pass(gateway, client, /* kept= */ true));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private Socket keep(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        open.add(socket);
        return socket;
    }

    private void pass(Socket from, Socket to, boolean kept) {
        byte[] bytes = new byte[16 * 1024];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                if (kept) {
                    synchronized (heard) {
                        heard.write(bytes, 0, read);
                    }
                }
                out.write(bytes, 0, read);
            }
        } catch (IOException gone) {
            // One of the two has hung up; the other one notices now.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
