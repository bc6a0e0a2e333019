package dev.sluice.gateway.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Where the gateway runs, as far as defaults depend on it: at a terminal somebody waits for the prompt, in a container a
 * load balancer has to be given time, and the streams of others. Thread: any; looks for files.
 */
enum Habitat {
    MACHINE(Duration.ofSeconds(30), Duration.ZERO),
    CONTAINER(Duration.ofMinutes(15), Duration.ofSeconds(5));

    /** Says it outright, in either direction; the rest are what runtimes leave behind. */
    static final String VARIABLE = "SLUICE_CONTAINER";

    private static final List<Path> MARKS = List.of(Path.of("/.dockerenv"), Path.of("/run/.containerenv"));

    private final Duration drain;
    private final Duration drainDelay;

    Habitat(Duration drain, Duration drainDelay) {
        this.drain = drain;
        this.drainDelay = drainDelay;
    }

    /** How long open streams may go on. */
    Duration drain() {
        return drain;
    }

    /** How long new connections are still welcome when it is known that the gateway will stop. */
    Duration drainDelay() {
        return drainDelay;
    }

    /** @param exists whether there is such a file */
    static Habitat find(Map<String, String> environment, Predicate<Path> exists, Problems problems) {
        String said = environment.get(VARIABLE);
        if (said != null) {
            if (!said.equals("true") && !said.equals("false")) {
                problems.error(Place.environment(VARIABLE), "is '" + said + "'; allowed: true, false");
            }
            return said.equals("true") ? CONTAINER : MACHINE;
        }
        boolean marked = environment.containsKey("KUBERNETES_SERVICE_HOST")
                || MARKS.stream().anyMatch(exists);
        return marked ? CONTAINER : MACHINE;
    }
}
