package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.Endpoint;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * What a method and a path mean: the data plane's table of endpoints. The one place that looks at paths. Thread: any.
 */
sealed interface Route {

    /** A call that is carried to a provider. */
    record Call(Endpoint endpoint) implements Route {}

    /** {@code GET /v1/models}. */
    record Models() implements Route {}

    /** {@code GET /v1/models/{id}}; ids may hold slashes. */
    record Model(String id) implements Route {}

    /**
     * {@code GET /v1/usage}.
     *
     * @param query of the request target, undecoded
     */
    record Usage(String query) implements Route {}

    /** {@code GET /healthz}: the process lives. */
    record Alive() implements Route {}

    /** {@code GET /readyz}: new requests are welcome. */
    record Ready() implements Route {}

    /** @param allowed the methods this path answers to */
    record WrongMethod(String allowed) implements Route {}

    record Unknown() implements Route {}

    Route CHAT_COMPLETIONS = new Call(Endpoint.CHAT_COMPLETIONS);
    Route COMPLETIONS = new Call(Endpoint.COMPLETIONS);
    Route EMBEDDINGS = new Call(Endpoint.EMBEDDINGS);
    Route MODERATIONS = new Call(Endpoint.MODERATIONS);
    Route MODELS = new Models();
    Route ALIVE = new Alive();
    Route READY = new Ready();
    Route POST_ONLY = new WrongMethod("POST");
    Route GET_ONLY = new WrongMethod("GET, HEAD");
    Route UNKNOWN = new Unknown();
    String MODEL_PREFIX = "/v1/models/";

    /** @param uri the request target in origin form; a query is kept for usage and ignored elsewhere */
    static Route of(HttpMethod method, String uri) {
        int query = uri.indexOf('?');
        String path = query < 0 ? uri : uri.substring(0, query);
        Route found = switch (path) {
            case "/v1/chat/completions" -> CHAT_COMPLETIONS;
            case "/v1/completions" -> COMPLETIONS;
            case "/v1/embeddings" -> EMBEDDINGS;
            case "/v1/moderations" -> MODERATIONS;
            case "/v1/models" -> MODELS;
            case "/v1/usage" -> new Usage(query < 0 ? "" : uri.substring(query + 1));
            case "/healthz" -> ALIVE;
            case "/readyz" -> READY;
            default ->
                path.startsWith(MODEL_PREFIX) && path.length() > MODEL_PREFIX.length()
                        ? model(path.substring(MODEL_PREFIX.length()))
                        : UNKNOWN;
        };
        if (found instanceof Call) {
            return method.equals(HttpMethod.POST) ? found : POST_ONLY;
        }
        if (found instanceof Unknown) {
            return found;
        }
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) ? found : GET_ONLY;
    }

    private static Route model(String tail) {
        try {
            // A plus sign is a plus sign in a path.
            return new Model(URLDecoder.decode(tail.replace("+", "%2B"), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return UNKNOWN;
        }
    }
}
