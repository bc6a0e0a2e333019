package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.gateway.config.GatewayConfig;
import io.netty.channel.epoll.Epoll;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransportsTest {
    private static GatewayConfig.Server server(GatewayConfig.Transport transport, boolean reusePort) {
        return new GatewayConfig.Server(
                new GatewayConfig.Address("127.0.0.1", 0),
                null,
                transport,
                reusePort,
                1,
                Duration.ZERO,
                Duration.ZERO,
                List.of(),
                GatewayConfig.Limits.DEFAULT);
    }

    @Test
    void byItselfItIsEpollWhereThereIsOne() {
        assertThat(Transports.choose(server(GatewayConfig.Transport.AUTO, false)))
                .isEqualTo(Epoll.isAvailable() ? Transports.EPOLL : Transports.NIO);
        assertThat(Transports.choose(server(GatewayConfig.Transport.NIO, false)))
                .isEqualTo(Transports.NIO);
    }

    @Test
    void anAddressIsNotSharedOverNio() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Transports.choose(server(GatewayConfig.Transport.NIO, true)))
                .withMessage("server.reuse_port: 'true' is not possible with the transport nio; allowed are epoll and"
                        + " io_uring, on systems that have them");
    }

    @Test
    void goesOnWithoutIoUringWhereItIsNotToBeHad() {
        assertThat(Transports.ioUring(new UnsupportedOperationException("io_uring_setup: Operation not permitted")))
                .isEqualTo(Transports.choose(server(GatewayConfig.Transport.AUTO, false)));
        assertThat(Transports.ioUring(null)).isEqualTo(Transports.IO_URING);
    }
}
