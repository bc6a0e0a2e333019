package dev.sluice.gateway.auth;

import io.netty.util.NetUtil;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Addresses from which a key may be used, in CIDR notation: {@code 10.0.0.0/8}, {@code 2001:db8::/32}, {@code 192.0.2.7}.
 *
 * <p>An IPv4 address is in IPv4 ranges only, also when it comes as {@code ::ffff:192.0.2.7}; {@code ::ffff:10.0.0.0/104}
 * is the IPv4 range {@code 10.0.0.0/8}. No range means every address.
 *
 * <p>Immutable; thread: any.
 */
public final class IpRanges {
    /** No list, and no limit. */
    public static final IpRanges EVERYWHERE = new IpRanges(List.of(), new long[0], new long[0]);

    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;
    private static final int MAPPED_BITS = IPV6_BITS - IPV4_BITS;
    private static final long MAPPED = 0xffffL;
    private static final int NO_SCOPE = -1;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final List<String> cidr;
    /** Network and mask, in turns. */
    private final long[] ipv4;
    /** High and low half of the network, then of the mask. */
    private final long[] ipv6;

    private IpRanges(List<String> cidr, long[] ipv4, long[] ipv6) {
        this.cidr = cidr;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
    }

    /** @throws IllegalArgumentException when one of them is no range; the message says which, and what is allowed */
    public static IpRanges parse(List<String> cidr) {
        if (cidr.isEmpty()) {
            return EVERYWHERE;
        }
        List<Range> ipv4 = new ArrayList<>();
        List<Range> ipv6 = new ArrayList<>();
        for (String text : cidr) {
            Range range = Range.parse(text);
            (range.mapped() ? ipv4 : ipv6).add(range);
        }
        long[] narrow = new long[ipv4.size() * 2];
        for (int i = 0; i < ipv4.size(); i++) {
            narrow[2 * i] = ipv4.get(i).low & 0xffff_ffffL;
            narrow[2 * i + 1] = ipv4.get(i).lowMask() & 0xffff_ffffL;
        }
        long[] wide = new long[ipv6.size() * 4];
        for (int i = 0; i < ipv6.size(); i++) {
            wide[4 * i] = ipv6.get(i).high;
            wide[4 * i + 1] = ipv6.get(i).low;
            wide[4 * i + 2] = ipv6.get(i).highMask();
            wide[4 * i + 3] = ipv6.get(i).lowMask();
        }
        return new IpRanges(List.copyOf(cidr), narrow, wide);
    }

    /** As they were written. */
    public List<String> cidr() {
        return cidr;
    }

    /** Whether there is no limit. */
    public boolean isEverywhere() {
        return cidr.isEmpty();
    }

    /** Whether {@code address} is in one of the ranges, or there are none. */
    public boolean contains(InetAddress address) {
        if (cidr.isEmpty()) {
            return true;
        }
        byte[] bytes = address.getAddress();
        if (bytes.length == Integer.BYTES) {
            return containsIpv4((int) INTS.get(bytes, 0) & 0xffff_ffffL);
        }
        long high = (long) LONGS.get(bytes, 0);
        long low = (long) LONGS.get(bytes, Long.BYTES);
        return isMapped(high, low) ? containsIpv4(low & 0xffff_ffffL) : containsIpv6(high, low);
    }

    private boolean containsIpv4(long address) {
        for (int i = 0; i < ipv4.length; i += 2) {
            if ((address & ipv4[i + 1]) == ipv4[i]) {
                return true;
            }
        }
        return false;
    }

    private boolean containsIpv6(long high, long low) {
        for (int i = 0; i < ipv6.length; i += 4) {
            if ((high & ipv6[i + 2]) == ipv6[i] && (low & ipv6[i + 3]) == ipv6[i + 1]) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMapped(long high, long low) {
        return high == 0 && low >>> IPV4_BITS == MAPPED;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IpRanges ranges && ranges.cidr.equals(cidr);
    }

    @Override
    public int hashCode() {
        return cidr.hashCode();
    }

    @Override
    public String toString() {
        return cidr.toString();
    }

    /** One of them, an IPv4 one as what it is mapped to. */
    private record Range(long high, long low, int bits) {

        static Range parse(String text) {
            int slash = text.indexOf('/');
            String literal = slash < 0 ? text : text.substring(0, slash);
            byte[] address = address(literal);
            if (address == null) {
                throw new IllegalArgumentException("\"" + text
                        + "\" is no range of addresses; allowed: such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7");
            }
            boolean ipv4 = address.length == Integer.BYTES;
            int most = ipv4 ? IPV4_BITS : IPV6_BITS;
            int bits = slash < 0 ? most : bits(text.substring(slash + 1));
            if (bits < 0 || bits > most) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" has a length that is not allowed; allowed: /0 to /" + most);
            }
            Range range = ipv4
                    ? new Range(
                            0, (MAPPED << IPV4_BITS) | ((int) INTS.get(address, 0) & 0xffff_ffffL), bits + MAPPED_BITS)
                    : new Range((long) LONGS.get(address, 0), (long) LONGS.get(address, Long.BYTES), bits);
            if ((range.high & ~range.highMask()) != 0 || (range.low & ~range.lowMask()) != 0) {
                throw new IllegalArgumentException("\"" + text + "\" names an address beyond its length; allowed: "
                        + range.network(ipv4) + "/" + bits);
            }
            return range;
        }

        /** Never asks a name server. */
        private static byte @Nullable [] address(String literal) {
            // Scopes and brackets, which Netty would read over.
            if (literal.indexOf('%') >= 0 || literal.indexOf('[') >= 0 || !isPlain(literal)) {
                return null;
            }
            return NetUtil.createByteArrayFromIpAddressString(literal);
        }

        /** No leading zero in a part of an IPv4 address: some read it as octal, others do not. */
        private static boolean isPlain(String literal) {
            if (literal.indexOf('.') < 0) {
                return true;
            }
            for (String part : literal.substring(literal.lastIndexOf(':') + 1).split("\\.", -1)) {
                if (part.length() > 1 && part.charAt(0) == '0') {
                    return false;
                }
            }
            return true;
        }

        private static int bits(String text) {
            if (text.isEmpty() || text.length() > 3) {
                return -1;
            }
            int bits = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c < '0' || c > '9') {
                    return -1;
                }
                bits = bits * 10 + c - '0';
            }
            return bits;
        }

        boolean mapped() {
            return bits >= MAPPED_BITS && isMapped(high, low);
        }

        long highMask() {
            return mask(bits);
        }

        long lowMask() {
            return mask(bits - Long.SIZE);
        }

        private static long mask(int bits) {
            if (bits <= 0) {
                return 0;
            }
            return bits >= Long.SIZE ? -1 : -1L << (Long.SIZE - bits);
        }

        private String network(boolean ipv4) {
            byte[] bytes = new byte[2 * Long.BYTES];
            LONGS.set(bytes, 0, high & highMask());
            LONGS.set(bytes, Long.BYTES, low & lowMask());
            try {
                InetAddress network = ipv4
                        ? InetAddress.getByAddress(Arrays.copyOfRange(bytes, MAPPED_BITS / Byte.SIZE, bytes.length))
                        : Inet6Address.getByAddress(null, bytes, NO_SCOPE);
                return NetUtil.toAddressString(network, /* ipv4Mapped= */ true);
            } catch (UnknownHostException e) {
                throw new IllegalStateException("an address has 4 or 16 bytes", e);
            }
        }
    }
}
