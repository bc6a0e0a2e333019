package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.Address;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Finds the configuration and reads it: one YAML file and the environment, or the environment alone. Refuses it whole,
 * with everything that is wrong, or accepts it.
 *
 * <p>Thread: any; reads files.
 */
public final class ConfigLoader {
    private static final Address LISTEN_WITH_FILE = new Address("0.0.0.0", 8080);
    /** A first start without any file is not reachable from outside. */
    private static final Address LISTEN_WITHOUT_FILE = new Address("127.0.0.1", 8080);

    /** Variables of our own name win over the file. */
    private static final Map<String, String> OVERRIDES = Map.of(
            "SLUICE_LISTEN", "server.listen",
            "SLUICE_TRANSPORT", "server.transport",
            "SLUICE_ADMIN_LISTEN", "admin.listen",
            "SLUICE_ADMIN_TOKEN", "admin.token",
            "SLUICE_DATA_DIR", "data_dir");

    /** Variables of everybody's name count only without a file, which can ask for them with <code>${...}</code>. */
    private static final Map<String, String> WITHOUT_FILE =
            Map.of("DATABASE_URL", "database.url", "REDIS_URL", "redis.url");

    private static final List<String> SECRETS = List.of("SLUICE_ADMIN_TOKEN", "DATABASE_URL", "REDIS_URL");

    private final Map<String, String> environment;
    private final Path workingDir;
    private final Problems problems = new Problems();
    private final Map<Path, String> filesRead = new LinkedHashMap<>();
    private final Habitat habitat;

    private ConfigLoader(Map<String, String> environment, Path workingDir, Predicate<Path> exists) {
        this.environment = environment;
        this.workingDir = workingDir;
        this.habitat = Habitat.find(environment, exists, problems);
    }

    /**
     * Loads {@code file}, else the one that {@code SLUICE_CONFIG} names, else {@code sluice.yaml} in {@code workingDir}
     * if it is there, else the environment alone.
     *
     * @param workingDir where relative paths begin that are not written in a file; those in a file begin beside it
     * @throws ConfigException with every problem that was found
     */
    public static Loaded load(@Nullable Path file, Map<String, String> environment, Path workingDir)
            throws ConfigException {
        return load(file, environment, workingDir, Files::exists);
    }

    /** @param exists whether there is such a file, asked for the marks of containers */
    static Loaded load(@Nullable Path file, Map<String, String> environment, Path workingDir, Predicate<Path> exists)
            throws ConfigException {
        return new ConfigLoader(environment, workingDir, exists).load(file);
    }

    private Loaded load(@Nullable Path named) throws ConfigException {
        Path file = named == null ? lookUp() : workingDir.resolve(named).normalize();
        refuseIfProblems(null);
        GatewayConfig config = file == null ? readEnvironment() : readFile(file);
        refuseIfProblems(file);
        noteNamedFiles(config);
        return new Loaded(config, file, problems.notices(), new FileStates(filesRead));
    }

    private void refuseIfProblems(@Nullable Path file) throws ConfigException {
        List<Problem> errors = problems.errors();
        if (!errors.isEmpty()) {
            throw new ConfigException(file, errors, new FileStates(filesRead));
        }
    }

    /** Others read these; what they say belongs to the configuration all the same. */
    private void noteNamedFiles(GatewayConfig config) {
        GatewayConfig.Tls tls = config.server().tls();
        if (tls != null) {
            note(tls.cert());
            note(tls.key());
        }
        for (GatewayConfig.Provider provider : config.providers().values()) {
            note(provider.ca());
            note(provider.serviceAccount());
        }
        note(config.usage().prices());
    }

    private void note(@Nullable Path file) {
        if (file != null) {
            filesRead.put(file, FileStates.digest(file));
        }
    }

    private @Nullable Path lookUp() {
        String named = environment.get("SLUICE_CONFIG");
        if (named == null) {
            Path usual = workingDir.resolve("sluice.yaml");
            return Files.exists(usual) ? usual : null;
        }
        if (named.isBlank()) {
            problems.error(Place.environment("SLUICE_CONFIG"), "is empty; allowed: the path of a configuration file");
            return null;
        }
        try {
            return workingDir.resolve(named).normalize();
        } catch (InvalidPathException e) {
            problems.error(Place.environment("SLUICE_CONFIG"), "is not a path on this system");
            return null;
        }
    }

    private GatewayConfig readEnvironment() {
        Map<String, Scalar> overrides = overrides(OVERRIDES);
        overrides.putAll(overrides(WITHOUT_FILE));
        Section root = Section.root(null, reading(workingDir, overrides));
        GatewayConfig base = new RootReader(root).read(LISTEN_WITHOUT_FILE, habitat);
        return EnvironmentOnly.extend(base, environment, problems);
    }

    private GatewayConfig readFile(Path file) throws ConfigException {
        String text = ConfigFile.read(file, problems, filesRead);
        refuseIfProblems(file);
        Node node = YamlTree.read(text, problems);
        refuseIfProblems(file);
        Path beside = file.toAbsolutePath().getParent();
        Section root = Section.root(node, reading(beside == null ? workingDir : beside, overrides(OVERRIDES)));
        return new RootReader(root).read(LISTEN_WITH_FILE, habitat);
    }

    private Section.Reading reading(Path baseDir, Map<String, Scalar> overrides) {
        return new Section.Reading(problems, new Interpolation(environment, baseDir, filesRead), baseDir, overrides);
    }

    private Map<String, Scalar> overrides(Map<String, String> variables) {
        Map<String, Scalar> found = new HashMap<>();
        variables.forEach((variable, path) -> {
            String text = environment.get(variable);
            Place place = Place.environment(variable);
            if (text == null) {
                return;
            }
            if (text.isBlank()) {
                problems.error(place, "is empty; allowed: a value, or no such variable");
            } else if (text.chars().anyMatch(Character::isISOControl)) {
                problems.error(place, "holds a line break or another control character");
            } else {
                String written = SECRETS.contains(variable) ? "${" + variable + "}" : text;
                found.put(path, new Scalar(text, written, place, problems));
            }
        });
        return found;
    }
}
