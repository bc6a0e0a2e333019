package dev.sluice.gateway.cli;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Values of a LiteLLM configuration as ours writes them: a reference to the environment stays one, and a secret that
 * stands there in clear becomes one, so that it does not spread. Thread: main.
 */
final class ImportVariables {
    private static final String REFERENCE = "os.environ/";

    /** What a variable holds, for a trial with made-up values. */
    enum Kind {
        SECRET,
        DATABASE,
        ADDRESS,
        VERSION,
        FILE,
        NAME
    }

    private final ImportNotes notes;
    private final Map<String, Kind> named = new LinkedHashMap<>();
    private final Map<String, String> variablesBySecret = new HashMap<>();

    ImportVariables(ImportNotes notes) {
        this.notes = notes;
    }

    /** The environment variables that were referred to, in order. */
    Set<String> names() {
        return named.keySet();
    }

    /** Whether {@code written} is taken from the environment. */
    static boolean isReference(String written) {
        return written.startsWith(REFERENCE);
    }

    /** A value that is not secret. */
    String value(String written, Kind kind) {
        return isReference(written)
                ? variable(written.substring(REFERENCE.length()), kind)
                : written.replace("$", "$$");
    }

    /** <code>${name}</code>; characters that no name has become {@code _}. */
    String variable(String name, Kind kind) {
        String valid = validName(name);
        if (!valid.equals(name)) {
            notes.add(0, "no variable can be called '" + name + "' here: it is " + valid + " now");
        }
        named.putIfAbsent(valid, kind);
        return "${" + valid + "}";
    }

    /**
     * A value that is secret.
     *
     * @param wanted the variable for one that stands there in clear
     * @param what as a note calls it
     */
    String secret(String written, String wanted, Kind kind, int line, String what) {
        if (isReference(written)) {
            return value(written, kind);
        }
        String variable = variablesBySecret.get(written);
        if (variable == null) {
            variable = unused(validName(wanted.toUpperCase(Locale.ROOT)));
            variablesBySecret.put(written, variable);
            notes.add(line, what + " stands there in clear and is not copied: put it into the variable " + variable);
        }
        return variable(variable, kind);
    }

    private String unused(String name) {
        String candidate = name;
        for (int i = 2; named.containsKey(candidate) || variablesBySecret.containsValue(candidate); i++) {
            candidate = name + "_" + i;
        }
        return candidate;
    }

    private static String validName(String name) {
        StringBuilder valid = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
            boolean digit = c >= '0' && c <= '9';
            if (digit && i == 0) {
                valid.append('_');
            }
            valid.append(letter || digit ? c : '_');
        }
        return valid.isEmpty() ? "_" : valid.toString();
    }

    /**
     * An environment in which every reference has a value: its own where there is one, else one of its kind.
     *
     * @param file one that can be read
     */
    Map<String, String> trial(Map<String, String> environment, Path file) {
        Map<String, String> trial = new HashMap<>();
        named.forEach((name, kind) -> {
            String own = environment.get(name);
            trial.put(name, own == null || own.isBlank() ? example(kind, file) : own);
        });
        return trial;
    }

    private static String example(Kind kind, Path file) {
        return switch (kind) {
            case SECRET, NAME -> "example";
            case DATABASE -> "postgres://user:password@localhost:5432/example";
            case ADDRESS -> "https://to-be-set.invalid";
            case VERSION -> "2024-10-21";
            case FILE -> file.toAbsolutePath().toString();
        };
    }

    /** Not what is secret. */
    @Override
    public String toString() {
        return named.keySet().toString();
    }

    /** What stands in place of a key for servers that want none. */
    static boolean isNoKey(@Nullable String key) {
        return key == null
                || Set.of(
                                "none",
                                "null",
                                "empty",
                                "na",
                                "n/a",
                                "dummy",
                                "fake",
                                "fake-key",
                                "anything",
                                "not-needed",
                                "no-key",
                                "-")
                        .contains(key.toLowerCase(Locale.ROOT));
    }
}
