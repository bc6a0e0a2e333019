package dev.sluice.gateway.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Who talks to the admin plane. */
final class Operator {
    private Operator() {}

    static HttpResponse<String> get(InetSocketAddress admin, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(admin, path)));
    }

    static HttpResponse<String> post(InetSocketAddress admin, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(admin, path)).POST(HttpRequest.BodyPublishers.noBody()));
    }

    static HttpResponse<String> put(InetSocketAddress admin, String path, String json)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(admin, path)).PUT(HttpRequest.BodyPublishers.ofString(json)));
    }

    static HttpResponse<String> delete(InetSocketAddress admin, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(admin, path)).DELETE());
    }

    private static URI uri(InetSocketAddress admin, String path) {
        return URI.create("http://127.0.0.1:" + admin.getPort() + path);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
