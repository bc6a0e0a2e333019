package dev.sluice.gateway.it;

import dev.sluice.gateway.conformance.Scenario;
import dev.sluice.gateway.conformance.Voice;
import java.util.List;
import java.util.Locale;

/** A wire format that a provider speaks: how it is configured, and scripts that speak it. */
enum ProviderFormat {
    OPENAI("openai", ", responses: false", "gpt-4o"),
    RESPONSES("openai", "", "gpt-4o"),
    ANTHROPIC("anthropic", "", "claude-x"),
    GEMINI("gemini", "", "gemini-x"),
    BEDROCK("bedrock", "", "amazon.nova"),
    OLLAMA("ollama", "", "llama");

    private final String dialect;
    private final String options;
    private final String modelPrefix;

    ProviderFormat(String dialect, String options, String modelPrefix) {
        this.dialect = dialect;
        this.options = options;
        this.modelPrefix = modelPrefix;
    }

    /** The name of its provider in the configuration. */
    String provider() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** One provider for each format, all of them the scripted one, each below a path of its own. */
    static String entries() {
        StringBuilder entries = new StringBuilder();
        for (ProviderFormat format : values()) {
            entries.append(format.entry("", "${PROVIDER_URL}"));
        }
        return entries.toString();
    }

    /** A provider of this format at {@code address}, called {@code prefix} and its own name. */
    String entry(String prefix, String address) {
        return "  " + prefix + provider() + ": { dialect: " + dialect + ", base_url: \"" + address + "/" + provider()
                + "\", api_key: \"${PROVIDER_KEY}\", allow_private: true" + options + " }\n";
    }

    /** The name to ask the gateway for, to be answered by {@code script}. */
    String model(Rig rig, Script script) {
        return model(rig.scripts(), script);
    }

    Voice voice() {
        return Voice.of(provider());
    }

    String model(ScriptedProvider.Scripts scripts, Script script) {
        return provider() + "/" + scripts.addAs(modelPrefix + "-", script);
    }

    /** The head of a stream. */
    Script streamHead() {
        return Script.head(200, "content-type", voice().streamType(), "x-request-id", "req_of_provider");
    }

    /** Says the first {@code pieces} of a streamed answer. */
    Script begin(Scenario scenario, int pieces) {
        List<byte[]> all = voice().stream(scenario);
        return wire -> {
            streamHead().play(wire);
            for (byte[] piece : all.subList(0, pieces)) {
                wire.write(piece);
            }
        };
    }

    /** Says a whole streamed answer. */
    Script stream(Scenario scenario) {
        return Script.of(begin(scenario, voice().stream(scenario).size()), Script.end());
    }

    /** Says an answer that is no stream. */
    Script whole(Scenario scenario) {
        return Script.json(200, voice().body(scenario));
    }

    /** How many pieces at the end of a stream have to be missing for it to be unfinished. */
    int piecesOfTheEnd() {
        return switch (this) {
            // Finish, usage and marker; reason and stop.
            case OPENAI -> 3;
            case ANTHROPIC, BEDROCK -> 2;
            case RESPONSES, GEMINI, OLLAMA -> 1;
        };
    }

    /** Says that it is overloaded, where an event, a frame or a line should be. */
    Script failure(String sentence) {
        return Script.send(voice().failure(sentence), Split.WHOLE);
    }
}
