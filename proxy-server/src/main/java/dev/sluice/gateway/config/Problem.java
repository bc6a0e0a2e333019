package dev.sluice.gateway.config;

import java.util.Comparator;

/**
 * One thing that is wrong with a configuration, or (as a notice) has no effect. Never holds a secret. Thread: any.
 *
 * @param line first line is 1; 0 when the value did not come from a file
 * @param column first column is 1; 0 when the value did not come from a file
 * @param path where in the tree, such as {@code server.listen}, or the name of an environment variable; empty for the
 *     file as a whole
 * @param message names the actual and the allowed value
 */
public record Problem(int line, int column, String path, String message) {

    static final Comparator<Problem> IN_ORDER =
            Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column);

    /** Path and message in one line, without the position. */
    public String text() {
        return path.isEmpty() ? message : path + ": " + message;
    }

    /** One line for people, in the form that editors jump to: {@code file:line:column: path: message}. */
    public String text(String file) {
        return line == 0 ? text() : file + ":" + line + ":" + column + ": " + text();
    }
}
