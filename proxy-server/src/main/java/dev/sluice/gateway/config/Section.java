package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import java.nio.file.Path;
import java.time.Duration;
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
import org.snakeyaml.engine.v2.nodes.NodeType;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A mapping of the file while it is read: every key that is asked for is a known one, and {@link #done} reports the
 * others. A section that is not in the file reads as empty, so that defaults have one place.
 */
final class Section {
    private static final Set<Tag> VALUE_TAGS = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.ENV_TAG);

    /** What all sections of one file share. {@code overrides} are values from the environment, by path. */
    record Reading(Problems problems, Interpolation interpolation, Path baseDir, Map<String, Scalar> overrides) {}

    private final Reading reading;
    private final Place place;
    private final boolean misshapen;
    private final Map<String, Node> keys = new LinkedHashMap<>();
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();

    private Section(Reading reading, Place place, @Nullable Node node) {
        this.reading = reading;
        this.place = place;
        this.misshapen = node != null && !(node instanceof MappingNode);
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(this::add);
        } else if (node != null) {
            reading.problems().error(place, "is " + describe(node) + "; allowed: a mapping (key: value)");
        }
    }

    static Section root(@Nullable Node node, Reading reading) {
        return new Section(reading, node == null ? new Place(0, 0, "") : Place.of(node, ""), node);
    }

    private void add(NodeTuple tuple) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
            problems().error(Place.of(tuple.getKeyNode(), place.path()), "a key must be a plain text");
            return;
        }
        Node first = keys.putIfAbsent(key.getValue(), key);
        if (first == null) {
            values.put(key.getValue(), tuple.getValueNode());
        } else {
            Place again = Place.of(key, place.childPath(key.getValue()));
            int line = Place.of(first, "").line();
            problems().error(again, "is written twice; the first one is in line " + line);
        }
    }

    Place place() {
        return place;
    }

    Problems problems() {
        return reading.problems();
    }

    Path baseDir() {
        return reading.baseDir();
    }

    /** All keys, for sections whose keys are names that the operator chooses. */
    Set<String> names() {
        known.addAll(keys.keySet());
        return keys.keySet();
    }

    /** Where {@code key} is written; where it would belong when it is not. */
    Place atKey(String key) {
        Node node = keys.get(key);
        return node == null ? place.child(key) : Place.of(node, place.childPath(key));
    }

    /** Where the value of {@code key} is written, or the variable that replaces it. */
    Place at(String key) {
        Scalar override = reading.overrides().get(place.childPath(key));
        Node node = values.get(key);
        if (override != null) {
            return override.place();
        }
        return node == null ? atKey(key) : Place.of(node, place.childPath(key));
    }

    boolean has(String key) {
        known.add(key);
        return values.containsKey(key) || isOverridden(place.childPath(key));
    }

    private boolean isOverridden(String path) {
        return reading.overrides().keySet().stream()
                .anyMatch(override -> override.equals(path) || override.startsWith(path + "."));
    }

    boolean isMapping(String key) {
        return values.get(key) instanceof MappingNode;
    }

    /** Whether a list is under {@code key}. */
    boolean isList(String key) {
        return values.get(key) instanceof SequenceNode;
    }

    /** The mapping under {@code key}; an empty one when there is none. */
    Section section(String key) {
        known.add(key);
        Node node = values.get(key);
        return new Section(reading, at(key), node);
    }

    /** The value under {@code key}; null when there is none, or none that can be used. */
    @Nullable
    Scalar scalar(String key) {
        known.add(key);
        Scalar override = reading.overrides().get(place.childPath(key));
        if (override != null) {
            return override;
        }
        Node node = values.get(key);
        return node == null ? null : scalar(node, Place.of(node, place.childPath(key)));
    }

    /** Like {@link #scalar}, for a value that the database may have. */
    @Nullable
    Scalar storable(String key) {
        known.add(key);
        Node node = values.get(key);
        return node == null ? null : storable(node, Place.of(node, place.childPath(key)));
    }

    /** Like {@link #scalar}, and a problem when the key is missing. */
    @Nullable
    Scalar required(String key) {
        if (!has(key)) {
            if (!misshapen) {
                problems().error(place.child(key), "is missing");
            }
            return null;
        }
        return scalar(key);
    }

    private @Nullable Scalar scalar(Node node, Place at) {
        if (!(node instanceof ScalarNode scalar)) {
            problems().error(at, "is " + describe(node) + "; allowed: a single value");
            return null;
        }
        if (scalar.getTag().equals(Tag.NULL)) {
            problems().error(at, "is empty");
            return null;
        }
        if (!VALUE_TAGS.contains(scalar.getTag())) {
            problems()
                    .error(
                            at,
                            "has the tag '" + Place.printable(scalar.getTag().getValue())
                                    + "'; allowed: a value without a tag");
            return null;
        }
        String written = scalar.getValue();
        String text;
        try {
            text = reading.interpolation().resolve(written);
        } catch (Interpolation.UnresolvedException e) {
            problems().error(at, String.valueOf(e.getMessage()));
            return null;
        }
        if (text.isBlank()) {
            problems().error(at, "is empty");
            return null;
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            problems().error(at, "holds a line break or another control character; allowed: one line of text");
            return null;
        }
        return new Scalar(text, written, at, problems());
    }

    /** The single values of the list under {@code key}; empty when there is none. */
    List<Scalar> scalars(String key) {
        List<Scalar> found = new ArrayList<>();
        forEach(key, (node, at) -> {
            Scalar scalar = scalar(node, at);
            if (scalar != null) {
                found.add(scalar);
            }
        });
        return found;
    }

    /** The same, of values that the database may have. */
    List<Scalar> storables(String key) {
        List<Scalar> found = new ArrayList<>();
        forEach(key, (node, at) -> {
            Scalar scalar = storable(node, at);
            if (scalar != null) {
                found.add(scalar);
            }
        });
        return found;
    }

    private @Nullable Scalar storable(Node node, Place at) {
        if (node instanceof ScalarNode scalar) {
            try {
                String name = Interpolation.storedName(scalar.getValue());
                if (name != null) {
                    return Scalar.stored(name, scalar.getValue(), at, problems());
                }
            } catch (Interpolation.UnresolvedException e) {
                problems().error(at, String.valueOf(e.getMessage()));
                return null;
            }
        }
        return scalar(node, at);
    }

    /** The mappings of the list under {@code key}; empty when there is none. */
    List<Section> sections(String key) {
        List<Section> found = new ArrayList<>();
        forEach(key, (node, at) -> found.add(new Section(reading, at, node)));
        return found;
    }

    private interface Item {
        void accept(Node node, Place at);
    }

    private void forEach(String key, Item item) {
        known.add(key);
        Node node = values.get(key);
        if (node == null) {
            return;
        }
        Place at = Place.of(node, place.childPath(key));
        if (!(node instanceof SequenceNode sequence)) {
            problems().error(at, "is " + describe(node) + "; allowed: a list");
            return;
        }
        if (sequence.getValue().isEmpty()) {
            problems().error(at, "is empty; allowed: a list with at least one entry");
        }
        for (int i = 0; i < sequence.getValue().size(); i++) {
            Node child = sequence.getValue().get(i);
            item.accept(child, Place.of(child, at.path() + "[" + i + "]"));
        }
    }

    int integer(String key, int fallback, int smallest, int largest) {
        Scalar scalar = scalar(key);
        Integer value = scalar == null ? null : scalar.integer(smallest, largest);
        return value == null ? fallback : value;
    }

    int sizeBytes(String key, int fallback, int smallest, int largest) {
        Scalar scalar = scalar(key);
        Integer value = scalar == null ? null : scalar.sizeBytes(smallest, largest);
        return value == null ? fallback : value;
    }

    Duration duration(String key, Duration fallback, Duration shortest, Duration longest) {
        Scalar scalar = scalar(key);
        Duration value = scalar == null ? null : scalar.duration(shortest, longest);
        return value == null ? fallback : value;
    }

    /** With up to three digits behind the point. */
    double percent(String key, double fallback, double smallest, double largest) {
        Scalar scalar = scalar(key);
        Double value = scalar == null ? null : scalar.percent(smallest, largest);
        return value == null ? fallback : value;
    }

    int wholePercent(String key, int fallback, int smallest, int largest) {
        Scalar scalar = scalar(key);
        Integer value = scalar == null ? null : scalar.wholePercent(smallest, largest);
        return value == null ? fallback : value;
    }

    boolean flag(String key, boolean fallback) {
        Boolean value = flag(key);
        return value == null ? fallback : value;
    }

    /** Null when nothing is said. */
    @Nullable
    Boolean flag(String key) {
        Scalar scalar = scalar(key);
        return scalar == null ? null : scalar.flag();
    }

    String choice(String key, String fallback, List<String> allowed) {
        Scalar scalar = scalar(key);
        String value = scalar == null ? null : scalar.choice(allowed);
        return value == null ? fallback : value;
    }

    /** What {@code on_client_abort} says here; null when it says nothing. */
    @Nullable
    AbortPolicy abortPolicy() {
        return switch (choice("on_client_abort", "", List.of("cancel", "drain"))) {
            case "cancel" -> AbortPolicy.CANCEL;
            case "drain" -> AbortPolicy.DRAIN;
            default -> null;
        };
    }

    @Nullable
    Path file(String key) {
        Scalar scalar = scalar(key);
        return scalar == null ? null : scalar.file(baseDir());
    }

    /** Reports every key that nobody asked for. */
    void done() {
        for (Map.Entry<String, Node> key : keys.entrySet()) {
            if (!known.contains(key.getKey())) {
                problems()
                        .error(
                                Place.of(key.getValue(), place.childPath(key.getKey())),
                                "unknown key '" + Place.printable(key.getKey()) + "'"
                                        + NearestName.hint(key.getKey(), known));
            }
        }
    }

    private static String describe(Node node) {
        if (node.getNodeType() == NodeType.SCALAR) {
            return node.getTag().equals(Tag.NULL) ? "empty" : "a single value";
        }
        return node.getNodeType() == NodeType.MAPPING ? "a mapping" : "a list";
    }
}
