package dev.sluice.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.route.Origin;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.HandTurnedLoop;
import dev.sluice.gateway.wire.MemoryNetwork;
import dev.sluice.gateway.wire.ScriptedProvider;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses a connection is tried at, in which order and when. The network is in memory, time stands still. */
class DialerTest {
    private static final int PORT = 9001;
    private static final InetAddress V4_A = ip("203.0.113.1");
    private static final InetAddress V4_B = ip("203.0.113.2");
    private static final InetAddress V4_C = ip("203.0.113.3");
    private static final InetAddress V6_A = ip("2001:db8::1");
    private static final InetAddress V6_B = ip("2001:db8::2");

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final HandTurnedLoop time = new HandTurnedLoop();
    private final MemoryNetwork network = new MemoryNetwork(time, buffers);
    private final ScriptedProvider provider = new ScriptedProvider(network, time, PORT);
    private final FixedNames names = new FixedNames();
    private final Dialer dialer = new Dialer(
            time.eventLoop(),
            new Bootstrap()
                    .group(time.eventLoop())
                    .channelFactory(network::newChannel)
                    .disableResolver(),
            names);
    private final Hearing heard = new Hearing();

    @AfterEach
    void everythingIsClosed() {
        network.closeAll();
    }

    private static InetAddress ip(String text) {
        return Objects.requireNonNull(NetUtil.createInetAddressFromIpAddressString(text));
    }

    private static Origin origin(String host) {
        return new Origin(/* tls= */ false, host, PORT, null);
    }

    /** What a dial reported; puts a handler on the winner that says when it becomes active. */
    private static final class Hearing implements Dial.Listener {
        final List<String> events = new ArrayList<>();
        final List<Channel> won = new ArrayList<>();

