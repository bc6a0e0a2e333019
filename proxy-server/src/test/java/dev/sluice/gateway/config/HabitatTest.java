package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A container is known by what its runtime leaves behind, and by the operator's word before anything else. */
class HabitatTest {
    private static final Predicate<Path> NO_MARKS = mark -> false;

    private final Problems problems = new Problems();

    private Habitat find(Map<String, String> environment, Predicate<Path> marks) {
        return Habitat.find(environment, marks, problems);
    }

    @Test
    void aMachineIsWhatNothingSpeaksAgainst() {
        assertThat(find(Map.of("HOME", "/root"), NO_MARKS)).isEqualTo(Habitat.MACHINE);
        assertThat(Habitat.MACHINE.drain()).hasSeconds(30);
        assertThat(Habitat.MACHINE.drainDelay()).isZero();
    }

    @Test
    void kubernetesDockerAndPodmanAreContainers() {
        assertThat(find(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1"), NO_MARKS))
                .isEqualTo(Habitat.CONTAINER);
        assertThat(find(Map.of(), Path.of("/.dockerenv")::equals)).isEqualTo(Habitat.CONTAINER);
        assertThat(find(Map.of(), Path.of("/run/.containerenv")::equals)).isEqualTo(Habitat.CONTAINER);
        assertThat(Habitat.CONTAINER.drain()).hasMinutes(15);
        assertThat(Habitat.CONTAINER.drainDelay()).hasSeconds(5);
    }

    @Test
    void theOperatorsWordCountsBeforeEverythingElse() {
        assertThat(find(Map.of("SLUICE_CONTAINER", "true"), NO_MARKS)).isEqualTo(Habitat.CONTAINER);
        assertThat(find(Map.of("SLUICE_CONTAINER", "false", "KUBERNETES_SERVICE_HOST", "10.0.0.1"), mark -> true))
                .isEqualTo(Habitat.MACHINE);
        assertThat(problems.errors()).isEmpty();
    }

    @Test
    void aWordThatIsNeitherIsAProblem() {
        find(Map.of("SLUICE_CONTAINER", "yes"), NO_MARKS);

        assertThat(ConfigText.lines(problems.errors()))
                .singleElement()
                .asString()
                .contains("SLUICE_CONTAINER: is 'yes'; allowed: true, false");
    }
}
