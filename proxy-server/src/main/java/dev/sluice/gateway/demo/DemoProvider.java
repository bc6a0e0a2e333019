package dev.sluice.gateway.demo;

import java.io.IOException;
import java.net.URI;

/** The built-in demo provider. */
public final class DemoProvider implements AutoCloseable {
    public static final String MODEL = "demo";

    public static DemoProvider start() throws IOException {
        if (System.getProperty("sluice.demo") == null) {
            throw new IOException("no provider is configured");
        }
        return new DemoProvider();
    }

    public URI baseUri() {
        return URI.create("http://127.0.0.1:1/v1");
    }

    public String apiKey() {
        return "";
    }

    @Override
    public void close() {}
}
