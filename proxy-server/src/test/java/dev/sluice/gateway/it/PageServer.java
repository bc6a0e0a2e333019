package dev.sluice.gateway.it;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Where a browser gets the page of an application from: one origin, one page, without any secret in it. */
final class PageServer implements AutoCloseable {
    private final HttpServer server;
    private final String host;

    private PageServer(HttpServer server, String host) {
        this.server = server;
        this.host = host;
    }

    /** @param host under which the browser knows this machine: of {@code localhost} and {@code 127.0.0.1} */
    static PageServer start(String host) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        byte[] page = page();
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("content-type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            try (exchange) {
                exchange.getResponseBody().write(page);
            }
        });
        server.start();
        return new PageServer(server, host);
    }

    private static byte[] page() {
        try (InputStream in = requireNonNull(PageServer.class.getResourceAsStream("/browser/page.html"))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As the browser writes it. */
    String origin() {
        return "http://" + host + ":" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
