package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Locale;

/** {@link Wire} over a plain or TLS socket, written by hand so that nothing is added or coalesced. */
final class Http1Wire implements Wire {
    private final Socket socket;
    private final InputStream in;
    private final ReceivedRequest request;
    private Split writes = Split.WHOLE;
    private boolean chunked;
    private boolean reusable;

    Http1Wire(Socket socket, InputStream in, ReceivedRequest request) {
        this.socket = socket;
        this.in = in;
        this.request = request;
    }

    /** Whether the answer was ended properly, so that the connection may carry another. */
    boolean reusable() {
        return reusable;
    }

    @Override
    public ReceivedRequest request() {
        return request;
    }

    @Override
    public void head(int status, String... fields) throws IOException {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Scripted\r\n");
        boolean sized = status == 204 || status < 200;
        for (int i = 0; i < fields.length; i += 2) {
            head.append(fields[i]).append(": ").append(fields[i + 1]).append("\r\n");
            sized |= fields[i].toLowerCase(Locale.ROOT).equals("content-length");
        }
        chunked = !sized;
        if (chunked) {
            head.append("transfer-encoding: chunked\r\n");
        }
        raw(head.append("\r\n").toString().getBytes(ISO_8859_1));
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        if (!chunked) {
            raw(bytes);
        } else if (bytes.length > 0) {
            byte[] size = (Integer.toHexString(bytes.length) + "\r\n").getBytes(ISO_8859_1);
            byte[] framed = new byte[size.length + bytes.length + 2];
            System.arraycopy(size, 0, framed, 0, size.length);
            System.arraycopy(bytes, 0, framed, size.length, bytes.length);
            framed[framed.length - 2] = '\r';
            framed[framed.length - 1] = '\n';
            raw(framed);
        }
    }

    @Override
    public void end() throws IOException {
        if (chunked) {
            raw("0\r\n\r\n".getBytes(ISO_8859_1));
        }
        reusable = true;
    }

    @Override
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void cut() throws IOException {
        socket.shutdownOutput();
        socket.close();
    }

    @Override
    public void raw(byte[] bytes) throws IOException {
        for (byte[] piece : writes.cut(bytes)) {
            socket.getOutputStream().write(piece);
            socket.getOutputStream().flush();
        }
    }

    @Override
    public void splitWrites(Split split) {
        writes = split;
    }

    @Override
    public long awaitGone() {
        try {
            int read = in.read();
            if (read >= 0) {
                throw new AssertionError("the gateway sent more bytes on a busy connection, first: " + read);
            }
        } catch (IOException gone) {
            // A reset is as good as an end here.
        }
        return System.nanoTime();
    }
}
