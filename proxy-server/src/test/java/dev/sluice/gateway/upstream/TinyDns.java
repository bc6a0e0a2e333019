package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddresses;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A DNS server on a loopback port that says of each name what the test wants, in packets made by hand (RFC 1035). It
 * poses as a recursive one; of names that it was told nothing of it says that they do not exist.
 */
final class TinyDns implements AutoCloseable {
    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    private static final int CLASS_IN = 1;
    private static final int HEADER_BYTES = 12;
    /** QR, RD, RA. */
    private static final int RESPONSE_FLAGS = 0x8180;

    /** What is said of a name. */
    private sealed interface Script {
        record Records(int ttlSeconds, List<InetAddress> addresses) implements Script {}

        record Code(int rcode) implements Script {}

        record Silence() implements Script {}
    }

    private final DatagramSocket socket;
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<String> questions = new CopyOnWriteArrayList<>();
    private final AtomicInteger toDrop = new AtomicInteger();

    TinyDns() throws IOException {
        socket = new DatagramSocket(new InetSocketAddress(NetUtil.LOCALHOST4, 0));
        Thread.ofVirtual().name("tiny-dns").start(this::serve);
    }

    /** For a resolver that is to ask this server only. */
    DnsServerAddressStreamProvider asNameServer() {
        DnsServerAddresses only = DnsServerAddresses.singleton((InetSocketAddress) socket.getLocalSocketAddress());
        return name -> only.stream();
    }

    /** {@code name} has these addresses, of either family, for so long. */
    void answer(String name, int ttlSeconds, String... addresses) {
        List<InetAddress> parsed = new ArrayList<>();
        for (String address : addresses) {
            parsed.add(Objects.requireNonNull(NetUtil.createInetAddressFromIpAddressString(address)));
        }
        scripts.put(name, new Script.Records(ttlSeconds, parsed));
    }

    /** NXDOMAIN. */
    void deny(String name) {
        scripts.put(name, new Script.Code(3));
    }

    /** SERVFAIL. */
    void fail(String name) {
        scripts.put(name, new Script.Code(2));
    }

    /** Questions about {@code name} stay without an answer. */
    void beSilent(String name) {
        scripts.put(name, new Script.Silence());
    }

    /** The next {@code count} questions, whatever they are, are lost on their way. */
    void drop(int count) {
        toDrop.set(count);
    }

    /** How often the IPv4 addresses of {@code name} have been asked for. */
    long questions(String name) {
        return questions.stream().filter(name::equals).count();
    }

    private void serve() {
        byte[] bytes = new byte[512];
        while (!socket.isClosed()) {
            DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
            try {
                socket.receive(packet);
                byte[] answer = answer(ByteBuffer.wrap(bytes, 0, packet.getLength()));
                if (answer.length > 0) {
                    socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // Closed, or the one who asked is gone.
            }
        }
    }

    /** The answer to one question, empty for none. */
    private byte[] answer(ByteBuffer query) {
        StringBuilder name = new StringBuilder();
        int id = query.getShort(0);
        query.position(HEADER_BYTES);
        for (int length = query.get(); length > 0; length = query.get()) {
            byte[] label = new byte[length];
            query.get(label);
            name.append(name.isEmpty() ? "" : ".").append(new String(label, US_ASCII));
        }
        int type = query.getShort();
        query.getShort();
        ByteBuffer question = query.duplicate().flip().position(HEADER_BYTES);

        String asked = name.toString().toLowerCase(Locale.ROOT);
        if (type == TYPE_A) {
            questions.add(asked);
        }
        if (toDrop.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            return new byte[0];
        }
        return switch (scripts.getOrDefault(asked, new Script.Code(3))) {
            case Script.Records records ->
                response(id, 0, question, ofType(type, records.addresses), records.ttlSeconds);
            case Script.Code code -> response(id, code.rcode, question, List.of(), 0);
            case Script.Silence silence -> new byte[0];
        };
    }

    private static List<InetAddress> ofType(int type, List<InetAddress> addresses) {
        int bytes = switch (type) {
            case TYPE_A -> 4;
            case TYPE_AAAA -> 16;
            default -> 0;
        };
        return addresses.stream()
                .filter(address -> address.getAddress().length == bytes)
                .toList();
    }

    private static byte[] response(
            int id, int rcode, ByteBuffer question, List<InetAddress> addresses, int ttlSeconds) {
        ByteBuffer out = ByteBuffer.allocate(4_096);
        out.putShort((short) id).putShort((short) (RESPONSE_FLAGS | rcode));
        out.putShort((short) 1)
                .putShort((short) addresses.size())
                .putShort((short) 0)
                .putShort((short) 0);
        out.put(question);
        for (InetAddress address : addresses) {
            byte[] data = address.getAddress();
            // The name is a pointer to the question's.
            out.putShort((short) (0xC000 | HEADER_BYTES));
            out.putShort((short) (data.length == 4 ? TYPE_A : TYPE_AAAA)).putShort((short) CLASS_IN);
            out.putInt(ttlSeconds).putShort((short) data.length).put(data);
        }
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    @Override
    public void close() {
        socket.close();
    }
}
