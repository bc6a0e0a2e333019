package dev.sluice.gateway.auth;

import java.net.InetAddress;
import java.util.List;

/**
 * Tells addresses of the internet from those of a machine, a network or a cloud's inside: a URL that somebody else gave
 * must not lead there. The ranges are those that IANA's registries of special-purpose addresses do not call global, and
 * those that carry an IPv4 address inside. Thread: any.
 */
final class PublicAddress {
    private static final IpRanges SPECIAL = IpRanges.parse(List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            // Unspecified, loopback, and IPv4 in the last four bytes.
            "::/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8"));

    private PublicAddress() {}

    static boolean is(InetAddress address) {
        return !SPECIAL.contains(address);
    }
}
