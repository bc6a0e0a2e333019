package dev.sluice.gateway.cli;

import dev.sluice.gateway.config.GatewayConfig;

/** A model name for a first call: one that surely answers, if there is one. */
final class FirstModel {
    private static final String OF_OPENAI = "gpt-4o-mini";

    private FirstModel() {}

    static String of(GatewayConfig config) {
        if (config.providers().isEmpty()) {
            return GatewayConfig.DEMO_PROVIDER;
        }
        for (String name : config.models().keySet()) {
            if (!name.endsWith("*") && isPlain(name)) {
                return name;
            }
        }
        if (config.models().containsKey("gpt-*")) {
            return OF_OPENAI;
        }
        return config.providers().keySet().iterator().next() + "/MODEL";
    }

    /** Whether {@code name} can stand in a line for the shell without thinking about quotes. */
    private static boolean isPlain(String name) {
        return name.chars().allMatch(c -> Character.isLetterOrDigit(c) || "-_./:@".indexOf(c) >= 0);
    }
}
