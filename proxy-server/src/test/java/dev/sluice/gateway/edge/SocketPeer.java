package dev.sluice.gateway.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** One end of a WebSocket in bytes: writes frames, a client's masked with zeros, and takes apart what comes. */
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
    private final boolean masks;
    private String head = "";
    private String rest = "";

    private SocketPeer(Peer peer, boolean masks) {
        this.peer = peer;
        this.masks = masks;
    }

    /** The provider's end of a connection on which the gateway has asked for an upgrade: nothing is answered yet. */
    static SocketPeer asked(Peer peer) {
        return new SocketPeer(peer, false);
    }

    /** Accepts the upgrade. */
    SocketPeer accept(String headers) {
        peer.send(acceptance(headers));
        return this;
    }

    /** @param headers more header lines, each with its line end */
    String acceptance(String headers) {
        String name = "sec-websocket-key: ";
        String asked = head();
        int key = asked.toLowerCase(Locale.ROOT).indexOf(name) + name.length();
        return "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: "
                + accepted(asked.substring(key, asked.indexOf("\r\n", key))) + "\r\n" + headers + "\r\n";
    }

    private static String accepted(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Asks for {@code path} to become a WebSocket, with the key that may do everything. */
    static SocketPeer open(EdgeScene scene, String path) {
        return open(scene, path, "authorization: Bearer " + Engine.KEY + "\r\n");
    }

    /** @param headers more header lines, each with its line end */
    static SocketPeer open(EdgeScene scene, String path, String headers) {
        SocketPeer socket = new SocketPeer(scene.client(), true);
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
        peer.send(bytes(masks, last, opcode, payload));
        return this;
    }

    static String bytes(boolean masks, boolean last, int opcode, String payload) {
        StringBuilder frame = new StringBuilder().append((char) ((last ? 0x80 : 0) | opcode));
        int mask = masks ? 0x80 : 0;
        if (payload.length() < 126) {
            frame.append((char) (mask | payload.length()));
        } else {
            frame.append((char) (mask | 126)).append((char) (payload.length() >> 8));
            frame.append((char) (payload.length() & 0xFF));
        }
        return frame.append(masks ? "\0\0\0\0" : "").append(payload).toString();
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
            boolean masked = (rest.charAt(at + 1) & 0x80) != 0;
            int length = rest.charAt(at + 1) & 0x7F;
            int payload = at + 2;
            if (length == 126) {
                length = rest.charAt(at + 2) << 8 | rest.charAt(at + 3);
                payload = at + 4;
            } else if (length == 127) {
                length = Integer.parseInt(hex(rest.substring(at + 2, at + 10)), 16);
                payload = at + 10;
            }
            String mask = "\0\0\0\0";
            if (masked) {
                mask = rest.substring(payload, payload + 4);
                payload += 4;
            }
            if (rest.length() < payload + length) {
                break;
            }
            char first = rest.charAt(at);
            frames.add(new Frame(
                    (first & 0x80) != 0, first & 0x0F, unmasked(mask, rest.substring(payload, payload + length))));
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

    private static String unmasked(String mask, String payload) {
        char[] chars = payload.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            chars[i] ^= mask.charAt(i % 4);
        }
        return new String(chars);
    }

    private void take() {
        rest += peer.take();
        if (head.isEmpty()) {
            int end = rest.indexOf("\r\n\r\n");
            boolean upgraded = rest.startsWith("HTTP/1.1 101 ") || rest.startsWith("GET ");
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
