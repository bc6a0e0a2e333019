package dev.sluice.gateway.auth;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Tells addresses of the internet from those of a machine, a network or a cloud's inside: a URL that somebody else gave
 * must not lead there. The ranges are those that IANA's registries of special-purpose addresses do not call global, and
 * those that carry an IPv4 address inside. Thread: any.
 */
final class PublicAddress {
    private static final List<Range> SPECIAL = List.of(
            range("0.0.0.0", 8),
            range("10.0.0.0", 8),
            range("100.64.0.0", 10),
            range("127.0.0.0", 8),
            range("169.254.0.0", 16),
            range("172.16.0.0", 12),
            range("192.0.0.0", 24),
            range("192.0.2.0", 24),
            range("192.88.99.0", 24),
            range("192.168.0.0", 16),
            range("198.18.0.0", 15),
            range("198.51.100.0", 24),
            range("203.0.113.0", 24),
            range("224.0.0.0", 3),
            // Unspecified, loopback, and IPv4 in the last four bytes.
            range("::", 96),
            range("64:ff9b::", 96),
            range("64:ff9b:1::", 48),
            range("100::", 64),
            range("2001::", 23),
            range("2001:db8::", 32),
            range("2002::", 16),
            range("3fff::", 20),
            range("fc00::", 7),
            range("fe80::", 10),
            range("fec0::", 10),
            range("ff00::", 8));

    private PublicAddress() {}

    private record Range(byte[] network, int bits) {
        boolean contains(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            int whole = bits / 8;
            for (int i = 0; i < whole; i++) {
                if (address[i] != network[i]) {
                    return false;
                }
            }
            int rest = bits % 8;
            return rest == 0 || ((address[whole] ^ network[whole]) & 0xff) >> (8 - rest) == 0;
        }
    }

    /** An IPv4 address in the form of an IPv6 one is one of IPv4 here: {@link InetAddress} sees to it. */
    static boolean is(InetAddress address) {
        byte[] bytes = address.getAddress();
        for (Range range : SPECIAL) {
            if (range.contains(bytes)) {
                return false;
            }
        }
        return address instanceof Inet4Address || bytes.length == 16;
    }

    private static Range range(String network, int bits) {
        try {
            return new Range(InetAddress.getByName(network).getAddress(), bits);
        } catch (UnknownHostException e) {
            throw new AssertionError(network + " is a literal", e);
        }
    }
}
