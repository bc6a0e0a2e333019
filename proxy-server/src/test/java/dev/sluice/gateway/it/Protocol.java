package dev.sluice.gateway.it;

import java.net.InetSocketAddress;

/** How a caller talks to the gateway. */
enum Protocol {
    HTTP_1 {
        @Override
        Answer call(InetSocketAddress gateway, Call call) throws Exception {
            return RawClient.call(gateway, call);
        }
    },
    HTTP_2 {
        @Override
        Answer call(InetSocketAddress gateway, Call call) throws Exception {
            return Http2Client.call(gateway, call);
        }
    };

    abstract Answer call(InetSocketAddress gateway, Call call) throws Exception;
}
