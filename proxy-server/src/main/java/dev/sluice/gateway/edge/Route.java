package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.gateway.exchange.AccountDesk;
import dev.sluice.gateway.exchange.RawCall;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a method and a path mean: the data plane's table of endpoints. The one place that looks at paths. Thread: any.
 */
sealed interface Route {

    /** A call that is carried to a provider. */
    record Call(CallPath path) implements Route {
        Call(Endpoint endpoint) {
            this(new CallPath(endpoint));
        }
    }

    /** A call that is carried to a provider as it is. */
    record Raw(RawCall call) implements Route {}

    /** @param why the path could mean something else at a provider */
    record BadPath(String why) implements Route {}

    /** {@code GET /v1/models}, {@code GET /v1beta/models}. */
    record Models() implements Route {}

    /** {@code GET /v1/models/{id}}, {@code GET /v1beta/models/{id}}; ids may hold slashes. */
    record Model(String id) implements Route {}

    /**
     * {@code GET /v1/usage}.
     *
     * @param query of the request target, undecoded
     */
    record Usage(String query) implements Route {}

    /** {@code /auth/...}: somebody's own account. */
    record Account(AccountDesk.Action action) implements Route {}

    /** {@code GET /healthz}: the process lives. */
    record Alive() implements Route {}

    /** {@code GET /readyz}: new requests are welcome. */
    record Ready() implements Route {}

    /** A connection that leaves HTTP behind and becomes a WebSocket. */
    sealed interface Socket extends Route {
        /** For usage rows, metrics and the access log. */
        String label();
    }

    /** {@code GET /v1/chat/ws}: many chats on one connection. */
    record ChatSocket() implements Socket {
        @Override
        public String label() {
            return Endpoint.CHAT_COMPLETIONS.label();
        }
    }

    /**
     * {@code GET /v1/realtime}: one session with one provider.
     *
     * @param model as the query names it, decoded; null when it names none
     * @param query the rest of it, undecoded, without credentials; null for none
     */
    record RealtimeSocket(@Nullable String model, @Nullable String query) implements Socket {
        @Override
        public String label() {
            return "realtime";
        }
    }

    /** @param allowed the methods this path answers to */
    record WrongMethod(String allowed) implements Route {}

    record Unknown() implements Route {}

    Route CHAT_COMPLETIONS = new Call(Endpoint.CHAT_COMPLETIONS);
    Route COMPLETIONS = new Call(Endpoint.COMPLETIONS);
    Route EMBEDDINGS = new Call(Endpoint.EMBEDDINGS);
    Route MODERATIONS = new Call(Endpoint.MODERATIONS);
    Route CHAT_SOCKET = new ChatSocket();
    Route MODELS = new Models();
    Route ALIVE = new Alive();
    Route READY = new Ready();
    Route POST_ONLY = new WrongMethod("POST");
    Route GET_ONLY = new WrongMethod("GET, HEAD");
    Route UNKNOWN = new Unknown();
    String MODEL_PREFIX = "/v1/models/";
    String MODEL_PARAMETER = "model=";
    String[] NOTHING = {};
    String GEMINI_PREFIX = "/v1beta/";
    String GEMINI_MODEL_PREFIX = "/v1beta/models/";

