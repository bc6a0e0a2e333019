package dev.sluice.gateway.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A mapping of a file that was written for another program, read leniently and in the older YAML that Python reads: what
 * is asked for is taken if it has the shape that was asked for, and what nobody took can be told. Thread: main.
 */
final class ForeignMap {
    private final int line;
    private final Map<String, Integer> lines = new LinkedHashMap<>();
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Set<String> taken = new LinkedHashSet<>();

    private ForeignMap(int line) {
        this.line = line;
    }

    /** Empty when {@code node} is no mapping. */
    static ForeignMap of(@Nullable Node node) {
        ForeignMap map = new ForeignMap(node == null ? 0 : line(node));
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(map::add);
        }
        return map;
    }

    /** The last one wins, as in Python. */
    private void add(NodeTuple tuple) {
        if (tuple.getKeyNode() instanceof ScalarNode key) {
            values.put(key.getValue(), tuple.getValueNode());
            lines.put(key.getValue(), line(key));
        }
    }

    /** The same with {@code more} for what is not said here. */
    ForeignMap with(ForeignMap more) {
        more.values.forEach((key, value) -> {
            if (values.putIfAbsent(key, value) == null) {
                lines.put(key, more.line(key));
            }
        });
        return this;
    }

    int line() {
        return line;
    }

    /** Where {@code key} stands, else where the mapping begins. */
    int line(String key) {
        return lines.getOrDefault(key, line);
    }

    boolean isEmpty() {
        return values.isEmpty();
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    /** Whether something other than a list or a mapping is under {@code key}. */
    boolean isScalar(String key) {
        return values.get(key) instanceof ScalarNode;
    }

    Set<String> keys() {
        return values.keySet();
    }

    /** Null when there is none, or none that is a single value, or an empty one. */
    @Nullable
    String text(String key) {
        String text = values.get(key) instanceof ScalarNode scalar ? text(scalar) : null;
        if (text != null || isNull(values.get(key))) {
            taken.add(key);
        }
        return text;
    }

    private static @Nullable String text(ScalarNode scalar) {
        String text = scalar.getTag().equals(Tag.NULL) ? "" : scalar.getValue().strip();
        return text.isEmpty() ? null : text;
    }

    private static boolean isNull(@Nullable Node node) {
        return node instanceof ScalarNode scalar && text(scalar) == null;
    }

    /** A number of 0 or more; null when there is none. What is no number is not taken. */
    @Nullable
    Double number(String key) {
        String text = values.get(key) instanceof ScalarNode scalar ? text(scalar) : null;
        if (text == null) {
            return null;
        }
        try {
            double number = Double.parseDouble(text);
            if (number >= 0 && number < Integer.MAX_VALUE) {
                taken.add(key);
                return number;
            }
        } catch (NumberFormatException e) {
            // Told with what is left.
        }
        return null;
    }

    /** Null when there is none. */
    @Nullable
    Boolean flag(String key) {
        String text = text(key);
        return text == null
                ? null
                : switch (text) {
                    case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON" -> true;
                    default -> false;
                };
    }

    /** Empty when there is none. */
    ForeignMap map(String key) {
        if (values.get(key) instanceof MappingNode) {
            taken.add(key);
        }
        return of(values.get(key));
    }

    /** The mappings of the list under {@code key}. */
    List<ForeignMap> maps(String key) {
        List<ForeignMap> maps = new ArrayList<>();
        if (values.get(key) instanceof SequenceNode sequence) {
            taken.add(key);
            for (Node node : sequence.getValue()) {
                if (node instanceof MappingNode) {
                    maps.add(of(node));
                }
            }
        }
        return maps;
    }

    /** The single values of the list under {@code key}, or the one that stands there without a list. */
    List<String> texts(String key) {
        String single = text(key);
        if (single != null) {
            return List.of(single);
        }
        List<String> texts = new ArrayList<>();
        if (values.get(key) instanceof SequenceNode sequence) {
            taken.add(key);
            for (Node node : sequence.getValue()) {
                String text = node instanceof ScalarNode scalar ? text(scalar) : null;
                if (text != null) {
                    texts.add(text);
                }
            }
        }
        return texts;
    }

    /** Says that {@code key} is understood, or needs no mention. */
    void take(String... keys) {
        taken.addAll(List.of(keys));
    }

    /** What nobody took. */
    List<String> left() {
        return values.keySet().stream().filter(key -> !taken.contains(key)).toList();
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }
}
