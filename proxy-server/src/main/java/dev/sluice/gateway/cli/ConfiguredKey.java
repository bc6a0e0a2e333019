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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A key that is made without a gateway: its text, and the line by which a configuration knows it. The hash in that line is
 * made with the pepper that the gateway uses.
 *
 * @param team null: none is said
 */
record ConfiguredKey(
        String name, List<String> models, @Nullable String team) {

    /** The key that was made, and what is kept of it. */
    record Made(ConfiguredKey wish, ApiKey key, String hash) {
        void print(boolean json, PrintWriter out) throws IOException {
            if (json) {
                out.println(json());
                return;
            }
            out.println("Key (shown only now):");
            out.println("  " + key.reveal());
            out.println();
            out.println("Line for 'keys:' in the configuration:");
            out.println("  " + yaml());
        }

        private String yaml() throws IOException {
            StringBuilder line = new StringBuilder("- { name: ")
                    .append(quoted(wish.name))
                    .append(", hash: ")
                    .append(quoted(hash));
            if (!wish.models.isEmpty()) {
                line.append(", models: [");
                for (int i = 0; i < wish.models.size(); i++) {
                    line.append(i == 0 ? "" : ", ").append(quoted(wish.models.get(i)));
                }
                line.append(']');
            }
            if (wish.team != null) {
                line.append(", team: ").append(quoted(wish.team));
            }
            return line.append(" }").toString();
        }

        private String json() {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("id", key.id());
            members.put("name", wish.name);
            members.put("key", key.reveal());
            members.put("hash", hash);
            members.put("models", wish.models);
            if (wish.team != null) {
                members.put("team", wish.team);
            }
            return JsonTree.write(members);
        }
    }

    /**
     * Makes it.
     *
     * @param dataDir where the pepper is; null: as the configuration says
     */
    Made make(Main.Surroundings surroundings, @Nullable Path dataDir, @Nullable Path config)
            throws ConfigException, IOException {
        Path chosen = dataDir != null
                ? surroundings.workingDir().resolve(dataDir).normalize()
                : ConfigLoader.load(config, surroundings.environment(), surroundings.workingDir())
                        .config()
                        .dataDir();
        Pepper pepper = Pepper.load(chosen, surroundings.environment());
        ApiKey key = ApiKey.generate(new SecureRandom());
        return new Made(this, key, StoredKey.of(key, pepper).line());
    }

    /** JSON's quotes are YAML's too; a dollar sign is doubled, or it would begin a reference. */
    private static String quoted(String text) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
            generator.writeString(text.replace("$", "$$"));
        }
        return out.toString();
    }
}
