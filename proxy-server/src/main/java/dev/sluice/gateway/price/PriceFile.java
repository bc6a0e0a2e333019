package dev.sluice.gateway.price;

import dev.sluice.gateway.price.Price.Rates;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
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
 * A price catalogue as written: the shipped one or the operator's. Strict: an unknown name, a rate out of range or a
 * second entry for a model is an error with its line. Thread: any; read once.
 *
 * @param date when the prices were collected, {@code yyyymmdd}; 0 when the file does not say
 * @param checksum CRC-32 of the file's bytes
 */
record PriceFile(int date, long checksum, Map<String, ProviderPrices> providers) {

    /** @param hosts host names of the provider's API, by which a differently named provider is recognised */
    record ProviderPrices(List<String> hosts, Map<String, Price> models) {}

    private static final long MAX_RATE_DOLLARS = 1_000;
    private static final long MAX_RATE = MAX_RATE_DOLLARS * 1_000_000_000;

    static PriceFile parse(byte[] bytes, String name) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return new Reader(name).file(bytes, crc.getValue());
    }

    private record Reader(String name) {

        PriceFile file(byte[] bytes, long checksum) {
            Node root;
            try {
                root = new Compose(LoadSettings.builder().setLabel(name).build())
                        .composeString(new String(bytes, StandardCharsets.UTF_8))
                        .orElseThrow(() -> new InvalidPricesException(name + " is empty; it needs a 'providers' map"));
            } catch (MarkedYamlEngineException e) {
                int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
                throw new InvalidPricesException(name + ":" + line + ": not YAML: " + e.getProblem(), e);
            } catch (YamlEngineException e) {
                throw new InvalidPricesException(name + ": not YAML: " + e.getMessage(), e);
            }
            Map<String, Node> members = members(root, "the file", Set.of("source", "date", "providers"));
            Map<String, ProviderPrices> providers = new HashMap<>();
            Node providersNode = members.get("providers");
            if (providersNode != null) {
                members(providersNode, "providers", null)
                        .forEach((provider, node) -> providers.put(provider, provider(provider, node)));
            }
            Node date = members.get("date");
            return new PriceFile(date == null ? 0 : date(date), checksum, Map.copyOf(providers));
        }

        private ProviderPrices provider(String provider, Node node) {
            Map<String, Node> members = members(node, provider, Set.of("hosts", "models"));
            List<String> hosts = new ArrayList<>();
            if (members.get("hosts") instanceof SequenceNode sequence) {
                for (Node host : sequence.getValue()) {
                    hosts.add(text(host, provider + " hosts"));
                }
            }
            Map<String, Price> models = new HashMap<>();
            Node modelsNode = members.get("models");
            if (modelsNode != null) {
                members(modelsNode, provider + " models", null)
                        .forEach((model, price) -> models.put(model, price(provider + "/" + model, price)));
            }
            return new ProviderPrices(List.copyOf(hosts), Map.copyOf(models));
        }

        private Price price(String what, Node node) {
            Map<String, Node> members =
                    members(node, what, Set.of("input", "cached_input", "cache_write", "output", "long_prompt"));
            Rates standard = rates(what, node, members, null);
            Node step = members.get("long_prompt");
            if (step == null) {
                return new Price(standard, standard, Long.MAX_VALUE);
            }
            String whatStep = what + " long_prompt";
            Map<String, Node> stepMembers =
                    members(step, whatStep, Set.of("from", "input", "cached_input", "cache_write", "output"));
            return new Price(
                    standard,
                    rates(whatStep, step, stepMembers, standard),
                    tokens(whatStep, step, stepMembers.get("from")));
        }

        /** @param base the standard rates, which a long prompt's rates may not leave out */
        private Rates rates(String what, Node node, Map<String, Node> members, @Nullable Rates base) {
            long input = rate(what, "input", members.get("input"));
            long cached = rate(what, "cached_input", members.get("cached_input"));
            long write = rate(what, "cache_write", members.get("cache_write"));
            long output = rate(what, "output", members.get("output"));
            if (input == Price.NO_RATE) {
                throw error(node, what + " has no 'input'; it is the one rate every model needs");
            }
            if (cached > input) {
                throw error(
                        node,
                        what + ": cached_input " + Money.format(cached) + " is above input " + Money.format(input)
                                + "; a cached token never costs more than a plain one");
            }
            if (base != null && (output == Price.NO_RATE) != (base.output() == Price.NO_RATE)) {
                throw error(node, what + " must name 'output' exactly when the model itself does");
            }
            return new Rates(input, cached, write, output);
        }

        private long rate(String what, String member, @Nullable Node node) {
            if (node == null) {
                return Price.NO_RATE;
            }
            String text = text(node, what + " " + member);
            Long nano = Money.parse(text);
            if (nano == null || nano > MAX_RATE) {
                throw error(
                        node,
                        what + ": " + member + " is '" + text + "'; allowed: dollars for a million tokens, 0 to "
                                + MAX_RATE_DOLLARS + ", digits with at most nine decimals");
            }
            return nano;
        }

        private long tokens(String what, Node parent, @Nullable Node node) {
            if (node == null) {
                throw error(parent, what + " has no 'from', the number of prompt tokens at which it begins");
            }
            String text = text(node, what + " from");
            if (text.length() > 9 || text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw error(node, what + ": from is '" + text + "'; allowed: a number of tokens below a billion");
            }
            return Long.parseLong(text);
        }

        private int date(Node node) {
            String text = text(node, "date").replace("-", "");
            if (text.length() != 8 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw error(node, "date is '" + text(node, "date") + "'; allowed: yyyy-mm-dd");
            }
            return Integer.parseInt(text);
        }

        private Map<String, Node> members(Node node, String what, @Nullable Set<String> allowed) {
            if (!(node instanceof MappingNode mapping)) {
                throw error(node, what + " is not a map of names to values");
            }
            Map<String, Node> members = new LinkedHashMap<>();
            Set<String> seen = new HashSet<>();
            for (NodeTuple tuple : mapping.getValue()) {
                String member = text(tuple.getKeyNode(), what);
                if (!seen.add(member)) {
                    throw error(tuple.getKeyNode(), what + " names '" + member + "' twice");
                }
                if (allowed != null && !allowed.contains(member)) {
                    throw error(
                            tuple.getKeyNode(),
                            what + " has an unknown '" + member + "'; allowed: "
                                    + String.join(
                                            ", ", allowed.stream().sorted().toList()));
                }
                members.put(member, tuple.getValueNode());
            }
            return members;
        }

        private String text(Node node, String what) {
            if (node instanceof ScalarNode scalar) {
                return scalar.getValue();
            }
            throw error(node, what + " is not a single value");
        }

        private InvalidPricesException error(Node node, String message) {
            int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
            return new InvalidPricesException(name + ":" + line + ": " + message);
        }
    }
}