    /**
     * @param uri the request target in origin form; a query is kept for usage and for dialects whose clients put
     *     something there
     */
    static Route of(HttpMethod method, String uri) {
        int query = uri.indexOf('?');
        String path = query < 0 ? uri : uri.substring(0, query);
        if (path.startsWith(AccountRoutes.PREFIX)) {
            return AccountRoutes.of(method, path);
        }
        Route found = switch (path) {
            case "/v1/chat/completions" -> CHAT_COMPLETIONS;
            case "/v1/completions" -> COMPLETIONS;
            case "/v1/embeddings" -> EMBEDDINGS;
            case "/v1/moderations" -> MODERATIONS;
            case "/v1/responses" -> new Call(new CallPath(Endpoint.RESPONSES, null, false, query(uri, query)));
            case "/v1/messages" -> new Call(new CallPath(Endpoint.MESSAGES, null, false, query(uri, query)));
            case "/v1/messages/count_tokens" ->
                new Call(new CallPath(Endpoint.MESSAGES_COUNT_TOKENS, null, false, query(uri, query)));
            case "/v1/chat/ws" -> CHAT_SOCKET;
            case "/v1/realtime" -> ofRealtime(query(uri, query));
            case "/v1/models", "/v1beta/models" -> MODELS;
            case "/v1/usage" -> new Usage(query < 0 ? "" : uri.substring(query + 1));
            case "/healthz" -> ALIVE;
            case "/readyz" -> READY;
            default -> {
                Route raw = RawRoutes.of(method, path, query(uri, query));
                yield raw == null ? ofModel(path, query(uri, query)) : raw;
            }
        };
        if (found instanceof Raw || found instanceof BadPath || found instanceof WrongMethod) {
            return found;
        }
        if (found instanceof Call) {
            return method.equals(HttpMethod.POST) ? found : POST_ONLY;
        }
        if (found instanceof Unknown) {
            return found;
        }
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) ? found : GET_ONLY;
    }

    private static Route ofModel(String path, @Nullable String query) {
        String prefix = path.startsWith(GEMINI_PREFIX) ? GEMINI_MODEL_PREFIX : MODEL_PREFIX;
        if (!path.startsWith(prefix) || path.length() == prefix.length()) {
            return UNKNOWN;
        }
        String tail = path.substring(prefix.length());
        int colon = tail.lastIndexOf(':');
        boolean events = hasParameter(query, "alt=sse");
        Endpoint endpoint = colon <= 0 ? null : geminiMethod(tail.substring(colon + 1), events);
        String model = decoded(endpoint == null ? tail : tail.substring(0, colon));
        if (model == null) {
            return UNKNOWN;
        }
        if (endpoint == null) {
            return new Model(model);
        }
        boolean stream = events && tail.startsWith("stream", colon + 1);
        return new Call(new CallPath(endpoint, model, stream, query));
    }

    private static Route ofRealtime(@Nullable String query) {
        String model = null;
        StringBuilder rest = new StringBuilder();
        for (String part : query == null ? NOTHING : query.split("&", -1)) {
            if (part.startsWith(MODEL_PARAMETER)) {
                model = decoded(part.substring(MODEL_PARAMETER.length()));
            } else {
                rest.append(rest.isEmpty() ? "" : "&").append(part);
            }
        }
        return new RealtimeSocket(model, rest.isEmpty() ? null : rest.toString());
    }

    private static @Nullable Endpoint geminiMethod(String name, boolean events) {
        return switch (name) {
            case "generateContent" -> Endpoint.GENERATE_CONTENT;
            case "streamGenerateContent" -> events ? Endpoint.GENERATE_CONTENT : Endpoint.GENERATE_CONTENT_ARRAY;
            case "countTokens" -> Endpoint.GEMINI_COUNT_TOKENS;
            case "embedContent" -> Endpoint.EMBED_CONTENT;
            case "batchEmbedContents" -> Endpoint.BATCH_EMBED_CONTENTS;
            default -> null;
        };
    }

    /** The query without a credential; null when nothing is left of it. */
    private static @Nullable String query(String uri, int mark) {
        if (mark < 0) {
            return null;
        }
        StringBuilder rest = new StringBuilder();
        int from = mark + 1;
        while (from <= uri.length()) {
            int and = uri.indexOf('&', from);
            int to = and < 0 ? uri.length() : and;
            if (to > from && !uri.startsWith("key=", from)) {
                rest.append(rest.isEmpty() ? "" : "&").append(uri, from, to);
            }
            from = to + 1;
        }
        return rest.isEmpty() ? null : rest.toString();
    }

    private static boolean hasParameter(@Nullable String query, String parameter) {
        return query != null && ("&" + query + "&").contains("&" + parameter + "&");
    }

    private static @Nullable String decoded(String text) {
        try {
            // A plus sign is a plus sign in a path.
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
