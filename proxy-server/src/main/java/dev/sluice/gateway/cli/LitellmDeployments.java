package dev.sluice.gateway.cli;

import dev.sluice.gateway.cli.LitellmDeployment.Share;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code model_list}, and {@code credential_list} for it. What has no place here is left out, and noted. */
final class LitellmDeployments {
    private static final Set<String> SAMPLING = Set.of(
            "temperature",
            "max_tokens",
            "max_completion_tokens",
            "top_p",
            "top_k",
            "n",
            "stop",
            "seed",
            "presence_penalty",
            "frequency_penalty",
            "reasoning_effort",
            "thinking",
            "response_format",
            "stream",
            "tools",
            "tool_choice",
            "extra_body",
            "logit_bias",
            "user");
    private static final Map<String, String> ABILITIES = Map.of(
            "supports_function_calling", "tools",
            "supports_vision", "vision",
            "supports_response_schema", "json_schema",
            "supports_reasoning", "reasoning");

    private final ForeignMap root;
    private final ImportNotes notes;
    private final LitellmPlaces places;
    private final Map<String, ForeignMap> credentials = new HashMap<>();

    private LitellmDeployments(ForeignMap root, ImportNotes notes, ImportVariables variables) {
        this.root = root;
        this.notes = notes;
        this.places = new LitellmPlaces(notes, variables);
    }

    static List<LitellmDeployment> read(ForeignMap root, ImportNotes notes, ImportVariables variables) {
        return new LitellmDeployments(root, notes, variables).read();
    }

    private List<LitellmDeployment> read() {
        for (ForeignMap credential : root.maps("credential_list")) {
            String name = credential.text("credential_name");
            if (name != null) {
                credentials.put(name, credential.map("credential_values"));
            }
        }
        List<LitellmDeployment> deployments = new ArrayList<>();
        for (ForeignMap entry : root.maps("model_list")) {
            LitellmDeployment deployment = deployment(entry);
            if (deployment != null) {
                deployments.add(deployment);
            }
        }
        return deployments;
    }

    private @Nullable LitellmDeployment deployment(ForeignMap entry) {
        String group = entry.text("model_name");
        ForeignMap params = withCredential(entry.map("litellm_params"));
        String model = params.text("model");
        if (group == null || model == null || ImportVariables.isReference(model)) {
            notes.add(
                    entry.line(), "an entry without a model_name or a litellm_params.model in plain text is left out");
            return null;
        }
        Target target = target(group, model, params);
        if (target == null) {
            return null;
        }
        LitellmPlaces.Found found = places.find(target.host(), target.model(), params);
        if (found == null) {
            return null;
        }
        ForeignMap info = entry.map("model_info");
        Share share = new Share(params.number("weight"), params.number("rpm"), params.number("tpm"));
        LitellmDeployment deployment = new LitellmDeployment(
                entry.line(),
                group,
                info.text("id"),
                found.place(),
                found.model(),
                found.key(),
                share,
                params.number("order"),
                params.number("timeout"),
                params.number("stream_timeout"),
                abilities(info, params));
        noteLimits(share, params);
        noteLeft(group, params, info);
        return deployment;
    }

    private ForeignMap withCredential(ForeignMap params) {
        String credential = params.text("litellm_credential_name");
        if (credential == null) {
            return params;
        }
        ForeignMap values = credentials.get(credential);
        if (values == null) {
            notes.add(
                    params.line("litellm_credential_name"), "no credential_list entry is called '" + credential + "'");
            return params;
        }
        return params.with(values);
    }

    /** A model, and whose it is. */
    private record Target(LitellmHost host, String model) {}

    private @Nullable Target target(String group, String model, ForeignMap params) {
        String said = params.text("custom_llm_provider");
        int slash = model.indexOf('/');
        String prefix = slash < 0 ? "" : model.substring(0, slash);
        LitellmHost host = LitellmHost.of(said == null ? prefix : said);
        if (host != null) {
            boolean named = prefix.equals(host.prefix());
            String bare = named ? model.substring(slash + 1) : model;
            return bare.isEmpty() ? null : new Target(host, bare);
        }
        boolean ownServer = params.has("api_base") || params.has("base_url");
        if (said != null || LitellmHost.isStranger(prefix) || (!prefix.isEmpty() && !ownServer)) {
            notes.add(
                    params.line("model"),
                    "'" + group + "': provider '" + (said == null ? prefix : said)
                            + "' has no counterpart here; the deployment is left out");
            return null;
        }
        if (model.equals("*")) {
            notes.add(
                    params.line("model"),
                    "'" + group + "': a provider for every name goes to OpenAI here; others have names of their own,"
                            + " such as anthropic/*");
        }
        return new Target(ownServer ? LitellmHost.OPENAI : LitellmHost.ofBareModel(model), model);
    }

    private static Map<String, String> abilities(ForeignMap info, ForeignMap params) {
        Map<String, String> abilities = new LinkedHashMap<>();
        List.of("supports_function_calling", "supports_vision", "supports_response_schema", "supports_reasoning")
                .forEach(key -> {
                    Boolean able = info.flag(key);
                    if (able != null) {
                        abilities.put(ABILITIES.getOrDefault(key, key), able.toString());
                    }
                });
        Double context = info.number("max_input_tokens");
        if (context != null && context >= 1) {
            abilities.put("context", Long.toString(Math.min(context.longValue(), 1_000_000_000)));
        }
        String region = params.text("region_name");
        if (region != null && region.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '-')) {
            abilities.put("region", region);
        }
        return abilities;
    }

    private void noteLimits(Share share, ForeignMap params) {
        if (share.rpm() != null || share.tpm() != null) {
            notes.add(
                    params.line(share.rpm() != null ? "rpm" : "tpm"),
                    "rpm and tpm of a deployment do not limit here, they only share the load; what a provider says of its limits is"
                            + " heeded by itself");
        }
    }

    private void noteLeft(String group, ForeignMap params, ForeignMap info) {
        params.take("drop_params", "additional_drop_params", "modify_params", "merge_reasoning_content_in_choices");
        for (String key : params.left()) {
            notes.add(params.line(key), "'" + group + "': litellm_params." + key + " " + why(key));
        }
        for (String key : info.left()) {
            if (key.contains("cost") || key.equals("access_groups")) {
                notes.add(info.line(key), "'" + group + "': model_info." + key + " " + why(key));
            }
        }
    }

    private static String why(String key) {
        if (SAMPLING.contains(key)) {
            return "is not set here: callers say it themselves, and their bodies travel as they are";
        }
        if (key.contains("cost")) {
            return "belongs into the file that usage.prices names";
        }
        return switch (key) {
            case "access_groups" -> "has no counterpart: keys name the models they may use";
            case "max_parallel_requests" -> "does not limit here";
            case "azure_ad_token", "tenant_id", "client_id", "client_secret", "azure_username", "azure_password" ->
                "is not used: requests to Azure carry an API key";
            case "aws_profile_name",
                    "aws_role_name",
                    "aws_session_name",
                    "aws_web_identity_token",
                    "aws_sts_endpoint" -> "is not used: requests to Amazon are signed with an access key";
            default -> "has no counterpart here";
        };
    }
}
