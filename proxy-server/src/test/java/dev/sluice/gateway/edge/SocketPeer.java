package dev.sluice.gateway.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.util.ArrayList;
import java.util.List;

/** A WebSocket's client in bytes: writes frames, masked with zeros, and takes apart what comes. */
final class SocketPeer {
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** A frame that has arrived. */
    record Frame(boolean last, int opcode, String payload) {
        /** Of a close frame; -1 when it has none. */
        int code() {
            return payload.length() < 2 ? -1 : payload.charAt(0) << 8 | payload.charAt(1);
        }
    }

    private final Peer peer;
    private String head = "";
    private String rest = "";

    private SocketPeer(Peer peer) {
        this.peer = peer;
    }

    /** Asks for {@code path} to become a WebSocket, with the key that may do everything. */
    static SocketPeer open(EdgeScene scene, String path) {
        return open(scene, path, "authorization: Bearer " + Engine.KEY + "\r\n");
    }

    /** @param headers more header lines, each with its line end */
    static SocketPeer open(EdgeScene scene, String path, String headers) {
        SocketPeer socket = new SocketPeer(scene.client());
        socket.peer.send("GET " + path + " HTTP/1.1\r\nhost: gateway\r\nconnection: keep-alive, Upgrade\r\n"
                + "upgrade: websocket\r\nsec-websocket-version: 13\r\n"
                + "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + headers + "\r\n");
        return socket;
    }

    Peer peer() {
        return peer;
    }

    /** The head of the answer to the upgrade, and the body of one that refuses it. */
    String head() {
        take();
        return head;
    }

    boolean isUpgraded() {
        return head().startsWith("HTTP/1.1 101 ");
    }

    SocketPeer text(String payload) {
        return frame(true, TEXT, payload);
    }

    /** @param payload one char a byte */
    SocketPeer frame(boolean last, int opcode, String payload) {
        peer.send(bytes(last, opcode, payload));
        return this;
    }

    static String bytes(boolean last, int opcode, String payload) {
        StringBuilder frame = new StringBuilder().append((char) ((last ? 0x80 : 0) | opcode));
        if (payload.length() < 126) {
            frame.append((char) (0x80 | payload.length()));
        } else {
            frame.append((char) (0x80 | 126)).append((char) (payload.length() >> 8));
            frame.append((char) (payload.length() & 0xFF));
        }
        return frame.append("\0\0\0\0").append(payload).toString();
    }

    static String closing(int code) {
        return new String(new char[] {(char) (code >> 8), (char) (code & 0xFF)});
    }

    /** The frames that have arrived since the last call. */
    List<Frame> frames() {
        take();
        List<Frame> frames = new ArrayList<>();
        int at = 0;
        while (rest.length() - at >= 2) {
            int length = rest.charAt(at + 1);
            int payload = at + 2;
            if (length == 126) {
                length = rest.charAt(at + 2) << 8 | rest.charAt(at + 3);
                payload = at + 4;
            } else if (length == 127) {
                length = Integer.parseInt(hex(rest.substring(at + 2, at + 10)), 16);
                payload = at + 10;
            }
            if (rest.length() < payload + length) {
                break;
            }
            char first = rest.charAt(at);
            frames.add(new Frame((first & 0x80) != 0, first & 0x0F, rest.substring(payload, payload + length)));
            at = payload + length;
        }
        rest = rest.substring(at);
        return frames;
    }

    /** The payloads of the text frames that have arrived since the last call; there may be no others. */
    List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (Frame frame : frames()) {
            if (frame.opcode() != TEXT || !frame.last()) {
                throw new AssertionError("not a whole text message: " + frame);
            }
            texts.add(frame.payload());
        }
        return texts;
    }

    private void take() {
        rest += peer.take();
        if (head.isEmpty()) {
            int end = rest.indexOf("\r\n\r\n");
            boolean upgraded = rest.startsWith("HTTP/1.1 101 ");
            int length = end < 0 ? 0 : upgraded ? end + 4 : rest.length();
            head = rest.substring(0, length);
            rest = rest.substring(length);
        }
    }

    private static String hex(String bytes) {
        StringBuilder hex = new StringBuilder();
        for (byte b : bytes.getBytes(ISO_8859_1)) {
            hex.append(Character.forDigit(b >> 4 & 0xF, 16)).append(Character.forDigit(b & 0xF, 16));
        }
        return hex.toString();
    }
}
