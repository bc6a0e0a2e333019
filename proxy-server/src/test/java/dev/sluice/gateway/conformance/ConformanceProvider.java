package dev.sluice.gateway.conformance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A provider that speaks all wire formats, each at its own paths, and answers what the model's name says. Keeps what it
 * was asked last in each of them.
 */
public final class ConformanceProvider implements AutoCloseable {
    static final List<String> FORMATS = List.of("openai", "responses", "anthropic", "gemini", "bedrock", "ollama");

    private static final Pattern MODEL = Pattern.compile("\"model\"\\s*:\\s*\"([^\"]*)\"");
    private static final Pattern STREAM = Pattern.compile("\"stream\"\\s*:\\s*true");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, String> lastBodies = new ConcurrentHashMap<>();

    /** @param port 0 lets the system choose */
    ConformanceProvider(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(threads);
        server.createContext("/openai/v1/chat/completions", call -> body(call, "openai", new OpenAiVoice()));
        server.createContext("/responses/v1/responses", call -> body(call, "responses", new ResponsesVoice()));
        server.createContext("/anthropic/v1/messages", call -> body(call, "anthropic", new AnthropicVoice()));
        server.createContext("/gemini/v1beta/models/", call -> path(call, "gemini", new GeminiVoice(), ":"));
        server.createContext("/bedrock/model/", call -> path(call, "bedrock", new BedrockVoice(), "/"));
        server.createContext("/ollama/api/chat", call -> body(call, "ollama", new OllamaVoice()));
        server.createContext("/scenarios", ConformanceProvider::scenarios);
        server.start();
    }

    /**
     * Serves until it is killed: {@code java ... PORT}. Says first what a gateway's configuration needs, then
     * {@code ready} and the port.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (ConformanceProvider provider = new ConformanceProvider(Integer.parseInt(arguments[0]))) {
            System.out.println(
                    "providers:\n" + provider.providers() + "models:\n" + models() + "ready " + provider.port());
            Thread.currentThread().join();
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** What a gateway's configuration says of it: one provider for each wire format, indented by two. */
    String providers() {
        return line("openai", "openai", "/openai/v1", ", responses: false")
                + line("responses", "openai", "/responses/v1", "")
                + line("anthropic", "anthropic", "/anthropic", "")
                + line("gemini", "gemini", "/gemini", "")
                + line("bedrock", "bedrock", "/bedrock", "")
                + line("ollama", "ollama", "/ollama", "");
    }

    private String line(String name, String dialect, String path, String more) {
        return "  " + name + ": { dialect: " + dialect + ", base_url: \"http://127.0.0.1:" + port() + path
                + "\", api_key: key-of-the-provider, allow_private: true" + more + " }\n";
    }

    /**
     * A name without a slash for each scenario at each provider ({@code openai.text}): some libraries take a name that has
     * one for a path.
     */
    private static String models() {
        StringBuilder lines = new StringBuilder();
        for (String format : FORMATS) {
            for (Scenario scenario : Scenario.asked()) {
                lines.append("  ").append(format).append('.').append(scenario.model());
                lines.append(": ")
                        .append(format)
                        .append('/')
                        .append(scenario.model())
                        .append('\n');
            }
        }
        return lines.toString();
    }

    /** What the provider of {@code format} was asked last. */
    String lastBody(String format) {
        return lastBodies.getOrDefault(format, "");
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void body(HttpExchange call, String format, Voice voice) throws IOException {
        String body = read(call, format);
        Matcher model = MODEL.matcher(body);
        if (!model.find()) {
            refuse(call, "no model");
            return;
        }
        boolean stream = STREAM.matcher(body).find();
        answer(call, voice, model.group(1), body, stream);
    }

    private void path(HttpExchange call, String format, Voice voice, String separator) throws IOException {
        String body = read(call, format);
        String raw = call.getRequestURI().getRawPath();
        String tail = raw.substring(call.getHttpContext().getPath().length());
        int end = tail.lastIndexOf(separator);
        String model = URLDecoder.decode(tail.substring(0, end), StandardCharsets.UTF_8);
        String method = tail.substring(end + 1);
        boolean stream = method.startsWith("stream") || method.endsWith("-stream");
        answer(call, voice, model, body, stream);
    }

    private String read(HttpExchange call, String format) throws IOException {
        String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        lastBodies.put(format, body);
        return body;
    }

    private static void answer(HttpExchange call, Voice voice, String model, String body, boolean stream)
            throws IOException {
        Optional<Scenario> scenario = Scenario.of(model, body);
        if (scenario.isEmpty()) {
            refuse(call, "no scenario is called '" + model + "', or the request lacks what it needs");
        } else if (stream) {
            write(call, voice.streamType(), voice.stream(scenario.get()));
        } else {
            writeJson(call, voice.body(scenario.get()));
        }
    }

    private static void scenarios(HttpExchange call) throws IOException {
        List<String> all = Scenario.asked().stream().map(Scenario::json).toList();
        writeJson(
                call,
                "{\"scenarios\":[" + String.join(",", all) + "],\"loopEnded\":" + Scenario.LOOP_ENDED.json()
                        + ",\"imageBytes\":" + Voice.quoted(Scenario.IMAGE_BYTES) + ",\"toolResult\":"
                        + Voice.quoted(Scenario.TOOL_RESULT) + "}");
    }

    private static void writeJson(HttpExchange call, String body) throws IOException {
        write(call, "application/json", List.of(body.getBytes(StandardCharsets.UTF_8)));
    }

    private static void write(HttpExchange call, String type, List<byte[]> pieces) throws IOException {
        call.getResponseHeaders().set("content-type", type);
        call.sendResponseHeaders(200, 0);
        try (OutputStream out = call.getResponseBody()) {
            for (byte[] piece : pieces) {
                out.write(piece);
                out.flush();
            }
        }
    }

    private static void refuse(HttpExchange call, String why) throws IOException {
        byte[] body = ("{\"error\":{\"message\":" + Voice.quoted(why) + "}}").getBytes(StandardCharsets.UTF_8);
        call.sendResponseHeaders(400, body.length);
        try (OutputStream out = call.getResponseBody()) {
            out.write(body);
        }
    }
}
