package dev.sluice.gateway.cli;

import dev.sluice.gateway.cli.ImportVariables.Kind;
import dev.sluice.gateway.cli.ImportedConfig.Aws;
import dev.sluice.gateway.cli.ImportedConfig.Place;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds out where a deployment of LiteLLM's is, and with what key. */
final class LitellmPlaces {
    private static final Pattern REGION = Pattern.compile("([a-z]{2}(?:-[a-z]+)+-\\d)/(.+)");
    private static final Pattern AZURE_VERSION = Pattern.compile("20\\d\\d-[01]\\d-[0-3]\\d(-preview)?");
    private static final Pattern HOST = Pattern.compile("https?://(\\[[^]]*]|[^/:]+).*");
    /** Ways of calling a model that LiteLLM writes in front of its name. */
    private static final List<String> MANNERS =
            List.of("converse/", "converse_like/", "invoke/", "responses/", "o_series/", "gpt5_series/", "google/");

    private final ImportNotes notes;
    private final ImportVariables variables;

    LitellmPlaces(ImportNotes notes, ImportVariables variables) {
        this.notes = notes;
        this.variables = variables;
    }

    /** @param key null for none */
    record Found(Place place, String model, @Nullable String key) {}

    /** Null, and a note, for what cannot be reached from here. */
    @Nullable
    Found find(LitellmHost host, String model, ForeignMap params) {
        return switch (host.dialect()) {
            case "vertex" -> vertex(host, withoutManner(model), params);
            case "bedrock" -> bedrock(host, withoutManner(model), params);
            case "azure" -> azure(host, withoutManner(model), params);
            default -> plain(host, host.prefix().equals("openai") ? withoutManner(model) : model, params);
        };
    }

    private static String withoutManner(String model) {
        for (String manner : MANNERS) {
            if (model.startsWith(manner) && model.length() > manner.length()) {
                return withoutManner(model.substring(manner.length()));
            }
        }
        return model;
    }

    private @Nullable Found plain(LitellmHost host, String model, ForeignMap params) {
        String base = base(host, params);
        if (base == null) {
            return null;
        }
        Place place = new Place(host.name(), host.dialect(), host.quirks(), base, null, isPrivate(base), null, null);
        params.take("api_version");
        return new Found(place, model, key(host, params));
    }

    private @Nullable Found azure(LitellmHost host, String model, ForeignMap params) {
        String base = base(host, params);
        if (base == null) {
            return null;
        }
        String version = params.text("api_version");
        String ours = version == null ? null : variables.value(version, Kind.VERSION);
        if (version == null) {
            notes.add(params.line(), "without an api_version, v1 of Azure's API is used here");
        } else if (!ImportVariables.isReference(version)
                && !AZURE_VERSION.matcher(version).matches()) {
            ours = "v1";
        }
        Place place = new Place(host.name(), "azure", null, base, ours, isPrivate(base), null, null);
        return new Found(place, model, key(host, params));
    }

    private @Nullable Found vertex(LitellmHost host, String model, ForeignMap params) {
        if (!model.startsWith("gemini") && !model.equals("*")) {
            notes.add(params.line("model"), "'" + model + "' at Vertex: only Gemini is spoken there; it is left out");
            return null;
        }
        String project = value(params, Kind.NAME, "VERTEXAI_PROJECT", "vertex_project", "vertex_ai_project");
        String location = value(params, Kind.NAME, "VERTEXAI_LOCATION", "vertex_location", "vertex_ai_location");
        String server = location.equals("global") ? "aiplatform" : location + "-aiplatform";
        String base = "https://" + server + ".googleapis.com/v1/projects/" + project + "/locations/" + location
                + "/publishers/google";
        String credentials = params.text("vertex_credentials");
        String file;
        if (credentials == null || credentials.startsWith("{")) {
            file = variables.variable("GOOGLE_APPLICATION_CREDENTIALS", Kind.FILE);
            notes.add(
                    params.line("vertex_credentials"),
                    "the key file of a service account is asked for: GOOGLE_APPLICATION_CREDENTIALS names it");
        } else {
            file = variables.value(credentials, Kind.FILE);
        }
        return new Found(new Place(host.name(), "vertex", null, base, null, false, file, null), model, null);
    }

