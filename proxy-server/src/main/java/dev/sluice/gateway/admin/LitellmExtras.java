package dev.sluice.gateway.admin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What LiteLLM says of a key and a key of ours has no place for. It is kept in the key's metadata, under a name of its
 * own, and given back as it came; most of it has no effect. Immutable; thread: any.
 *
 * @param own the operator's metadata, each value as JSON
 * @param kept by LiteLLM's names, each value as JSON
 */
record LitellmExtras(Map<String, String> own, Map<String, String> kept) {
    /** In the metadata. */
    static final String MEMBER = "_litellm";

    /** Limits, which nothing here holds callers to; said to whoever sets one. */
    private static final List<String> UNENFORCED = List.of(
            "max_budget",
            "soft_budget",
            "budget_duration",
            "budget_id",
            "budget_limits",
            "model_max_budget",
            "tpm_limit",
            "rpm_limit",
            "tpm_limit_type",
            "rpm_limit_type",
            "model_tpm_limit",
            "model_rpm_limit",
            "max_parallel_requests",
            "guardrails",
            "policies",
            "prompts",
            "permissions",
            "object_permission",
            "enforced_params",
            "allowed_cache_controls",
            "allowed_passthrough_routes",
            "allowed_vector_store_indexes",
            "aliases",
            "config",
            "router_settings",
            "auto_rotate",
            "rotation_interval",
            "temp_budget_increase",
            "temp_budget_expiry");

    /** What says something about the key and is meant for nobody to act on. */
    private static final List<String> DESCRIPTIVE = List.of(
            "user_id", "tags", "allowed_routes", "organization_id", "project_id", "agent_id", "access_group_ids");

    private static final Set<String> NOTHING = Set.of("null", "{}", "[]", "\"\"", "false");

    LitellmExtras {
        own = Map.copyOf(own);
        kept = Map.copyOf(kept);
    }

    /** @param metadata of a key, which is an object */
    static LitellmExtras in(String metadata) {
        try {
            Map<String, String> own = new LinkedHashMap<>(LitellmBody.members(metadata));
            String kept = own.remove(MEMBER);
            return new LitellmExtras(own, kept == null ? Map.of() : LitellmBody.members(kept));
        } catch (IOException e) {
            throw new IllegalStateException("the metadata of a key is an object, and what is kept in it is one", e);
        }
    }

    /** These, changed as {@code body} says. What it does not name stays. */
    LitellmExtras changedBy(LitellmBody body) throws InvalidParameterException {
        Map<String, String> changed = new LinkedHashMap<>(kept);
        for (String name : body.names()) {
            String value = body.raw(name);
            if (value != null && (UNENFORCED.contains(name) || DESCRIPTIVE.contains(name))) {
                if (value.equals("null")) {
                    changed.remove(name);
                } else {
                    changed.put(name, value);
                }
            }
        }
        Map<String, String> metadata = body.has("metadata") ? body.object("metadata") : own;
        if (metadata.containsKey(MEMBER)) {
            throw new InvalidParameterException(
                    "metadata", "`metadata` has a member `" + MEMBER + "`; allowed: any other name");
        }
        return new LitellmExtras(metadata, changed);
    }

    /** As the key keeps it. */
    String metadata() {
        Map<String, String> all = new LinkedHashMap<>(own);
        if (!kept.isEmpty()) {
            all.put(MEMBER, LitellmBody.write(kept));
        }
        return LitellmBody.write(all);
    }

    /** What {@code body} sets although nobody acts on it. */
    static List<String> warnings(LitellmBody body) {
        List<String> warnings = new ArrayList<>();
        for (String name : UNENFORCED) {
            String value = body.raw(name);
            if (value != null && !NOTHING.contains(value)) {
                warnings.add("`" + name + "` is kept, and has no effect in this version");
            }
        }
        return warnings;
    }
}
