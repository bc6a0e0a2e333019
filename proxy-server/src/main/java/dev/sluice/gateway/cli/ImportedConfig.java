package dev.sluice.gateway.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configuration of ours that was made from another program's, before it is written. Texts are as the file has them: with
 * references to the environment, and with other dollar signs doubled.
 *
 * @param providers by name
 * @param breaker of every provider; null: the usual one
 */
record ImportedConfig(
        @Nullable String adminToken,
        @Nullable String databaseUrl,
        Map<String, Provider> providers,
        @Nullable Breaker breaker,
        List<Model> models) {

    /** Several keys of one place share its load. */
    record Provider(Place place, List<String> keys) {
        Provider {
            keys = List.copyOf(keys);
        }
    }

    /** @param wanted what to call a provider there */
    record Place(
            String wanted,
            String dialect,
            @Nullable String quirks,
            String baseUrl,
            @Nullable String apiVersion,
            boolean allowPrivate,
            @Nullable String serviceAccount,
            @Nullable Aws aws) {

        Place called(String name) {
            return new Place(name, dialect, quirks, baseUrl, apiVersion, allowPrivate, serviceAccount, aws);
        }
    }

    record Aws(
            String region,
            String accessKeyId,
            String secretAccessKey,
            @Nullable String sessionToken) {}

    /** Null where nothing was said. */
    record Breaker(@Nullable Integer failures, @Nullable String open) {}

    /**
     * @param route null: the usual one
     * @param total a duration, as {@code firstToken}; null: the usual one
     * @param attempts null: as many as there are targets
     */
    record Model(
            String name,
            @Nullable String route,
            List<Target> targets,
            @Nullable String total,
            @Nullable String firstToken,
            @Nullable Integer attempts) {

        Model called(String other) {
            return new Model(other, route, targets, total, firstToken, attempts);
        }
    }

    /**
     * @param weight 0: not written
     * @param abilities by the name of the option
     */
    record Target(String provider, String model, int weight, Map<String, String> abilities) {}
}
