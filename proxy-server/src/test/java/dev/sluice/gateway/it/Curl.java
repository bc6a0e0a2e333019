package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/** The program {@code curl}; where there is none, the test is aborted and says so. */
final class Curl {
    private static final String TAIL = "\n--curl--";

    private Curl() {}

    /** @param version the HTTP version as curl reports it, such as {@code 1.1} or {@code 2} */
    record Result(int exitCode, int status, String version, String body, String complaint) {}

    static Result run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("curl", "--silent", "--show-error", "--no-buffer", "--max-time", "20", "--noproxy", "*"));
        command.addAll(List.of("--write-out", TAIL + "%{http_code} %{http_version}"));
        command.add("--data-binary");
        for (int i = 0; i < arguments.length; i++) {
            // The body goes through standard input, whatever its size.
            if (arguments[i].equals("-d")) {
                return run(command, arguments, i);
            }
        }
        throw new IllegalArgumentException("no body");
    }

    private static Result run(List<String> command, String[] arguments, int body)
            throws IOException, InterruptedException {
        command.add("@-");
        for (int i = 0; i < arguments.length; i++) {
            if (i != body && i != body + 1) {
                command.add(arguments[i]);
            }
        }
        Process process = start(command);
        Thread.ofVirtual().start(() -> write(process, arguments[body + 1]));
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        String complaint = new String(process.getErrorStream().readAllBytes(), UTF_8);
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        int tail = output.lastIndexOf(TAIL);
        String[] figures = output.substring(tail + TAIL.length()).split(" ", -1);
        return new Result(
                process.exitValue(), Integer.parseInt(figures[0]), figures[1], output.substring(0, tail), complaint);
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command).start();
        } catch (IOException absent) {
            throw new TestAbortedException("curl is not on the path", absent);
        }
    }

    private static void write(Process process, String body) {
        try (var in = process.getOutputStream()) {
            in.write(body.getBytes(UTF_8));
        } catch (IOException ended) {
            // curl has given up; its exit code tells.
        }
    }
}
