package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No option without its line in the example and in the documentation; and the example is a file that loads. */
class ConfigDocumentationTest {
    private static final Map<String, String> ENVIRONMENT = Map.ofEntries(
            Map.entry("SLUICE_ADMIN_TOKEN", "token"),
            Map.entry("DATABASE_URL", "postgres://u:p@h:5432/sluice"),
            Map.entry("OPENAI_API_KEY", "key"),
            Map.entry("GROQ_API_KEY", "key"),
            Map.entry("GROQ_SECOND_API_KEY", "key"),
            Map.entry("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com"),
            Map.entry("AZURE_OPENAI_API_KEY", "key"),
            Map.entry("ANTHROPIC_API_KEY", "key"),
            Map.entry("GEMINI_API_KEY", "key"),
            Map.entry("AWS_ACCESS_KEY_ID", "key"),
            Map.entry("AWS_SECRET_ACCESS_KEY", "key"),
            Map.entry("AWS_SESSION_TOKEN", "key"),
            Map.entry("OIDC_CLIENT_SECRET", "secret"),
            Map.entry("REDIS_URL", "redis://redis:6379"),
            Map.entry("HOOK_SECRET", "secret"));

    /** Components that the file calls otherwise. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("server.limits.request_line_bytes", "server.limits.request_line"),
            Map.entry("server.limits.header_bytes", "server.limits.headers"),
            Map.entry("server.limits.body_bytes", "server.limits.body"),
            Map.entry("server.cors_origins", "server.cors.origins"),
            Map.entry("auth.modes", "auth.mode"),
            Map.entry("providers.*.breaker.ratio_percent", "providers.*.breaker.ratio"),
            Map.entry("models.*.targets[].provider", "models.*.targets[].model"),
            Map.entry("models.*.targets[].abilities", "models.*.targets[]"),
            Map.entry("models.*.targets[].context_tokens", "models.*.targets[].context"),
            Map.entry("models.*.hedge.percentile", "models.*.hedge.after"),
            Map.entry("models.*.hedge.budget_percent", "models.*.hedge.budget"),
            Map.entry("models.*.mirror.target", "models.*.mirror.model"),
            Map.entry("models.*.mirror.share_percent", "models.*.mirror.share"),
            Map.entry("models.*.cost_percent", "models.*.auto.cost"),
            Map.entry("limits.rules[].filter", "limits.rules[].for"),
            Map.entry("limits.rules[].tags", "limits.rules[].for.tags"),
            Map.entry("limits.rules[].warn_percent", "limits.rules[].warn"));

    /** Components whose parts have names of their own in the file. */
    private static final Map<String, List<String>> SPELT_OUT = Map.of(
            "limits.rules[].for",
            List.of("keys", "users", "end_users", "teams", "tiers", "models", "providers", "endpoints").stream()
                    .map(kind -> "limits.rules[].for." + kind)
                    .toList(),
            "limits.rules[].amounts",
            List.of(
                            "requests",
                            "tokens",
                            "input_tokens",
                            "output_tokens",
                            "cost",
                            "concurrent",
                            "max_tokens",
                            "request_size")
                    .stream()
                    .map(measure -> "limits.rules[]." + measure)
                    .toList(),
            "keys[].limits",
            List.of("rpm", "rpd", "tpm", "tpd", "concurrent", "budget").stream()
                    .map(limit -> "keys[].limits." + limit)
                    .toList());

    /** Records that the file writes as one value. */
    private static final Set<String> ONE_VALUE = Set.of("server.listen", "admin.listen", "models.*.mirror.model");

    /** Components that are keys of a mapping in the file, or parts of one value. */
    private static final Set<String> IMPLIED = Set.of("providers.*.name", "models.*.name", "auth.issuers.*.name");

    @TempDir
    Path dir;