    private @Nullable Found bedrock(LitellmHost host, String written, ForeignMap params) {
        Matcher inPath = REGION.matcher(written);
        String model = inPath.matches() ? withoutManner(inPath.group(2)) : written;
        String region = inPath.matches() && !params.has("aws_region_name")
                ? inPath.group(1)
                : value(params, Kind.NAME, "AWS_REGION_NAME", "aws_region_name");
        String said = params.text("aws_bedrock_runtime_endpoint");
        String base = said == null
                ? "https://bedrock-runtime." + region + ".amazonaws.com"
                : variables.value(said, Kind.ADDRESS);
        String key = params.text("api_key");
        if (key != null) {
            Place place = new Place(host.name(), "bedrock", null, base, null, isPrivate(base), null, null);
            return new Found(place, model, key(host, params));
        }
        String session = params.text("aws_session_token");
        Aws aws = new Aws(
                region,
                secret(params, "aws_access_key_id", "AWS_ACCESS_KEY_ID"),
                secret(params, "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY"),
                session == null ? null : secret(params, "aws_session_token", "AWS_SESSION_TOKEN"));
        return new Found(new Place(host.name(), "bedrock", null, base, null, isPrivate(base), null, aws), model, null);
    }

    private String secret(ForeignMap params, String option, String variable) {
        String written = params.text(option);
        return written == null
                ? variables.variable(variable, Kind.SECRET)
                : variables.secret(written, "LITELLM_" + variable, Kind.SECRET, params.line(option), option);
    }

    private String value(ForeignMap params, Kind kind, String variable, String... options) {
        String found = null;
        for (String option : options) {
            String written = params.text(option);
            found = found == null ? written : found;
        }
        return found == null ? variables.variable(variable, kind) : variables.value(found, kind);
    }

    private @Nullable String key(LitellmHost host, ForeignMap params) {
        String written = params.text("api_key");
        if (written != null) {
            String wanted = "LITELLM_" + host.name().toUpperCase(Locale.ROOT) + "_API_KEY";
            return ImportVariables.isNoKey(written)
                    ? null
                    : variables.secret(written, wanted, Kind.SECRET, params.line("api_key"), "api_key");
        }
        if (host.keyVariable() == null) {
            return null;
        }
        if (host.baseUrl() != null && (params.has("api_base") || params.has("base_url"))) {
            notes.add(
                    params.line(),
                    "without an api_key, none is sent to an address of your own (LiteLLM sends " + host.keyVariable()
                            + ")");
            return null;
        }
        return variables.variable(host.keyVariable(), Kind.SECRET);
    }

    private @Nullable String base(LitellmHost host, ForeignMap params) {
        String first = params.text("api_base");
        String second = params.text("base_url");
        String option = first != null || second == null ? "api_base" : "base_url";
        String written = first == null ? second : first;
        if (written == null) {
            if (host.baseUrl() != null) {
                return host.baseUrl();
            }
            return host.baseVariable() == null ? null : variables.variable(host.baseVariable(), Kind.ADDRESS);
        }
        if (ImportVariables.isReference(written)) {
            return variables.value(written, Kind.ADDRESS);
        }
        String base = withoutEndpoint(host.dialect(), written);
        if (!HOST.matcher(base).matches() || base.indexOf('@') >= 0 || base.indexOf('?') >= 0) {
            // What stands before an '@' may be a password.
            notes.add(
                    params.line(option),
                    option + " is no address that can be used: http or https, without user, password and '?'; the"
                            + " deployment is left out");
            return null;
        }
        return base.replace("$", "$$");
    }

    /** Addresses that name the endpoint, too, are cut back to what ours begin with. */
    private static String withoutEndpoint(String dialect, String written) {
        String base = withoutSlashes(written);
        int query = base.indexOf('?');
        base = query > 0 && dialect.equals("azure") ? base.substring(0, query) : base;
        int deployments = base.indexOf("/openai/deployments");
        if (dialect.equals("azure") && deployments > 0) {
            return base.substring(0, deployments);
        }
        List<String> endings = switch (dialect) {
            case "anthropic" -> List.of("/v1/messages", "/v1");
            case "gemini" -> List.of("/v1beta", "/v1");
            case "ollama" -> List.of("/api/chat", "/api/generate", "/api", "/v1");
            default -> List.of("/chat/completions");
        };
        for (String ending : endings) {
            if (base.endsWith(ending)) {
                return withoutSlashes(base.substring(0, base.length() - ending.length()));
            }
        }
        return base;
    }

    private static String withoutSlashes(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '/') {
            end--;
        }
        return text.substring(0, end);
    }

    /** Whether the configuration has to say that this is meant: plain text on a network, or an address of a private one. */
    private static boolean isPrivate(String base) {
        Matcher url = HOST.matcher(base);
        if (!url.matches()) {
            return false;
        }
        String host = url.group(1);
        boolean loopback = host.equalsIgnoreCase("localhost") || host.startsWith("127.") || host.equals("[::1]");
        boolean address = host.startsWith("[") || host.chars().allMatch(c -> c == '.' || Character.isDigit(c));
        return !loopback && (address || base.startsWith("http://"));
    }
}
