package dev.sluice.codec.usage;

import dev.sluice.codec.json.JsonShape;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link JsonShape} of paths such as {@code usage.input_tokens}; {@code []} behind a name are the elements of
 * that array. Thread: any; used once for each row of {@link UsageShape}.
 */
final class PlaceTree {
    private static final String ELEMENTS = "[]";

    private final Map<String, PlaceTree> members = new LinkedHashMap<>();
    private @Nullable PlaceTree element;
    private @Nullable UsagePlace place;

    void put(String path, UsagePlace newPlace) {
        PlaceTree tree = this;
        int from = 0;
        while (from < path.length()) {
            int point = path.indexOf('.', from);
            int to = point < 0 ? path.length() : point;
            tree = tree.step(path.substring(from, to));
            from = to + 1;
        }
        tree.place = newPlace;
    }

    private PlaceTree step(String name) {
        if (!name.endsWith(ELEMENTS)) {
            return members.computeIfAbsent(name, unseen -> new PlaceTree());
        }
        PlaceTree array = step(name.substring(0, name.length() - ELEMENTS.length()));
        PlaceTree elements = array.element == null ? new PlaceTree() : array.element;
        array.element = elements;
        return elements;
    }

    Map<String, JsonShape> members() {
        Map<String, JsonShape> shapes = new HashMap<>();
        members.forEach((name, tree) -> shapes.put(name, tree.shape()));
        return Map.copyOf(shapes);
    }

    private JsonShape shape() {
        JsonShape shape = JsonShape.path();
        if (place != null) {
            shape = place.keepsText() ? JsonShape.text(place.id()) : JsonShape.value(place.id());
        }
        if (!members.isEmpty()) {
            shape = shape.members(members());
        }
        return element == null ? shape : shape.elements(element.shape());
    }
}
