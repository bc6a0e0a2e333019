package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpRangesTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,        10.255.255.255, true",
        "10.0.0.0/8,        11.0.0.0,       false",
        "10.0.0.0/8,        9.255.255.255,  false",
        "192.0.2.7,         192.0.2.7,      true",
        "192.0.2.7,         192.0.2.6,      false",
        "192.0.2.7/32,      192.0.2.7,      true",
        "192.0.2.128/25,    192.0.2.128,    true",
        "192.0.2.128/25,    192.0.2.127,    false",
        "0.0.0.0/0,         255.255.255.255, true",
        "0.0.0.0/0,         ::1,            false",
        "0.0.0.0/1,         127.0.0.1,      true",
        "0.0.0.0/1,         128.0.0.1,      false",
        "2001:db8::/32,     2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, true",
        "2001:db8::/32,     2001:db9::,     false",
        "2001:db8::/64,     2001:db8::1,    true",
        "2001:db8::/64,     2001:db8:0:1::, false",
        "2001:db8::8/125,   2001:db8::f,    true",
        "2001:db8::8/125,   2001:db8::10,   false",
        "2001:db8:0:0:8000::/65, 2001:db8::8000:0:0:1, true",
        "2001:db8:0:0:8000::/65, 2001:db8::7fff:0:0:1, false",
        "::1,               ::1,            true",
        "::1,               ::2,            false",
        "::/0,              2001:db8::1,    true",
        "::/0,              10.0.0.1,       false",
        "::ffff:10.0.0.0/104, 10.1.2.3,     true",
        "::ffff:10.0.0.0/104, 11.1.2.3,     false",
        "::ffff:0:0/96,     192.0.2.1,      true",
        "::ffff:192.0.2.7,  192.0.2.7,      true",
    })
    void holdsWhatIsBetweenItsEnds(String range, String address, boolean inside) throws UnknownHostException {
        assertThat(IpRanges.parse(List.of(range)).contains(InetAddress.getByName(address)))
                .isEqualTo(inside);
    }

    @Test
    void oneOfSeveralIsEnough() throws UnknownHostException {
        IpRanges ranges = IpRanges.parse(List.of("10.0.0.0/8", "172.16.0.0/12", "2001:db8::/32", "fd00::/8"));

        for (String inside : List.of("10.1.1.1", "172.31.0.1", "2001:db8::1", "fd12::1")) {
            assertThat(ranges.contains(InetAddress.getByName(inside)))
                    .as(inside)
                    .isTrue();
        }
        for (String outside : List.of("172.32.0.1", "192.168.0.1", "fe80::1", "::1")) {
            assertThat(ranges.contains(InetAddress.getByName(outside)))
                    .as(outside)
                    .isFalse();
        }
    }

    /** As a socket for both families may give it. */
    @Test
    void anIpv4AddressInIpv6ClothesIsTheSame() throws UnknownHostException {
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
        InetAddress address = Inet6Address.getByAddress(null, mapped, -1);
        assertThat(address).isInstanceOf(Inet6Address.class);

        assertThat(IpRanges.parse(List.of("10.0.0.0/8")).contains(address)).isTrue();
        assertThat(IpRanges.parse(List.of("11.0.0.0/8")).contains(address)).isFalse();
        assertThat(IpRanges.parse(List.of("::/0")).contains(address)).isFalse();
    }

    @Test
    void noneMeansEverywhere() throws UnknownHostException {
        IpRanges none = IpRanges.parse(List.of());

        assertThat(none.isEverywhere()).isTrue();
        assertThat(none.contains(InetAddress.getByName("192.0.2.1"))).isTrue();
        assertThat(none.contains(InetAddress.getByName("2001:db8::1"))).isTrue();
        assertThat(IpRanges.parse(List.of("::/0")).isEverywhere()).isFalse();
    }

    @Test
    void isKeptAsItWasWritten() {
        List<String> written = List.of("10.0.0.0/8", "2001:DB8::/32");

        assertThat(IpRanges.parse(written).cidr()).isEqualTo(written);
        assertThat(IpRanges.parse(written)).hasToString("[10.0.0.0/8, 2001:DB8::/32]");
        assertThat(IpRanges.parse(written))
                .isEqualTo(IpRanges.parse(written))
                .isNotEqualTo(IpRanges.parse(List.of("10.0.0.0/8")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "/8",
                "localhost",
                "example.com/8",
                "10.0.0/8",
                "10.0.0.0.0/8",
                "256.0.0.0/8",
                "010.0.0.1",
                "10.0.0.00",
                "::ffff:010.0.0.1",
                "0x0a.0.0.1",
                "167772161",
                "fe80::1%eth0",
                "[::1]",
                "2001:db8:::/32",
                "12345::/16",
                " 10.0.0.0/8",
            })
    void refusesWhatIsNoRange(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpRanges.parse(List.of("10.0.0.0/8", text)))
                .withMessage("\"" + text
                        + "\" is no range of addresses; allowed: such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/33, /32", "10.0.0.0/, /32", "10.0.0.0/-1, /32", "10.0.0.0/8/8, /32",
        "10.0.0.0/a, /32", "10.0.0.0/+8, /32", "10.0.0.0/4294967304, /32", "2001:db8::/129, /128",
    })
    void refusesALengthThatIsNone(String text, String most) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpRanges.parse(List.of(text)))
                .withMessage("\"" + text + "\" has a length that is not allowed; allowed: /0 to " + most);
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3/8, 10.0.0.0/8",
        "192.0.2.7/0, 0.0.0.0/0",
        "2001:db8::1/32, 2001:db8::/32",
        "2001:db8::ff/120, 2001:db8::/120",
        "::ffff:10.1.2.3/104, ::ffff:10.0.0.0/104",
    })
    void saysWhichRangeWasMeant(String text, String meant) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpRanges.parse(List.of(text)))
                .withMessage("\"" + text + "\" names an address beyond its length; allowed: " + meant);
    }
}
