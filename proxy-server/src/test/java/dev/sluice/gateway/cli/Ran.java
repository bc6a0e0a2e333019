package dev.sluice.gateway.cli;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** A command that was run, and what it left behind. */
record Ran(int code, String out, String err) {

    static Ran sluice(Path workingDir, Map<String, String> environment, String... args) {
        return sluice(workingDir, environment, "", args);
    }

    /** @param in what is typed */
    static Ran sluice(Path workingDir, Map<String, String> environment, String in, String[] args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(
                args,
                new Main.Surroundings(
                        environment,
                        workingDir,
                        new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                        new PrintWriter(out),
                        new PrintWriter(err)));
        return new Ran(code, out.toString(), err.toString());
    }
}
