package dev.sluice.gateway.cli;

import dev.sluice.gateway.cli.ImportVariables.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What LiteLLM's settings say beside its models. {@code router_settings} win over {@code litellm_settings}, as there.
 *
 * @param strategy {@code routing_strategy}; null: none was given
 * @param strategyLine where it stands
 * @param retries after the first attempt; null: none was given
 * @param totalSeconds for a whole call; null: none was given
 * @param firstTokenSeconds for the first piece of a stream; null: none was given
 * @param allowedFails failures before a deployment is left alone; null: none was given
 * @param cooldownSeconds for how long; null: none was given
 * @param fallbacks groups that take over, by the group that fails
 * @param contextFallbacks groups that take what is too long for others
 * @param defaultFallbacks of groups that have none of their own
 * @param aliases other names of groups
 */
record LitellmSettings(
        @Nullable String strategy,
        int strategyLine,
        @Nullable Double retries,
        @Nullable Double totalSeconds,
        @Nullable Double firstTokenSeconds,
        @Nullable Double allowedFails,
        @Nullable Double cooldownSeconds,
        Map<String, Chain> fallbacks,
        Map<String, Chain> contextFallbacks,
        List<String> defaultFallbacks,
        Map<String, Alias> aliases,
        @Nullable String adminToken,
        @Nullable String databaseUrl) {

    /** Groups in the order in which they take over. */
    record Chain(int line, List<String> groups) {}

    record Alias(int line, String group) {}

    private static final String LOGGED =
            "has no counterpart: calls are recorded in PostgreSQL, figures are at /metrics";
    private static final String CACHED = "has no effect: there is no cache in this version";
    private static final String SHARED = "has no counterpart here: redis.url says where nodes share their limits";

    private static final Map<String, String> REASONS = Map.ofEntries(
            Map.entry("success_callback", LOGGED),
            Map.entry("failure_callback", LOGGED),
            Map.entry("callbacks", LOGGED),
            Map.entry("service_callbacks", LOGGED),
            Map.entry("cache", CACHED),
            Map.entry("cache_params", CACHED),
            Map.entry("redis_host", SHARED),
            Map.entry("redis_port", SHARED),
            Map.entry("redis_password", SHARED),
            Map.entry("redis_url", SHARED),
            Map.entry("redis_db", SHARED),
            Map.entry(
                    "content_policy_fallbacks",
                    "has no counterpart: a refusal of the provider's is an answer, and is not asked for again"),
            Map.entry("retry_policy", "has no counterpart: docs/routing.md says what is tried again"),
            Map.entry("allowed_fails_policy", "has no counterpart: docs/routing.md says what counts as a failure"),
            Map.entry("disable_cooldowns", "has no counterpart: the last target that is left is tried all the same"),
            Map.entry("store_model_in_db", "has no counterpart: models are those of this file"),
            Map.entry("max_parallel_requests", "does not limit here"),
            Map.entry("global_max_parallel_requests", "does not limit here"),
            Map.entry("max_request_size_mb", "is server.limits.body here"),
            Map.entry("maximum_spend_logs_retention_period", "is usage.retention here"));

    static LitellmSettings read(ForeignMap root, ImportNotes notes, ImportVariables variables) {
        return new Reader(root, notes, variables).read();
    }

    private static final class Reader {
        private final ForeignMap root;
        private final ForeignMap router;
        private final ForeignMap module;
        private final ForeignMap general;
        private final ImportNotes notes;
        private final ImportVariables variables;

        Reader(ForeignMap root, ImportNotes notes, ImportVariables variables) {
            this.root = root;
            this.router = root.map("router_settings");
            this.module = root.map("litellm_settings");
            this.general = root.map("general_settings");
            this.notes = notes;
            this.variables = variables;
        }

        LitellmSettings read() {
            Double total = first(router.number("timeout"), module.number("request_timeout"));
            List<String> generic = new ArrayList<>(module.texts("default_fallbacks"));
            router.texts("default_fallbacks").stream()
                    .filter(group -> !generic.contains(group))
                    .forEach(generic::add);
            LitellmSettings settings = new LitellmSettings(
                    router.text("routing_strategy"),
                    router.line("routing_strategy"),
                    first(router.number("num_retries"), module.number("num_retries")),
                    total,
                    router.number("stream_timeout"),
                    first(router.number("allowed_fails"), module.number("allowed_fails")),
                    first(router.number("cooldown_time"), module.number("cooldown_time")),
                    chains("fallbacks"),
                    chains("context_window_fallbacks"),
                    List.copyOf(generic),
                    aliases(),
                    adminToken(),
                    databaseUrl());
            noteLeft();
            return settings;
        }

        private static @Nullable Double first(@Nullable Double one, @Nullable Double other) {
            return one == null ? other : one;
        }

        /** A list of mappings with one entry each, such as {@code [{"a": ["b", "c"]}]}. */
        private Map<String, Chain> chains(String key) {
            Map<String, Chain> chains = new LinkedHashMap<>();
            for (ForeignMap settings : List.of(module, router)) {
                for (ForeignMap entry : settings.maps(key)) {
                    for (String group : entry.keys()) {
                        chains.put(group, new Chain(entry.line(group), entry.texts(group)));
                    }
                }
            }
            return chains;
        }

        private Map<String, Alias> aliases() {
            Map<String, Alias> aliases = new LinkedHashMap<>();
            ForeignMap written = router.map("model_group_alias");
            for (String alias : written.keys()) {
                ForeignMap item = written.map(alias);
                String group = item.isEmpty() ? written.text(alias) : item.text("model");
                if (Boolean.TRUE.equals(item.flag("hidden"))) {
                    notes.add(written.line(alias), "alias '" + alias + "' is not hidden from /v1/models here");
                }
                if (group != null) {
                    aliases.put(alias, new Alias(written.line(alias), group));
                }
            }
            return aliases;
        }

        private @Nullable String adminToken() {
            String written = general.text("master_key");
            if (written == null) {
                return null;
            }
            notes.add(
                    general.line("master_key"),
                    "master_key becomes admin.token: it opens the admin plane, but no model; make a key for callers"
                            + " (sluice keys create)");
            return variables.secret(
                    written, "LITELLM_MASTER_KEY", Kind.SECRET, general.line("master_key"), "master_key");
        }

        private @Nullable String databaseUrl() {
            String written = general.text("database_url");
            if (written == null) {
                return null;
            }
            notes.add(
                    general.line("database_url"),
                    "the database gets a schema of its own, sluice: keys, teams and users of LiteLLM are not in it");
            return variables.secret(
                    written, "DATABASE_URL", Kind.DATABASE, general.line("database_url"), "database_url");
        }

        private void noteLeft() {
            // What needs no mention: output of LiteLLM's own, and what goes without saying here.
            module.take("drop_params", "modify_params", "set_verbose", "json_logs", "telemetry", "num_workers");
            router.take("enable_pre_call_checks", "enable_pre_call_check", "set_verbose", "debug_level");
            note("litellm_settings", module);
            note("router_settings", router);
            note("general_settings", general);
            ForeignMap environment = root.map("environment_variables");
            if (!environment.isEmpty()) {
                notes.add(
                        root.line("environment_variables"),
                        "environment_variables are not copied: set " + String.join(", ", environment.keys())
                                + " where the gateway is started, as far as it asks for them");
            }
            if (root.has("include")) {
                root.take("include");
                notes.add(root.line("include"), "included files are not followed: import each of them");
            }
            root.take("model_list", "credential_list");
            note("", root);
        }

        private void note(String section, ForeignMap settings) {
            for (String key : settings.left()) {
                String name = section.isEmpty() ? key : section + "." + key;
                notes.add(settings.line(key), name + " " + REASONS.getOrDefault(key, "has no counterpart here"));
            }
        }
    }
}
