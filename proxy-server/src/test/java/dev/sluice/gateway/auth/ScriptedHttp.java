package dev.sluice.gateway.auth;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** An issuer without a network: answers what it was told to, and writes down what it was asked. */
final class ScriptedHttp implements IssuerHttp {
    final List<String> asked = new ArrayList<>();
    private final Map<String, String> pages = new ConcurrentHashMap<>();

    /** From now on {@code url} answers with this. */
    ScriptedHttp put(String url, String body) {
        pages.put(url, body);
        return this;
    }

    /** From now on nothing answers. */
    void away() {
        pages.clear();
    }

    @Override
    public boolean allows(URI url) {
        return "https".equals(url.getScheme());
    }

    @Override
    public synchronized Answer get(URI url) throws IOException {
        asked.add(url.toString());
        String page = pages.get(url.toString());
        if (page == null) {
            throw new IOException("nobody answers");
        }
        return new Answer(200, page);
    }

    @Override
    public Answer post(URI url, String form, @Nullable String authorization) throws IOException {
        return get(url);
    }
}
