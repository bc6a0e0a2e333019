package dev.sluice.codec.anthropic;

import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object of a request, which knows where it stands, so that a caller is told which member is not what it must be. A
 * member that is null counts as absent, of equal names the last one counts. What is taken out is understood; the rest
 * is what nobody has a word for. Thread: any.
 */
final class AnthropicObject {
    private final String path;
    private final JsonSlice slice;
    private final Map<String, JsonSlice> members = new LinkedHashMap<>();

    private AnthropicObject(String path, JsonSlice slice) {
        this.path = path;
        this.slice = slice;
        for (JsonSlice.Member member : slice.members()) {
            if (member.value().isNull()) {
                members.remove(member.name());
            } else {
                members.put(member.name(), member.value());
            }
        }
    }

    /** @param path how errors name it; empty for the request itself */
    static AnthropicObject of(String path, JsonSlice value) throws MalformedRequestException {
        if (!value.isObject()) {
            throw wrong(path, JsonKind.OBJECT.phrase(), value.kind().phrase());
        }
        return new AnthropicObject(path, value);
    }

    /** As it stands. */
    JsonSlice slice() {
        return slice;
    }

    List<JsonSlice.Member> rest() {
        List<JsonSlice.Member> rest = new ArrayList<>(members.size());
        members.forEach((name, value) -> rest.add(new JsonSlice.Member(name, value)));
        return rest;
    }

    @Nullable
    JsonSlice take(String name) {
        return members.remove(name);
    }

    @Nullable
    JsonSlice takeString(String name) throws MalformedRequestException {
        JsonSlice value = members.remove(name);
        if (value != null && !value.isString()) {
            throw wrong(path(name), JsonKind.STRING.phrase(), value.kind().phrase());
        }
        return value;
    }

    /** A string with something in it. */
    @Nullable
    JsonSlice takeText(String name) throws MalformedRequestException {
        JsonSlice value = takeString(name);
        return value == null || value.isEmpty() ? null : value;
    }

    JsonSlice takeRequired(String name) throws MalformedRequestException {
        JsonSlice value = takeString(name);
        if (value == null) {
            throw wrong(path(name), JsonKind.STRING.phrase(), "absent");
        }
        return value;
    }

    @Nullable
    JsonSlice takeNumber(String name) throws MalformedRequestException {
        JsonSlice value = members.remove(name);
        if (value != null && value.kind() != JsonKind.INTEGER && value.kind() != JsonKind.DECIMAL) {
            throw wrong(path(name), "a number", value.kind().phrase());
        }
        return value;
    }

    @Nullable
    AnthropicObject takeObject(String name) throws MalformedRequestException {
        JsonSlice value = members.remove(name);
        return value == null ? null : of(path(name), value);
    }

    /** The elements of an array; none when it is absent. */
    List<JsonSlice> takeArray(String name) throws MalformedRequestException {
        JsonSlice value = members.remove(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrong(path(name), JsonKind.ARRAY.phrase(), value.kind().phrase());
        }
        return value.elements();
    }

    /** How errors name a member. */
    String path(String name) {
        return path.isEmpty() ? name : path + '.' + name;
    }

    static MalformedRequestException wrong(String path, String allowed, String actual) {
        return new MalformedRequestException("'" + path + "' must be " + allowed + ", not " + actual, path);
    }
}
