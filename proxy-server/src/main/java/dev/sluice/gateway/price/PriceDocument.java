package dev.sluice.gateway.price;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The YAML of a price file, read strictly: what is not understood is an error that names file and line. Thread: any.
 *
 * @param name what messages call the file
 */
record PriceDocument(String name) {

    Node root(byte[] bytes) {
        try {
            return new Compose(LoadSettings.builder().setLabel(name).build())
                    .composeString(new String(bytes, StandardCharsets.UTF_8))
                    .orElseThrow(() -> new InvalidPricesException(name + " is empty; it needs a 'providers' map"));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw new InvalidPricesException(name + ":" + line + ": not YAML: " + e.getProblem(), e);
        } catch (YamlEngineException e) {
            throw new InvalidPricesException(name + ": not YAML: " + e.getMessage(), e);
        }
    }

    /** @param allowed null: any name */
    Map<String, Node> members(Node node, String what, @Nullable Set<String> allowed) {
        if (!(node instanceof MappingNode mapping)) {
            throw error(node, what + " is not a map of names to values");
        }
        Map<String, Node> members = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            String member = text(tuple.getKeyNode(), what);
            if (allowed != null && !allowed.contains(member)) {
                throw error(
                        tuple.getKeyNode(),
                        what + " has an unknown '" + member + "'; allowed: "
                                + String.join(", ", allowed.stream().sorted().toList()));
            }
            if (members.put(member, tuple.getValueNode()) != null) {
                throw error(tuple.getKeyNode(), what + " names '" + member + "' twice");
            }
        }
        return members;
    }

    /** What a list holds; a single value is a list of one, and none when it is absent. */
    List<Node> items(@Nullable Node node) {
        if (node == null) {
            return List.of();
        }
        return node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
    }

    List<String> texts(@Nullable Node node, String what) {
        List<String> texts = new ArrayList<>();
        for (Node item : items(node)) {
            texts.add(text(item, what));
        }
        return texts;
    }

    String text(Node node, String what) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw error(node, what + " is not a single value");
    }

    Multiplier multiplier(Node node, String what) {
        String text = text(node, what);
        Multiplier multiplier = Multiplier.parse(text);
        if (multiplier == null) {
            throw error(
                    node,
                    what + " is '" + text + "'; allowed: a factor above 0, at most 100, with at most six decimals");
        }
        return multiplier;
    }

    Map<String, Multiplier> multipliers(@Nullable Node node, String what) {
        if (node == null) {
            return Map.of();
        }
        Map<String, Multiplier> multipliers = new LinkedHashMap<>();
        members(node, what, null)
                .forEach((member, value) -> multipliers.put(member, multiplier(value, what + " " + member)));
        return multipliers;
    }

    InvalidPricesException error(Node node, String message) {
        int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        return new InvalidPricesException(name + ":" + line + ": " + message);
    }
}
