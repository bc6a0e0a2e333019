package dev.sluice.gateway.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.Pepper;
import dev.sluice.gateway.auth.StoredKey;
import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Makes a key: its text for its owner, the line for {@code keys:} for the configuration. Needs no running gateway, only
 * the pepper that the gateway uses.
 */
@Command(
        name = "create",
        description = "Make a key; prints it once, with the line for 'keys:' in the configuration.",
        footer = "The key is worth something only to a gateway with the same data directory or SLUICE_PEPPER.")
final class KeysCreateCommand implements Callable<Integer> {
    private static final int LONGEST_NAME = 64;

    private final Main.Surroundings surroundings;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "What to call it.")
    private String name = "";

    @Option(
            names = "--models",
            split = ",",
            paramLabel = "MODEL",
            description = "Models it may use, comma separated, '*' at the end allowed; all when absent.")
    private List<String> models = List.of();

    @Option(names = "--data-dir", paramLabel = "DIR", description = "The gateway's data directory.")
    private @Nullable Path dataDir;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration that names the data directory.")
    private @Nullable Path config;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    KeysCreateCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, IOException {
        refuseWrongNames();
        Pepper pepper = Pepper.load(chooseDataDir(), surroundings.environment());
        ApiKey key = ApiKey.generate(new SecureRandom());
        String hash = StoredKey.of(key, pepper).line();
        PrintWriter out = surroundings.out();
        if (json) {
            out.println(json(key, hash));
        } else {
            out.println("Key (shown only now):");
            out.println("  " + key.reveal());
            out.println();
            out.println("Line for 'keys:' in the configuration:");
            out.println("  " + yaml(hash));
        }
        return ExitCode.OK;
    }

    private Path chooseDataDir() throws ConfigException {
        if (dataDir != null) {
            return surroundings.workingDir().resolve(dataDir).normalize();
        }
        return ConfigLoader.load(config, surroundings.environment(), surroundings.workingDir())
                .config()
                .dataDir();
    }

    /** What the configuration would refuse is refused before a key is made for it. */
    private void refuseWrongNames() {
        if (name.isBlank() || name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw wrong("--name must have 1 to " + LONGEST_NAME + " characters in one line");
        }
        for (String model : models) {
            int star = model.indexOf('*');
            if (model.isBlank()
                    || (star >= 0 && star != model.length() - 1)
                    || model.chars().anyMatch(Character::isISOControl)) {
                throw wrong("--models must be names, with a '*' only as the last character");
            }
        }
    }

    private ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalStateException("run through the command line only");
        }
        return new ParameterException(spec.commandLine(), message);
    }

    private String yaml(String hash) throws IOException {
        StringBuilder line = new StringBuilder("- { name: ")
                .append(quoted(name))
                .append(", hash: ")
                .append(quoted(hash));
        if (!models.isEmpty()) {
            line.append(", models: [");
            for (int i = 0; i < models.size(); i++) {
                line.append(i == 0 ? "" : ", ").append(quoted(models.get(i)));
            }
            line.append(']');
        }
        return line.append(" }").toString();
    }

    /** JSON's quotes are YAML's too; a dollar sign is doubled, or it would begin a reference. */
    private static String quoted(String text) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
            generator.writeString(text.replace("$", "$$"));
        }
        return out.toString();
    }

    private String json(ApiKey key, String hash) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
            generator.writeStartObject();
            for (Map.Entry<String, String> field : List.of(
                    Map.entry("id", key.id()),
                    Map.entry("name", name),
                    Map.entry("key", key.reveal()),
                    Map.entry("hash", hash))) {
                generator.writeStringField(field.getKey(), field.getValue());
            }
            generator.writeArrayFieldStart("models");
            for (String model : models) {
                generator.writeString(model);
            }
            generator.writeEndArray();
            generator.writeEndObject();
        }
        return out.toString();
    }
}
