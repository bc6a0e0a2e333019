package dev.sluice.gateway.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A browser's DevTools protocol: numbered calls over one WebSocket, and events in between. Everything that comes is kept;
 * the body of each answer that a page got is asked for as soon as it is whole. Thread: any.
 */
final class Devtools implements WebSocket.Listener, AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_SECONDS = 30;

    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final StringBuffer everything = new StringBuffer();
    private final StringBuilder message = new StringBuilder();
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final Object sending = new Object();

    Devtools(URI address) {
        socket = client.newWebSocketBuilder().buildAsync(address, this).join();
    }

    /**
     * Calls and waits for the result.
     *
     * @param session of a tab; null: of the browser
     */
    JsonNode call(@Nullable String session, String method, Map<String, Object> parameters) throws Exception {
        JsonNode answer = send(session, method, parameters).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (answer.has("error")) {
            throw new AssertionError(method + ": " + answer.get("error"));
        }
        return answer.get("result");
    }

    private CompletableFuture<JsonNode> send(@Nullable String session, String method, Map<String, Object> parameters) {
        int number = numbers.incrementAndGet();
        ObjectNode call = JSON.createObjectNode().put("id", number).put("method", method);
        call.set("params", JSON.valueToTree(parameters));
        if (session != null) {
            call.put("sessionId", session);
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(number, answer);
        synchronized (sending) {
            socket.sendText(call.toString(), true).join();
        }
        return answer;
    }

    /** All that the browser has told, events and bodies included. */
    String everything() {
        return everything.toString();
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        message.append(data);
        if (last) {
            String text = message.toString();
            message.setLength(0);
            everything.append(text).append('\n');
            hear(text);
        }
        from.request(1);
        return null;
    }

    private void hear(String text) {
        JsonNode told;
        try {
            told = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
        if (told.has("id")) {
            CompletableFuture<JsonNode> answer = waiting.remove(told.get("id").asInt());
            if (answer != null) {
                answer.complete(told);
            }
        } else if (told.path("method").asText().equals("Network.loadingFinished")) {
            String session = told.path("sessionId").asText();
            Object request = told.path("params").path("requestId").asText();
            Thread.ofVirtual().start(() -> askForBody(session, request));
        }
    }

    /** What comes is kept with everything else. */
    private void askForBody(String session, Object request) {
        try {
            send(session, "Network.getResponseBody", Map.of("requestId", request));
        } catch (CompletionException closed) {
            everything.append("closed before the body of ").append(request).append('\n');
        }
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        waiting.values().forEach(answer -> answer.completeExceptionally(error));
    }

    @Override
    public void close() {
        socket.abort();
        client.shutdownNow();
    }
}