        @Override
        public void onConnected(Dial dial, Channel channel) {
            events.add("connected");
            won.add(channel);
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelActive(ChannelHandlerContext context) {
                    events.add("active");
                }

                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    events.add("read");
                    ((ByteBuf) message).release();
                }
            });
        }

        @Override
        public void onUnreachable(Dial dial) {
            events.add("unreachable");
        }
    }

    private Dial dial(String host) {
        Dial dial = dialer.dial(origin(host), heard);
        time.settle();
        return dial;
    }

    // ---- order ----------------------------------------------------------------------------------------------------

    @Test
    void familiesTakeTurnsAndIpv6Begins() {
        assertThat(Dialer.order(List.of(V4_A, V4_B, V4_C, V6_A, V6_B), null))
                .containsExactly(V6_A, V4_A, V6_B, V4_B, V4_C);
    }

    @Test
    void whatWorkedLastIsFirst() {
        assertThat(Dialer.order(List.of(V4_A, V4_B, V6_A), V4_B)).containsExactly(V4_B, V6_A, V4_A);
    }

    @Test
    void whatWorkedLastIsForgottenWhenDnsNoLongerNamesIt() {
        assertThat(Dialer.order(List.of(V4_A, V6_A), V4_C)).containsExactly(V6_A, V4_A);
    }

    @Test
    void anAddressThatIsNamedTwiceIsTriedOnce() {
        assertThat(Dialer.order(List.of(V4_A, V4_A, V4_B, V4_A), null)).containsExactly(V4_A, V4_B);
    }

    @Test
    void sixteenOfAThousandAddressesAreTried() {
        List<InetAddress> thousand = IntStream.range(0, 1_000)
                .mapToObj(i -> ip("198.18." + i / 250 + "." + i % 250))
                .toList();
        assertThat(Dialer.order(thousand, thousand.get(500)))
                .hasSize(16)
                .startsWith(thousand.get(500), thousand.get(0), thousand.get(1));
    }

    // ---- names ----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.1", "2001:db8::1"})
    void anAddressIsNoQuestionToDns(String literal) {
        dial(literal);
        assertThat(heard.events).containsExactly("connected", "active");
        assertThat(network.tried()).containsExactly(ip(literal));
        assertThat(names.asked()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "mock.localhost"})
    void localhostIsNoQuestionToDns(String name) {
        network.refuse(NetUtil.LOCALHOST6);
        dial(name);
        assertThat(heard.events).containsExactly("connected", "active");
        assertThat(network.tried()).containsExactly(NetUtil.LOCALHOST6, NetUtil.LOCALHOST4);
        assertThat(names.asked()).isZero();
    }

    @Test
    void aNameThatDoesNotResolveIsUnreachable() {
        dial("nowhere.example");
        assertThat(heard.events).containsExactly("unreachable");
        assertThat(network.tried()).isEmpty();
    }

    @Test
    void aNameWithoutAddressesIsUnreachable() {
        names.answer("host.example", List.of());
        dial("host.example");
        assertThat(heard.events).containsExactly("unreachable");
    }

    @Test
    void aDnsThatIsNotThereAnyMoreIsUnreachable() {
        time.eventLoop().shutdownGracefully();
        Dialer closed = new Dialer(time.eventLoop(), new Bootstrap(), names);
        assertThat(closed.addresses(origin("host.example")).isDone()).isTrue();
        assertThat(closed.addresses(origin("host.example")).cause()).isInstanceOf(IllegalStateException.class);
    }

    // ---- attempts -------------------------------------------------------------------------------------------------

    @Test
    void theWinnerBecomesActiveWhenItHasItsHandlersAndReads() {
        names.answer("host.example", List.of(V4_A));
        dial("host.example");
        provider.last().send("hello");
        assertThat(heard.events).containsExactly("connected", "active", "read");
    }

    @Test
    void aRefusalIsFollowedByTheNextAddressAtOnce() {
        names.answer("host.example", List.of(V6_A, V4_A, V4_B));
        network.refuse(V6_A);
        network.refuse(V4_A);
        dial("host.example");
        assertThat(heard.events).containsExactly("connected", "active");
        assertThat(network.tried()).containsExactly(V6_A, V4_A, V4_B);
    }

    @Test
    void silenceIsFollowedByTheNextAddressAQuarterOfASecondLater() {
        names.answer("host.example", List.of(V6_A, V4_A));
        network.silence(V6_A);
        dial("host.example");
        time.advance(Duration.ofMillis(Dial.HEAD_START_MILLIS - 1));
        assertThat(network.tried()).containsExactly(V6_A);
        time.advance(Duration.ofMillis(1));
        assertThat(network.tried()).containsExactly(V6_A, V4_A);
        assertThat(heard.events).containsExactly("connected", "active");
    }

    @Test
    void oneAddressAfterTheOtherIsTriedWhileNobodyAnswers() {
        names.answer("host.example", List.of(V4_A, V4_B, V4_C));
        network.becomeUnreachable();
        dial("host.example");
        time.advance(Duration.ofMillis(Dial.HEAD_START_MILLIS));
        assertThat(network.tried()).containsExactly(V4_A, V4_B);
        time.advance(Duration.ofMillis(Dial.HEAD_START_MILLIS));
        assertThat(network.tried()).containsExactly(V4_A, V4_B, V4_C);
        time.advance(Duration.ofSeconds(20));
        assertThat(network.tried()).hasSize(3);
        assertThat(heard.events).isEmpty();
    }

    @Test
    void losersAreClosedAndNobodyElseIsTried() {
        int before = network.openChannels();
        names.answer("host.example", List.of(V4_A, V4_B, V4_C));
        network.silence(V4_A);
        dial("host.example");
        time.advance(Duration.ofSeconds(2));
        assertThat(network.tried()).containsExactly(V4_A, V4_B);
        // Both ends of the one that won.
        assertThat(network.openChannels()).isEqualTo(before + 2);
        assertThat(provider.connections()).isEqualTo(1);
        assertThat(heard.won).hasSize(1);
    }

    @Test
    void anAddressThatFailedIsNotTriedFirstAgain() {
        names.answer("host.example", List.of(V6_A, V4_A));
        network.silence(V6_A);
        dial("host.example");
        time.advance(Duration.ofMillis(Dial.HEAD_START_MILLIS));
        dial("host.example");
        assertThat(network.tried()).containsExactly(V6_A, V4_A, V4_A);
        assertThat(heard.won).hasSize(2);
    }

    @Test
    void whenAllRefuseItIsUnreachable() {
        names.answer("host.example", List.of(V6_A, V4_A));
        network.refuse(V6_A);
        network.refuse(V4_A);
        dial("host.example");
        assertThat(heard.events).containsExactly("unreachable");
        assertThat(network.openChannels()).isEqualTo(1);
    }

    @Test
    void theLastRefusalDoesNotEndWhatIsStillUnderWay() {
        names.answer("host.example", List.of(V6_A, V4_A));
        network.silence(V6_A);
        network.refuse(V4_A);
        dial("host.example");
        time.advance(Duration.ofSeconds(2));
        assertThat(network.tried()).containsExactly(V6_A, V4_A);
        assertThat(heard.events).isEmpty();
        time.advance(Duration.ofMillis(Dial.PATIENCE_MILLIS));
        assertThat(heard.events).containsExactly("unreachable");
    }

    @Test
    void afterThirtySecondsOfSilenceItIsUnreachableAndAllIsClosed() {
        names.answer("host.example", List.of(V6_A, V4_A));
        network.becomeUnreachable();
        dial("host.example");
        time.advance(Duration.ofMillis(Dial.PATIENCE_MILLIS - 1));
        assertThat(heard.events).isEmpty();
        assertThat(network.openChannels()).isEqualTo(3);
        time.advance(Duration.ofMillis(1));
        assertThat(heard.events).containsExactly("unreachable");
        assertThat(network.openChannels()).isEqualTo(1);
    }

    @Test
    void theThirtySecondsBeginWithTheQuestionToDns() {
        names.keepQuestions();
        dial("host.example");
        time.advance(Duration.ofMillis(Dial.PATIENCE_MILLIS));
        assertThat(heard.events).containsExactly("unreachable");
        names.release(List.of(V4_A));
        time.settle();
        assertThat(network.tried()).isEmpty();
    }

    @Test
    void aChannelThatCannotBeMadeIsARefusal() {
        Dialer without = new Dialer(
                time.eventLoop(),
                new Bootstrap()
                        .group(time.eventLoop())
                        .channelFactory(() -> {
                            throw new ChannelException("too many open files");
                        })
                        .disableResolver(),
                names);
        names.answer("host.example", List.of(V6_A, V4_A));
        without.dial(origin("host.example"), heard);
        time.settle();
        assertThat(heard.events).containsExactly("unreachable");
    }

    // ---- cancelled ------------------------------------------------------------------------------------------------

    @Test
    void aCancelledDialIsSilentAndClosesWhatItBegan() {
        names.answer("host.example", List.of(V6_A, V4_A, V4_B));
        network.becomeUnreachable();
        Dial dial = dial("host.example");
        time.advance(Duration.ofMillis(Dial.HEAD_START_MILLIS));
        dial.cancel();
        time.advance(Duration.ofMillis(2 * Dial.PATIENCE_MILLIS));
        assertThat(heard.events).isEmpty();
        assertThat(network.tried()).containsExactly(V6_A, V4_A);
        assertThat(network.openChannels()).isEqualTo(1);
    }

    @Test
    void aDialThatIsCancelledWhileDnsIsAskedOpensNothing() {
        names.keepQuestions();
        Dial dial = dial("host.example");
        dial.cancel();
        names.release(List.of(V4_A));
        time.settle();
        assertThat(network.tried()).isEmpty();
        assertThat(heard.events).isEmpty();
    }

    @Test
    void aDialThatIsCancelledAtOnceAsksNobody() {
        dialer.dial(origin("host.example"), heard).cancel();
        time.settle();
        assertThat(names.asked()).isZero();
        assertThat(heard.events).isEmpty();
    }
}
