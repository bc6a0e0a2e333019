package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Loads configurations that are written in a test, as on a machine that is no container. */
record ConfigText(Path dir, Map<String, String> environment) {

    Loaded load(String yaml) throws ConfigException {
        Path file = dir.resolve("sluice.yaml");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ConfigLoader.load(file, environment, dir, mark -> false);
    }

    GatewayConfig config(String yaml) throws ConfigException {
        return load(yaml).config();
    }

    /** The problems as {@code line:column: path: message}. */
    List<String> problems(String yaml) {
        try {
            Loaded loaded = load(yaml);
            return fail("accepted: " + loaded.config());
        } catch (ConfigException e) {
            return lines(e.problems());
        }
    }

    static GatewayConfig.Provider provider(GatewayConfig config, String name) {
        return Objects.requireNonNull(config.providers().get(name), name);
    }

    static List<GatewayConfig.Target> targets(GatewayConfig config, String model) {
        return Objects.requireNonNull(config.models().get(model), model).targets();
    }

    static List<String> lines(List<Problem> problems) {
        return problems.stream()
                .map(problem -> problem.line() + ":" + problem.column() + ": " + problem.text())
                .toList();
    }
}
