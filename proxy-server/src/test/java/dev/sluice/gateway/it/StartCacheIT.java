package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The cache with which the packaged gateway starts, made and used as the scripts do it. How long a start takes is
 * measured elsewhere; here the JVM is told to end if it cannot use the cache, which otherwise it only mentions.
 */
final class StartCacheIT {
    private static final Path JAR = Path.of("target", "sluice.jar").toAbsolutePath();
    private static final Path SCRIPTS = Path.of("..", "scripts", "lib").toAbsolutePath();
    private static final int PATIENCE_SECONDS = 300;

    @TempDir
    Path dir;

    private String bash(String script) throws IOException, InterruptedException {
        Path log = dir.resolve("log");
        ProcessBuilder builder = new ProcessBuilder("bash", "-euc", """
                JAVA_HOME="$1" jar="$2" cache="$3" node="$4"
                cd "$5"
                . ./jdk.sh
                . ./jvm.sh
                . ./cache.sh
                major="$(java_major "$JAVA_HOME")"
                jvm_flags "$major"
                """ + script)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(new File("/dev/null"));
        builder.command()
                .addAll(List.of(
                        "bash",
                        System.getProperty("java.home"),
                        JAR.toString(),
                        dir.resolve("sluice.aot").toString(),
                        dir.resolve("node").toString(),
                        SCRIPTS.toString()));
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("ended within %s s", PATIENCE_SECONDS)
                    .isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        String said = Files.readString(log);
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }

    @Test
    void theGatewayStartsFromTheCacheThatItsRehearsalHasMade() throws Exception {
        assumeTrue(Runtime.version().feature() >= 25, "before Java 25 the cache is of classes alone");
        assumeTrue(Files.exists(JAR), "the jar has been packaged");

        assertThat(bash("cache_if_stale \"$cache\" \"$jar\" \"$major\"")).contains("Rehearsing once");
        assertThat(dir.resolve("sluice.aot")).isNotEmptyFile();
        // Nothing to do the second time.
        assertThat(bash("cache_if_stale \"$cache\" \"$jar\" \"$major\"")).isEmpty();

        String said = bash("""
                cache_flags "$cache" "$major"
                "$JAVA_HOME/bin/java" "${JVM_FLAGS[@]}" -XX:AOTMode=on -Xlog:class+load=info:stdout -jar "$jar" rehearse "$node"
                """);

        assertThat(said.lines().filter(line -> line.contains(" dev.sluice.gateway.Gateway source:")))
                .singleElement()
                .asString()
                .endsWith("source: shared objects file");
    }
}
