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
        String all = all(admin);
        for (String line : all.lines().toList()) {
            if (line.startsWith(name + " ")) {
                return Double.parseDouble(line.substring(name.length() + 1));
            }
        }
        throw new AssertionError("/metrics has no " + name + ":\n" + all);
    }

    /** All figures of a family with this among their labels, added up. */
    static double sum(InetSocketAddress admin, String family, String label) throws IOException {
        double sum = 0;
        for (String line : all(admin).lines().toList()) {
            if (line.startsWith(family + "{") && line.contains(label)) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    private static String all(InetSocketAddress admin) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + admin.getPort() + "/metrics");
        try (InputStream in = uri.toURL().openStream()) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
