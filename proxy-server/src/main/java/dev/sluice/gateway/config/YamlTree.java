package dev.sluice.gateway.config;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Turns YAML text into nodes that know their line and column; what the text may cost is bounded in size, nesting and
 * aliases. Thread: any.
 */
public final class YamlTree {
    private static final int DEEPEST = 32;
    private static final int MOST_ALIASES = 50;

    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setLabel("configuration")
            .setSchema(new CoreSchema())
            .setAllowDuplicateKeys(true) // they are found later, with their place
            .setAllowNonScalarKeys(true) // likewise
            .setMaxAliasesForCollections(MOST_ALIASES)
            .setCodePointLimit(ConfigFile.LARGEST_BYTES)
            .setUseMarks(true)
            .build();

    private YamlTree() {}

    /**
     * Reads a file that was written for another program, within the bounds of our own.
     *
     * @return the root node; null when the file holds nothing
     * @throws ConfigException when it cannot be read or is no YAML
     */
    public static @Nullable Node readForeign(Path file) throws ConfigException {
        Problems problems = new Problems();
        Map<Path, String> filesRead = new HashMap<>();
        String text = ConfigFile.read(file, problems, filesRead);
        Node node = problems.errors().isEmpty() ? read(text, problems) : null;
        if (!problems.errors().isEmpty()) {
            throw new ConfigException(file, problems.errors(), new FileStates(filesRead));
        }
        return node;
    }

    /** The root node; null when the text is empty or, after a problem was added, when it is no YAML. */
    static @Nullable Node read(String text, Problems problems) {
        try {
            if (!isShallow(text, problems)) {
                return null;
            }
            return new Compose(SETTINGS).composeString(text).orElse(null);
        } catch (MarkedYamlEngineException e) {
            Place place = e.getProblemMark()
                    .or(e::getContextMark)
                    .map(mark -> new Place(mark.getLine() + 1, mark.getColumn() + 1, ""))
                    .orElse(Place.environment(""));
            problems.error(place, "not valid YAML: " + problem(e) + quoteHint(text, place.line()));
        } catch (ReaderException e) {
            problems.error(
                    placeOfCodePoint(text, e.getPosition()),
                    "not valid YAML: character U+%04X is not allowed".formatted(e.getCodePoint()));
        } catch (YamlEngineException e) {
            // The only one without a mark that is left is the bound on aliases.
            problems.error(Place.environment(""), "not valid YAML: " + firstLine(e.getMessage()));
        }
        return null;
    }

    /**
     * The composer recurses into every level, so the depth is measured on the flat stream of events before; and it never
     * comes back from merging a mapping into itself.
     */
    private static boolean isShallow(String text, Problems problems) {
        Deque<Optional<Anchor>> open = new ArrayDeque<>();
        for (Event event : new Parse(SETTINGS).parseString(text)) {
            if (event instanceof CollectionStartEvent start) {
                open.push(start.getAnchor());
                if (open.size() > DEEPEST) {
                    problems.error(place(event), "nested deeper than the allowed " + DEEPEST + " levels");
                    return false;
                }
            } else if (event instanceof CollectionEndEvent) {
                open.pop();
            } else if (event instanceof AliasEvent alias && open.contains(Optional.of(alias.getAlias()))) {
                problems.error(place(event), "contains itself: an alias stands inside of what it stands for");
                return false;
            }
        }
        return true;
    }

    private static Place place(Event event) {
        Optional<Mark> mark = event.getStartMark();
        return new Place(
                mark.map(Mark::getLine).orElse(-1) + 1,
                mark.map(Mark::getColumn).orElse(-1) + 1,
                "");
    }

    /** Some problems of the engine are the second half of a sentence. */
    private static String problem(MarkedYamlEngineException e) {
        String problem = firstLine(e.getProblem());
        return problem.startsWith("but ") ? firstLine(e.getContext()) + ", " + problem : problem;
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "cannot be read" : message.lines().findFirst().orElse("cannot be read");
    }

    /** The most frequent slip: <code>{ api_key: ${VAR} }</code>, where YAML takes the brace for one of its own. */
    private static String quoteHint(String text, int line) {
        boolean suspicious = text.lines()
                .skip(Math.max(0, line - 1))
                .findFirst()
                .filter(found -> found.contains("${"))
                .isPresent();
        return suspicious ? "; inside { } and [ ] a value with ${...} needs quotes: \"${VARIABLE}\"" : "";
    }

    private static Place placeOfCodePoint(String text, int position) {
        int end = text.offsetByCodePoints(0, Math.min(position, text.codePointCount(0, text.length())));
        String before = text.substring(0, end);
        int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        return new Place(line, end - before.lastIndexOf('\n'), "");
    }
}
