package dev.sluice.gateway.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** Addresses at which no request ever arrives: one for each fault that is {@link Fault.Moment#UNREACHABLE}. */
final class DeadEnds implements AutoCloseable {
    /** Has a port and does not listen there, so that nobody else can. */
    private final Socket deaf = new Socket();

    private final ScriptedProvider untrusted;

    private final Map<Fault, URI> addresses;

    /** @param directory for certificates */
    DeadEnds(Path directory) throws Exception {
        deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        untrusted = ScriptedProvider.startTls(
                TestCertificates.server(new TestCertificates(directory).untrusted()), "http/1.1");
        addresses = Map.of(
                Fault.REFUSED, URI.create("http://127.0.0.1:" + deaf.getLocalPort()),
                Fault.UNKNOWN_HOST, URI.create("http://nobody.invalid"),
                Fault.UNTRUSTED, URI.create("https://localhost:" + untrusted.port()));
    }

    /** By fault; without a path. */
    Map<Fault, URI> addresses() {
        return addresses;
    }

    /** Whether nobody was trusted with a request. */
    boolean heardNothing() {
        return untrusted.scripts().requests().isEmpty();
    }

    @Override
    public void close() throws IOException {
        untrusted.close();
        deaf.close();
    }
}