    private static Path root() {
        Path dir = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(dir.resolve("docker"))) {
            dir = Objects.requireNonNull(dir.getParent(), "no folder 'docker' above the working directory");
        }
        return dir;
    }

    private static String example() throws IOException {
        return Files.readString(root().resolve("docker/sluice.example.yaml"));
    }

    /** The paths of all options, from the records themselves. */
    private static Set<String> options() {
        Set<String> paths = new TreeSet<>();
        collect(GatewayConfig.class, "", paths);
        assertThat(paths)
                .hasSizeGreaterThan(30)
                .contains(
                        "server.listen",
                        "server.tls.cert",
                        "models.*.timeouts.first_token",
                        "models.*.targets[].context",
                        "models.*.mirror.model");
        return paths;
    }

    private static void collect(Class<?> type, String prefix, Set<String> paths) {
        for (RecordComponent component : type.getRecordComponents()) {
            String written = prefix + snakeCase(component.getName());
            String path = NAMES.getOrDefault(written, written);
            if (IMPLIED.contains(path)) {
                continue;
            }
            List<String> parts = SPELT_OUT.get(path);
            if (parts != null) {
                paths.addAll(parts);
                continue;
            }
            Class<?> inner = component.getType();
            String suffix = ".";
            if (component.getGenericType() instanceof ParameterizedType generic) {
                Type[] arguments = generic.getActualTypeArguments();
                inner = (Class<?>) arguments[arguments.length - 1];
                suffix = component.getType() == List.class ? "[]." : ".*.";
            }
            if (inner.isRecord() && !ONE_VALUE.contains(path)) {
                collect(inner, path + suffix, paths);
            } else {
                paths.add(path);
            }
        }
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    @Test
    void everyOptionIsDocumented() throws IOException {
        String documentation = Files.readString(root().resolve("docs/configuration.md"));

        for (String option : options()) {
            boolean whole = documentation.contains("| `" + option + "` |");
            boolean asMember =
                    option.startsWith("server.tls.") && documentation.contains("| `server.tls` | `{ cert, key }` |");
            assertThat(whole || asMember).as(option).isTrue();
        }
    }

    @Test
    void everyOptionIsInTheExample() throws IOException {
        String example = example();

        for (String option : options()) {
            String key = option.substring(option.lastIndexOf('.') + 1);
            assertThat(Pattern.compile("(^|[\\s{,#])" + key + ":")
                            .matcher(example)
                            .find())
                    .as(option)
                    .isTrue();
        }
    }

    @Test
    void theExampleLoadsAsItStands() throws IOException, ConfigException {
        Loaded loaded =
                new ConfigText(dir, Map.of("SLUICE_ADMIN_TOKEN", "token", "OPENAI_API_KEY", "key")).load(example());

        assertThat(loaded.notices()).isEmpty();
        assertThat(loaded.config().server().limits()).isEqualTo(GatewayConfig.Limits.DEFAULT);
        assertThat(loaded.config().providers().keySet()).containsExactly("openai");
        assertThat(loaded.config().models().keySet()).containsExactly("gpt-4o-mini", "gpt-*", "chat");
    }

    @Test
    void theExampleLoadsWithEveryOptionSwitchedOn() throws IOException, ConfigException {
        for (String name : List.of("tls.crt", "tls.key", "inhouse-ca.pem", "prices.yaml", "service-account.json")) {
            Files.writeString(dir.resolve(name), "any");
        }
        String all = Pattern.compile("^( *)#(?=\\S|(?: {2})+\\S)", Pattern.MULTILINE)
                .matcher(example())
                .replaceAll("$1")
                .replace("/etc/sluice/", "");

        GatewayConfig config = new ConfigText(dir, ENVIRONMENT).config(all);

        assertThat(config.server().tls()).isNotNull();
        assertThat(config.database()).isNotNull();
        assertThat(config.providers().keySet())
                .containsExactly(
                        "openai", "claude", "gemini", "vertex", "bedrock", "azure", "groq", "local", "ollama",
                        "inhouse");
        assertThat(config.usage().prices()).isEqualTo(dir.resolve("prices.yaml"));
        assertThat(config.keys()).hasSize(1);
        assertThat(config.keys().get(0).limits()).hasSize(6);
        assertThat(config.limits().rules()).hasSize(3);
        assertThat(config.models().keySet()).contains("chat");
    }
}
