package dev.sluice.gateway.upstream;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Names and their addresses, asked from a DNS server of the test's own. */
class ProviderNamesIT {
    /** The dot at the end keeps the search domains of this machine out of it. */
    private static final String HOST = "api.provider.example.";

    private static final String NAME = "api.provider.example";
    private static final String OLD = "203.0.113.1";
    private static final String NEW = "203.0.113.2";
    private static final int LONG_SECONDS = 3_600;

    private final TinyDns dns = new TinyDns();
    private final MockTicker ticker = Ticker.newMockTicker();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final ProviderNames names = new ProviderNames(NioDatagramChannel::new, dns.asNameServer(), ticker);
    private final EventLoop loop = group.next();
    private final EventLoop otherLoop = group.next();

    ProviderNamesIT() throws IOException {}

    @AfterEach
    void close() {
        names.close();
        group.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
        dns.close();
    }

    private Future<List<InetSocketAddress>> ask(EventLoop asking) {
        return names.getResolver(asking).resolveAll(InetSocketAddress.createUnresolved(HOST, 443));
    }

    private List<String> addresses() throws Exception {
        return addresses(loop, 20_000);
    }

    private List<String> addresses(EventLoop asking, long patienceMillis) throws Exception {
        return ask(asking).get(patienceMillis, MILLISECONDS).stream()
                .map(address -> NetUtil.toAddressString(address.getAddress()))
                .toList();
    }

    /** Looks the name up until DNS has been asked for it, and gives what that look-up got. */
    private List<String> addressesOfTheNextQuestion() {
        long before = dns.questions(NAME);
        return await().until(this::addresses, found -> dns.questions(NAME) > before);
    }

    @Test
    void allAddressesOfBothFamiliesAreFound() throws Exception {
        assumeTrue(!NetUtil.isIpV4StackPreferred() && hasIpv6(), "this machine has no IPv6: nobody would ask for AAAA");
        dns.answer(NAME, LONG_SECONDS, OLD, "2001:db8::1", NEW, "2001:db8::2");
        assertThat(addresses()).containsExactlyInAnyOrder(OLD, NEW, "2001:db8::1", "2001:db8::2");
    }

    private static boolean hasIpv6() {
        return NetUtil.NETWORK_INTERFACES.stream()
                .flatMap(card -> card.inetAddresses())
                .anyMatch(address -> address.getAddress().length == 16 && !address.isLoopbackAddress());
    }

    @Test
    void anAnswerServesAllLoopsUntilItsTimeIsUp() throws Exception {
        dns.answer(NAME, LONG_SECONDS, OLD);
        assertThat(addresses()).containsExactly(OLD);
        dns.answer(NAME, LONG_SECONDS, NEW);
        assertThat(addresses()).containsExactly(OLD);
        assertThat(addresses(otherLoop, 20_000)).containsExactly(OLD);
        assertThat(dns.questions(NAME)).isEqualTo(1);
    }

    @Test
    void anAnswerIsAskedForAgainWhenItsTimeIsUp() throws Exception {
        dns.answer(NAME, 1, OLD);
        addresses();
        long begin = System.nanoTime();
        dns.answer(NAME, LONG_SECONDS, NEW);
        assertThat(addressesOfTheNextQuestion()).containsExactly(NEW);
        assertThat(NANOSECONDS.toMillis(System.nanoTime() - begin)).isBetween(800L, 10_000L);
        assertThat(addresses()).containsExactly(NEW);
        assertThat(dns.questions(NAME)).isEqualTo(2);
    }

    @Test
    void aLostDatagramIsAskedForAgain() throws Exception {
        dns.answer(NAME, LONG_SECONDS, OLD);
        dns.drop(2);
        assertThat(addresses()).containsExactly(OLD);
        assertThat(dns.questions(NAME)).isEqualTo(2);
    }

    static Stream<Arguments> outages() {
        BiConsumer<TinyDns, String> silence = TinyDns::beSilent;
        BiConsumer<TinyDns, String> failure = TinyDns::fail;
        return Stream.of(Arguments.of("silence", silence), Arguments.of("SERVFAIL", failure));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("outages")
    void theLastAnswerIsUsedWhileDnsIsDown(String title, BiConsumer<TinyDns, String> outage) throws Exception {
        dns.answer(NAME, 1, OLD);
        addresses();
        outage.accept(dns, NAME);
        assertThat(addressesOfTheNextQuestion()).containsExactly(OLD);

        // Now that the outage is known nobody waits for DNS, and nobody asks it before five seconds are over.
        long asked = dns.questions(NAME);
        assertThat(addresses(loop, ProviderNames.PATIENCE_MILLIS / 2)).containsExactly(OLD);
        assertThat(addresses(otherLoop, ProviderNames.PATIENCE_MILLIS / 2)).containsExactly(OLD);

        dns.answer(NAME, LONG_SECONDS, NEW);
        await().until(() -> {
            ticker.advance(StaleAnswers.ASK_AGAIN_NANOS, TimeUnit.NANOSECONDS);
            return addresses().equals(List.of(NEW));
        });
        assertThat(dns.questions(NAME)).isGreaterThan(asked);
        assertThat(addresses(otherLoop, 20_000)).containsExactly(NEW);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("outages")
    void withoutAnOldAnswerAnOutageIsAFailure(String title, BiConsumer<TinyDns, String> outage) {
        outage.accept(dns, NAME);
        assertThatThrownBy(this::addresses)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(UnknownHostException.class);
    }

    @Test
    void aNameThatDoesNotExistIsAFailure() {
        dns.deny(NAME);
        assertThatThrownBy(this::addresses)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(UnknownHostException.class);
    }

    @Test
    void aNameThatExistsNoLongerHasNoOldAnswer() throws Exception {
        dns.answer(NAME, 1, OLD);
        addresses();
        dns.deny(NAME);
        await().until(() -> !ask(loop).await().isSuccess());
        dns.fail(NAME);
        long asked = dns.questions(NAME);
        await().until(() -> {
            assertThat(ask(loop).await().isSuccess()).isFalse();
            return dns.questions(NAME) > asked;
        });
        assertThat(ask(loop).await().isSuccess()).isFalse();
    }
}
