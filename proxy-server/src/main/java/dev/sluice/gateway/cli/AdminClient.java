package dev.sluice.gateway.cli;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Talks to the admin API of a running gateway. One request at a time; failures are messages for people. */
final class AdminClient {
    static final String DEFAULT = "http://127.0.0.1:8081";

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private final String base;
    private final @Nullable String token;

    /** @param etag the version of what the body shows; null for none */
    record Answer(String body, @Nullable String etag) {
        /** @throws CommandFailedException when it is something else */
        Map<String, @Nullable Object> object() throws CommandFailedException {
            try {
                return JsonTree.object(body);
            } catch (IOException e) {
                throw new CommandFailedException("the admin API answered something else than a JSON object", e);
            }
        }
    }

    /**
     * @param base scheme and authority, without a slash at its end
     * @param token null: none is sent
     * @throws IllegalArgumentException when there is no such address, or the token cannot be sent
     */
    AdminClient(String base, @Nullable String token) {
        this.base = base;
        this.token = token;
        HttpRequest trial = request("/").GET().build();
        if (trial.uri().getHost() == null) {
            throw new IllegalArgumentException("no host");
        }
    }

    /** @param path with the query, encoded */
    Answer get(String path) throws CommandFailedException, InterruptedException {
        return ask(request(path).GET().build(), "");
    }

    /** The same, in the form {@code mediaType}. */
    Answer get(String path, String mediaType) throws CommandFailedException, InterruptedException {
        return ask(request(path).setHeader("accept", mediaType).GET().build(), "");
    }

    /**
     * Makes something new, once for each key: whoever asks again with the same key gets the first answer.
     *
     * @param idempotencyKey visible ASCII
     */
    Answer create(String path, Map<String, ?> body, String idempotencyKey)
            throws CommandFailedException, InterruptedException {
        HttpRequest.Builder request;
        try {
            request = request(path).header("idempotency-key", idempotencyKey);
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException("--idempotency-key must be visible ASCII", e);
        }
        return ask(
                request.POST(json(body)).build(),
                "; whether it was made is not known: with --idempotency-key " + idempotencyKey
                        + " asking again is harmless");
    }

    Answer post(String path, Map<String, ?> body) throws CommandFailedException, InterruptedException {
        return ask(request(path).POST(json(body)).build(), "");
    }

    /** @param etag of what is changed, as it was seen */
    Answer change(String path, Map<String, ?> body, @Nullable String etag)
            throws CommandFailedException, InterruptedException {
        HttpRequest.Builder request = request(path).method("PATCH", json(body));
        return ask((etag == null ? request : request.header("if-match", etag)).build(), "");
    }

    void delete(String path) throws CommandFailedException, InterruptedException {
        ask(request(path).DELETE().build(), "");
    }

    private static BodyPublisher json(Map<String, ?> body) {
        return BodyPublishers.ofString(JsonTree.write(body));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(ANSWER_TIMEOUT)
                .header("accept", "application/json")
                .header("content-type", "application/json");
        return token == null ? request : request.header("authorization", "Bearer " + token);
    }

    private Answer ask(HttpRequest request, String ifItBreaks) throws CommandFailedException, InterruptedException {
        String where = request.uri().getScheme() + "://" + request.uri().getRawAuthority();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build()) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            int status = response.statusCode();
            if (status >= 200 && status < 300) {
                return new Answer(
                        response.body(), response.headers().firstValue("etag").orElse(null));
            }
            if (status == 401) {
                throw new CommandFailedException(
                        "the admin API at " + where + " refused the token; set SLUICE_ADMIN_TOKEN to admin.token");
            }
            throw new CommandFailedException(
                    "the admin API at " + where + " answered " + status + message(response.body()));
        } catch (ConnectException e) {
            throw new CommandFailedException(
                    "no answer from the admin API at " + where + "; is the gateway running? (--admin, SLUICE_ADMIN)",
                    e);
        } catch (HttpTimeoutException e) {
            throw new CommandFailedException("the admin API at " + where + " did not answer in time" + ifItBreaks, e);
        } catch (IOException e) {
            throw new CommandFailedException("the connection to the admin API at " + where + " broke" + ifItBreaks, e);
        }
    }

    /** The {@code message} of an error of the admin API, if it is one. */
    private static String message(String body) throws IOException {
        try {
            String message = ErrorMessage.parse(body);
            return message == null ? "" : ": " + UsageText.printable(message);
        } catch (JacksonException e) {
            return "";
        }
    }
}
