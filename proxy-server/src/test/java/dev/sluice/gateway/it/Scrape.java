package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;

/** Reads {@code /metrics}. */
final class Scrape {
    private Scrape() {}

    /** A figure, by the name and labels it is printed with. */
    static double figure(InetSocketAddress admin, String name) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + admin.getPort() + "/metrics");
        String all;
        try (InputStream in = uri.toURL().openStream()) {
            all = new String(in.readAllBytes(), UTF_8);
        }
        for (String line : all.lines().toList()) {
            if (line.startsWith(name + " ")) {
                return Double.parseDouble(line.substring(name.length() + 1));
            }
        }
        throw new AssertionError("/metrics has no " + name + ":\n" + all);
    }
}
