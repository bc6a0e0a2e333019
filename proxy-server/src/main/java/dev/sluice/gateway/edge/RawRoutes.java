package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.RawCall;
import dev.sluice.gateway.exchange.RawEndpoint;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * The part of the data plane's table whose calls pass as they are. Such a path goes on to a provider, with the provider's
 * key: so it must be one that cannot mean another place there. Thread: any.
 */
final class RawRoutes {
    private static final String V1 = "/v1";
    private static final String PASSTHROUGH = "/passthrough/";
    private static final Route POST_ONLY = new Route.WrongMethod("POST");
    private static final Route GET_OR_DELETE = new Route.WrongMethod("GET, DELETE");
    private static final Route GET_ONLY = new Route.WrongMethod("GET");
    private static final Route KNOWN_METHODS = new Route.WrongMethod("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

    private RawRoutes() {}

    /**
     * @param path of the request target, undecoded
     * @param query without credentials
     * @return null when the path is none of these
     */
    static @Nullable Route of(HttpMethod method, String path, @Nullable String query) {
        if (path.startsWith(PASSTHROUGH)) {
            return passthrough(method, path, query);
        }
        RawEndpoint endpoint = endpoint(path);
        if (endpoint == null) {
            return null;
        }
        String reason = misleading(path);
        if (reason != null) {
            return new Route.BadPath(reason);
        }
        Route wrong = wrongMethod(endpoint, method, path);
        if (wrong != null) {
            return wrong;
        }
        String behind = path.substring(V1.length());
        return new Route.Raw(new RawCall(endpoint, method, behind, query, null, id(endpoint, path)));
    }

    /** What is kept at a provider has its id behind the name of its kind. */
    private static @Nullable String id(RawEndpoint endpoint, String path) {
        return switch (endpoint) {
            case FILES, UPLOADS, BATCHES, RESPONSES -> segment(path, 2);
            case MESSAGE_BATCHES -> segment(path, 3);
            case AUDIO_SPEECH,
                    AUDIO_TRANSCRIPTIONS,
                    AUDIO_TRANSLATIONS,
                    AUDIO,
                    IMAGES_GENERATIONS,
                    IMAGES_EDITS,
                    IMAGES_VARIATIONS,
                    IMAGES,
                    PASSTHROUGH -> null;
        };
    }

    private static Route passthrough(HttpMethod method, String path, @Nullable String query) {
        String reason = misleading(path);
        if (reason != null) {
            return new Route.BadPath(reason);
        }
        int slash = path.indexOf('/', PASSTHROUGH.length());
        if (slash <= PASSTHROUGH.length()) {
            return new Route.BadPath("The path must be '/passthrough/{provider}/...'.");
        }
        String provider = path.substring(PASSTHROUGH.length(), slash);
        return isKnown(method)
                ? new Route.Raw(new RawCall(
                        RawEndpoint.PASSTHROUGH, method, path.substring(slash), query, provider, /* id= */ null))
                : KNOWN_METHODS;
    }

    private static @Nullable RawEndpoint endpoint(String path) {
        if (isBelow(path, "/v1/messages/batches")) {
            return RawEndpoint.MESSAGE_BATCHES;
        }
        if (isBelow(path, "/v1/files")) {
            return RawEndpoint.FILES;
        }
        if (isBelow(path, "/v1/uploads")) {
            return RawEndpoint.UPLOADS;
        }
        if (isBelow(path, "/v1/batches")) {
            return RawEndpoint.BATCHES;
        }
        if (path.startsWith("/v1/audio/")) {
            return switch (path) {
                case "/v1/audio/speech" -> RawEndpoint.AUDIO_SPEECH;
                case "/v1/audio/transcriptions" -> RawEndpoint.AUDIO_TRANSCRIPTIONS;
                case "/v1/audio/translations" -> RawEndpoint.AUDIO_TRANSLATIONS;
                default -> RawEndpoint.AUDIO;
            };
        }
        if (path.startsWith("/v1/images/")) {
            return switch (path) {
                case "/v1/images/generations" -> RawEndpoint.IMAGES_GENERATIONS;
                case "/v1/images/edits" -> RawEndpoint.IMAGES_EDITS;
                case "/v1/images/variations" -> RawEndpoint.IMAGES_VARIATIONS;
                default -> RawEndpoint.IMAGES;
            };
        }
        return path.startsWith("/v1/responses/") && isResponse(path) ? RawEndpoint.RESPONSES : null;
    }

    private static boolean isBelow(String path, String prefix) {
        return path.equals(prefix) || path.startsWith(prefix + "/");
    }

    /** {@code /v1/responses/{id}} and what is known below it. */
    private static boolean isResponse(String path) {
        String below = tail(path);
        return segment(path, 2) != null && (below == null || below.equals("input_items") || below.equals("cancel"));
    }

    /** What stands behind {@code /v1/responses/{id}/}; null when nothing does. */
    private static @Nullable String tail(String path) {
        int slash = path.indexOf('/', "/v1/responses/".length());
        return slash < 0 ? null : path.substring(slash + 1);
    }

    private static @Nullable Route wrongMethod(RawEndpoint endpoint, HttpMethod method, String path) {
        return switch (endpoint) {
            case AUDIO_SPEECH,
                    AUDIO_TRANSCRIPTIONS,
                    AUDIO_TRANSLATIONS,
                    AUDIO,
                    IMAGES_GENERATIONS,
                    IMAGES_EDITS,
                    IMAGES_VARIATIONS,
                    IMAGES -> method.equals(HttpMethod.POST) ? null : POST_ONLY;
            case FILES, UPLOADS, BATCHES, MESSAGE_BATCHES, PASSTHROUGH -> isKnown(method) ? null : KNOWN_METHODS;
            case RESPONSES -> wrongMethodOfResponse(method, tail(path));
        };
    }

    private static @Nullable Route wrongMethodOfResponse(HttpMethod method, @Nullable String tail) {
        if (tail == null) {
            return method.equals(HttpMethod.GET) || method.equals(HttpMethod.DELETE) ? null : GET_OR_DELETE;
        }
        if (tail.equals("cancel")) {
            return method.equals(HttpMethod.POST) ? null : POST_ONLY;
        }
        return method.equals(HttpMethod.GET) ? null : GET_ONLY;
    }

    private static boolean isKnown(HttpMethod method) {
        return switch (method.name()) {
            case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" -> true;
            default -> false;
        };
    }

    /** The segment with {@code index} from 0; null when the path has none, or an empty one. */
    private static @Nullable String segment(String path, int index) {
        int from = 1;
        for (int i = 0; i < index; i++) {
            int slash = path.indexOf('/', from);
            if (slash < 0) {
                return null;
            }
            from = slash + 1;
        }
        int end = path.indexOf('/', from);
        String found = path.substring(from, end < 0 ? path.length() : end);
        return found.isEmpty() ? null : found;
    }

    /**
     * Why the path might mean one place here and another one there; null when it cannot. Servers decode, fold and merge
     * segments before or after they look at them: none of what they disagree about passes.
     */
    private static @Nullable String misleading(String path) {
        if (path.contains("//")) {
            return "The path must not have empty segments or name a host.";
        }
        if (path.indexOf('\\') >= 0) {
            return "The path must not have backslashes.";
        }
        for (int i = path.indexOf('%'); i >= 0; i = path.indexOf('%', i + 1)) {
            int code = i + 2 < path.length() ? hex(path.charAt(i + 1)) * 16 + hex(path.charAt(i + 2)) : -1;
            boolean folds = code < 0x20 || code == 0x7F || code == '/' || code == '\\' || code == '%' || code == '.';
            if (folds) {
                return "The path must not have encoded slashes, dots, percent signs or control characters.";
            }
        }
        for (String segment : path.split("/", -1)) {
            int parameters = segment.indexOf(';');
            String name = parameters < 0 ? segment : segment.substring(0, parameters);
            if (name.equals(".") || name.equals("..")) {
                return "The path must not have '.' or '..' segments.";
            }
        }
        return null;
    }

    /** A number so small that no sum with it is a character, for what is no digit. */
    private static int hex(char digit) {
        int value = Character.digit(digit, 16);
        return value < 0 || digit > 'f' ? -256 * 16 : value;
    }
}
