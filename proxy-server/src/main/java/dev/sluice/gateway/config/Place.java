package dev.sluice.gateway.config;

import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Where a value was written, and its path in the tree. Line and column count from 1; both are 0 for the environment.
 */
record Place(int line, int column, String path) {
    private static final int LONGEST_NAME = 64;

    static Place environment(String variable) {
        return new Place(0, 0, variable);
    }

    static Place of(Node node, String path) {
        return node.getStartMark()
                .map(mark -> new Place(mark.getLine() + 1, mark.getColumn() + 1, path))
                .orElseGet(() -> new Place(0, 0, path));
    }

    /** The same spot, under the path of a child. */
    Place child(String name) {
        return new Place(line, column, childPath(name));
    }

    String childPath(String name) {
        return path.isEmpty() ? printable(name) : path + "." + printable(name);
    }

    /** Text of unknown origin, made fit for one line of a terminal. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .limit(LONGEST_NAME)
                .forEach(c -> out.appendCodePoint(Character.isISOControl(c) || isInvisible(c) ? '?' : c));
        return text.codePointCount(0, text.length()) > LONGEST_NAME
                ? out.append("...").toString()
                : out.toString();
    }

    private static boolean isInvisible(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
