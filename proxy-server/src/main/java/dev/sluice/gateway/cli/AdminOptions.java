package dev.sluice.gateway.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the admin API is, for commands that need a running gateway. */
final class AdminOptions {
    static final String FOOTER = "SLUICE_ADMIN_TOKEN is sent when it is set.";

    private static final String ADDRESS = "SLUICE_ADMIN";
    private static final String TOKEN = "SLUICE_ADMIN_TOKEN";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "The admin API; SLUICE_ADMIN, else " + AdminClient.DEFAULT + ", when absent.")
    private @Nullable String admin;

    /** Whether the line says where it is. */
    boolean isNamed() {
        return admin != null;
    }

    /** Whether the environment says that there is one. */
    static boolean isNamedIn(Map<String, String> environment) {
        return isSet(environment.get(ADDRESS)) || isSet(environment.get(TOKEN));
    }

    private static boolean isSet(@Nullable String value) {
        return value != null && !value.isBlank();
    }

    AdminClient client(Main.Surroundings surroundings) {
        Map<String, String> environment = surroundings.environment();
        String base = admin != null ? admin : environment.getOrDefault(ADDRESS, AdminClient.DEFAULT);
        while (base.endsWith("/")) {
            base = base.substring(0, base.length() - 1);
        }
        String token = environment.get(TOKEN);
        try {
            return new AdminClient(base, isSet(token) ? String.valueOf(token).strip() : null);
        } catch (IllegalArgumentException e) {
            // Also for a token that is no header; its text must not be shown.
            throw wrong("--admin must be a URL such as " + AdminClient.DEFAULT + ", and " + TOKEN + " visible ASCII");
        }
    }

    ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalStateException("run through the command line only");
        }
        return new ParameterException(spec.commandLine(), message);
    }

    /** A parameter behind others, or nothing when it has no value. */
    static String parameter(String name, @Nullable String value) {
        return value == null ? "" : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** For one segment of a path. */
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
