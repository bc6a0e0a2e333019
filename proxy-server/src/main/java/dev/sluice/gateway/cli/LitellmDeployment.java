package dev.sluice.gateway.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of LiteLLM's {@code model_list}.
 *
 * @param line where it begins
 * @param group {@code model_name}: what callers ask for; several entries may have the same
 * @param id by which fallbacks may mean this one
 * @param model the provider's own name of the model
 * @param key a reference to the environment; null for none
 * @param share how much of the load it gets
 * @param order lower ones come first; null: none was given
 * @param totalSeconds for a whole answer; null: none was given
 * @param firstTokenSeconds for the first piece of a stream; null: none was given
 * @param abilities what it can do, as our options
 */
record LitellmDeployment(
        int line,
        String group,
        @Nullable String id,
        ImportedConfig.Place place,
        String model,
        @Nullable String key,
        Share share,
        @Nullable Double order,
        @Nullable Double totalSeconds,
        @Nullable Double firstTokenSeconds,
        Map<String, String> abilities) {

    /** The first of these that a deployment of a group has says how its deployments share the load. */
    record Share(
            @Nullable Double weight,
            @Nullable Double rpm,
            @Nullable Double tpm) {}
}
