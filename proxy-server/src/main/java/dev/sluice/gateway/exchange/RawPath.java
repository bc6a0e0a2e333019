package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.route.Provider;
import dev.sluice.gateway.route.Serving;
import org.jspecify.annotations.Nullable;

/**
 * Where at a provider a call that passes as it is goes: beside the endpoint of the dialect that such calls belong to, or
 * behind the base URL when the caller named the provider. Thread: any.
 *
 * @param dialect in which the provider tells its errors
 * @param target of the request, the base URL's own path included
 */
record RawPath(ProviderDialect dialect, String target) {

    /**
     * Finds it.
     *
     * @param model the provider's name of it; empty where the call names none
     * @return null when the provider has no such endpoint
     */
    static @Nullable RawPath of(RawCall call, Provider provider, String model) {
        Endpoint home = call.endpoint().home();
        if (home == null) {
            return new RawPath(provider.dialect(), provider.pathPrefix() + call.path() + query("", call.query()));
        }
        Serving serving = provider.serving(home);
        if (serving == null || !serving.isNative(home)) {
            return null;
        }
        ProviderDialect dialect = serving.dialect();
        String beside = dialect.path(home, model, /* stream= */ false);
        int mark = beside.indexOf('?');
        String path = mark < 0 ? beside : beside.substring(0, mark);
        String name = name(call.endpoint());
        if (!path.endsWith(name) || (model.isEmpty() && needsModel(dialect, home))) {
            return null;
        }
        String folder = path.substring(0, path.length() - name.length());
        String own = mark < 0 ? "" : beside.substring(mark);
        return new RawPath(dialect, provider.pathPrefix() + folder + call.path() + query(own, call.query()));
    }

    private static boolean needsModel(ProviderDialect dialect, Endpoint home) {
        return !dialect.path(home, "a", /* stream= */ false).equals(dialect.path(home, "b", /* stream= */ false));
    }

    /** How the endpoint beside is called at the end of its path. */
    private static String name(RawEndpoint endpoint) {
        return switch (endpoint) {
            case MESSAGE_BATCHES -> "/messages";
            case RESPONSES -> "/responses";
            case AUDIO_SPEECH,
                    AUDIO_TRANSCRIPTIONS,
                    AUDIO_TRANSLATIONS,
                    AUDIO,
                    IMAGES_GENERATIONS,
                    IMAGES_EDITS,
                    IMAGES_VARIATIONS,
                    IMAGES,
                    FILES,
                    UPLOADS,
                    BATCHES,
                    PASSTHROUGH -> "/chat/completions";
        };
    }

    /** @param own with its question mark; empty for none */
    private static String query(String own, @Nullable String asked) {
        if (asked == null) {
            return own;
        }
        return own.isEmpty() ? "?" + asked : own + "&" + asked;
    }
}
