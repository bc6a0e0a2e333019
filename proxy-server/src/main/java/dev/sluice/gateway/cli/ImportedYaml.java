package dev.sluice.gateway.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.cli.ImportedConfig.Model;
import dev.sluice.gateway.cli.ImportedConfig.Place;
import dev.sluice.gateway.cli.ImportedConfig.Target;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes an imported configuration as a file for people: with what was lost at its top. */
final class ImportedYaml {
    /** What YAML, or somebody who reads it in an older version of it, would not take for a text. */
    private static final Set<String> NO_TEXTS = Set.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");

    private final StringBuilder out = new StringBuilder(4096);

    private ImportedYaml() {}

    /** @param origin the file it was made from */
    static String write(
            ImportedConfig config, String origin, Collection<String> variables, List<ImportNotes.Note> notes) {
        ImportedYaml yaml = new ImportedYaml();
        yaml.head(origin, variables, notes);
        yaml.config(config);
        return yaml.out.toString();
    }

    private void head(String origin, Collection<String> variables, List<ImportNotes.Note> notes) {
        line("# Made from " + UsageText.printable(origin) + " by `sluice import litellm`.");
        if (!variables.isEmpty()) {
            line("#");
            line("# Set these variables first:");
            variables.forEach(name -> line("#   " + name));
        }
        if (!notes.isEmpty()) {
            line("#");
            line("# Lost, or not quite the same, by its lines:");
            for (ImportNotes.Note note : notes) {
                line("#   " + (note.line() == 0 ? "" : note.line() + ": ") + note.text());
            }
        }
    }

    private void config(ImportedConfig config) {
        if (config.adminToken() != null) {
            line("");
            line("admin:");
            entry("  token", config.adminToken());
        }
        if (config.databaseUrl() != null) {
            line("");
            line("database:");
            entry("  url", config.databaseUrl());
        }
        line("");
        line("providers:");
        config.providers().forEach((name, provider) -> provider(name, provider, config.breaker()));
        if (!config.models().isEmpty()) {
            line("");
            line("models:");
            config.models().forEach(this::model);
        }
    }

    private void provider(String name, ImportedConfig.Provider provider, ImportedConfig.@Nullable Breaker breaker) {
        Place place = provider.place();
        line("  " + text(name) + ":");
        entry("    dialect", place.dialect());
        entry("    quirks", place.quirks());
        entry("    base_url", place.baseUrl());
        entry("    api_version", place.apiVersion());
        if (provider.keys().size() == 1) {
            entry("    api_key", provider.keys().getFirst());
        } else if (!provider.keys().isEmpty()) {
            line("    api_keys: ["
                    + provider.keys().stream().map(ImportedYaml::text).collect(Collectors.joining(", ")) + "]");
        }
        if (place.aws() != null) {
            line("    aws:");
            entry("      region", place.aws().region());
            entry("      access_key_id", place.aws().accessKeyId());
            entry("      secret_access_key", place.aws().secretAccessKey());
            entry("      session_token", place.aws().sessionToken());
        }
        entry("    service_account", place.serviceAccount());
        if (place.allowPrivate()) {
            line("    allow_private: true");
        }
        if (breaker != null) {
            List<String> options = new ArrayList<>();
            if (breaker.failures() != null) {
                options.add("failures: " + breaker.failures());
            }
            if (breaker.open() != null) {
                options.add("open: " + breaker.open());
            }
            flow("    breaker", options);
        }
    }

    private void model(Model model) {
        Target first = model.targets().getFirst();
        boolean isShort = model.targets().size() == 1
                && first.abilities().isEmpty()
                && model.total() == null
                && model.firstToken() == null
                && model.attempts() == null;
        if (isShort) {
            entry("  " + text(model.name()), address(first));
            return;
        }
        line("  " + text(model.name()) + ":");
        entry("    route", model.route());
        line("    targets:");
        model.targets().forEach(this::target);
        timeouts(model);
        if (model.attempts() != null) {
            line("    retry: { attempts: " + model.attempts() + " }");
        }
    }

    private void target(Target target) {
        StringBuilder entry = new StringBuilder("      - { model: ").append(text(address(target)));
        if (target.weight() > 0) {
            entry.append(", weight: ").append(target.weight());
        }
        target.abilities()
                .forEach((ability, value) ->
                        entry.append(", ").append(ability).append(": ").append(value));
        line(entry.append(" }").toString());
    }

    private void timeouts(Model model) {
        List<String> timeouts = new ArrayList<>();
        if (model.firstToken() != null) {
            timeouts.add("first_token: " + model.firstToken());
        }
        if (model.total() != null) {
            timeouts.add("total: " + model.total());
        }
        flow("    timeouts", timeouts);
    }

    private void flow(String key, List<String> options) {
        if (!options.isEmpty()) {
            line(key + ": { " + String.join(", ", options) + " }");
        }
    }

    /** What the provider calls a model is taken to the letter. */
    private static String address(Target target) {
        return target.provider() + "/" + target.model().replace("$", "$$");
    }

    private void entry(String key, @Nullable String value) {
        if (value != null) {
            line(key + ": " + text(value));
        }
    }

    private void line(String text) {
        out.append(text).append('\n');
    }

    /** In quotes, which are JSON's, unless it is surely a text without them. */
    private static String text(String text) {
        if (isPlain(text)) {
            return text;
        }
        StringWriter quoted = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(quoted)) {
            generator.writeString(text);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return quoted.toString();
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            boolean colon = c == ':' && i + 1 < text.length();
            if (!letter && (i == 0 || !(colon || (c >= '0' && c <= '9') || "._/-".indexOf(c) >= 0))) {
                return false;
            }
        }
        return !text.isEmpty() && !NO_TEXTS.contains(text.toLowerCase(Locale.ROOT));
    }
}
