package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The relays that every machine can have: they pass bytes on and do nothing else of what a gateway does, so they are what
 * relaying costs at least. Thread: one.
 */
final class Relays {
    private static final int START_SECONDS = 20;

    private final Path directory;
    private final int providerPort;

    /** @param directory for configurations and logs */
    Relays(Path directory, int providerPort) {
        this.directory = directory;
        this.providerPort = providerPort;
    }

    /** First line of what a program says of its version; null when there is no such program. */
    static @Nullable String version(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), UTF_8);
            process.waitFor(10, TimeUnit.SECONDS);
            return text.lines().findFirst().orElse("");
        } catch (IOException e) {
            return null;
        }
    }

    Target nginx(String version) throws IOException, InterruptedException {
        int port = Answering.freePort();
        Path home = Files.createDirectories(directory.resolve("nginx"));
        Path configuration = Files.writeString(
                home.resolve("nginx.conf"), """
                daemon off;
                master_process on;
                worker_processes 1;
                worker_rlimit_nofile 20000;
                pid %1$s/nginx.pid;
                error_log %1$s/error.log warn;
                %4$s
                events { worker_connections 19000; }
                http {
                  access_log off;
                  client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                  tcp_nodelay on;
                  keepalive_requests 1000000000;
                  keepalive_timeout 600s;
                  upstream provider {
                    server 127.0.0.1:%3$d;
                    keepalive 512;
                    keepalive_requests 1000000000;
                    keepalive_timeout 600s;
                  }
                  server {
                    listen 127.0.0.1:%2$d backlog=8192;
                    location / {
                      proxy_pass http://provider;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_buffering off;
                      proxy_read_timeout 600s;
                    }
                  }
                }
                """.formatted(home, port, providerPort, isRoot() ? "user root;" : ""));
        Child child = Child.start("nginx", home, Map.of(), List.of("nginx", "-c", configuration.toString()));
        return answering(
                "nginx",
                port,
                child,
                version + ", one worker, upstream keep-alive 512, `proxy_buffering off`, no access log; relays bytes");
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    Target haproxy(String version) throws IOException, InterruptedException {
        int port = Answering.freePort();
        Path home = Files.createDirectories(directory.resolve("haproxy"));
        Path configuration = Files.writeString(home.resolve("haproxy.cfg"), """
                global
                  nbthread 1
                  maxconn 9000
                defaults
                  mode http
                  maxconn 9000
                  option http-keep-alive
                  option http-no-delay
                  http-reuse always
                  timeout connect 5s
                  timeout client 600s
                  timeout server 600s
                  timeout http-keep-alive 600s
                frontend callers
                  bind 127.0.0.1:%d backlog 8192
                  default_backend provider
                backend provider
                  server only 127.0.0.1:%d pool-max-conn -1 pool-purge-delay 600s
                """.formatted(port, providerPort));
        Child child = Child.start("haproxy", home, Map.of(), List.of("haproxy", "-db", "-f", configuration.toString()));
        return answering(
                "HAProxy",
                port,
                child,
                version
                        + ", one thread, `http-reuse always`, `option http-no-delay` (without it, it holds chunks back),"
                        + " no log; relays bytes");
    }

    private static Target answering(String name, int port, Child child, String what)
            throws IOException, InterruptedException {
        Target target = new Target(
                name, URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"), List.of(), child, what);
        try {
            Answering.await(target, child, START_SECONDS);
            return target;
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.close();
            throw e;
        }
    }
}
