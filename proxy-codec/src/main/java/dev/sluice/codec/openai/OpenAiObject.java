package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object of a request, which knows where it stands: whoever asks for a member says what it must be, and the caller
 * is told which member is something else. A member that is null counts as absent, of equal names the last one counts.
 *
 * <p>Members can be taken out, so that what remains is what nobody has understood. Thread: any.
 */
final class OpenAiObject {
    private static final int LONGEST_WORD = 64;

    private final String path;
    private final JsonSlice slice;
    private final Map<String, JsonSlice> members = new LinkedHashMap<>();

    private OpenAiObject(String path, JsonSlice object) {
        this.path = path;
        this.slice = object;
        for (JsonSlice.Member member : object.members()) {
            if (member.value().isNull()) {
                members.remove(member.name());
            } else {
                members.put(member.name(), member.value());
            }
        }
    }

    /** @param path how errors name it; empty for the request itself */
    static OpenAiObject of(String path, JsonSlice value) throws MalformedRequestException {
        if (!value.isObject()) {
            throw complaint(path, JsonKind.OBJECT.phrase(), value.kind().phrase());
        }
        return new OpenAiObject(path, value);
    }

    String path() {
        return path;
    }

    /** The object as it stands. */
    JsonSlice slice() {
        return slice;
    }

    /** How errors name the member. */
    String path(String name) {
        return path.isEmpty() ? name : path + '.' + name;
    }

    /** What nobody has taken. */
    List<JsonSlice.Member> rest() {
        List<JsonSlice.Member> rest = new ArrayList<>(members.size());
        members.forEach((name, value) -> rest.add(new JsonSlice.Member(name, value)));
        return rest;
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    @Nullable
    JsonSlice get(String name) {
        return members.get(name);
    }

    void drop(String name) {
        members.remove(name);
    }

    @Nullable
    JsonSlice take(String name) {
        return members.remove(name);
    }

    @Nullable
    JsonSlice string(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && !value.isString()) {
            throw wrong(name, JsonKind.STRING.phrase(), value);
        }
        return value;
    }

    /** A string with something in it. */
    @Nullable
    JsonSlice filledString(String name) throws MalformedRequestException {
        JsonSlice value = string(name);
        return value == null || value.isEmpty() ? null : value;
    }

    JsonSlice requiredString(String name) throws MalformedRequestException {
        JsonSlice value = string(name);
        if (value == null) {
            throw missing(name, JsonKind.STRING.phrase());
        }
        return value;
    }

    /** A string with something in it, unescaped. */
    String requiredText(String name) throws MalformedRequestException {
        JsonSlice value = requiredString(name);
        if (value.isEmpty()) {
            throw new MalformedRequestException(
                    "'" + path(name) + "' must have at least one character; it is empty", path(name));
        }
        return value.text();
    }

    /**
     * The value of a string that only ever is one word, fit for a header, a log and a metric; {@code "unknown"} for all
     * that is none.
     */
    String word(String name) throws MalformedRequestException {
        String text = requiredString(name).text(0, LONGEST_WORD + 1);
        return isWord(text) ? text : "unknown";
    }

    @Nullable
    JsonSlice number(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && value.kind() != JsonKind.INTEGER && value.kind() != JsonKind.DECIMAL) {
            throw wrong(name, "a number", value);
        }
        return value;
    }

    @Nullable
    JsonSlice integer(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && value.kind() != JsonKind.INTEGER) {
            throw wrong(name, JsonKind.INTEGER.phrase(), value);
        }
        return value;
    }

    @Nullable
    JsonSlice bool(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && value.kind() != JsonKind.BOOLEAN) {
            throw wrong(name, JsonKind.BOOLEAN.phrase(), value);
        }
        return value;
    }

    /** An object as it stands. */
    @Nullable
    JsonSlice objectSlice(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && !value.isObject()) {
            throw wrong(name, JsonKind.OBJECT.phrase(), value);
        }
        return value;
    }

    @Nullable
    OpenAiObject object(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        return value == null ? null : of(path(name), value);
    }

    OpenAiObject requiredObject(String name) throws MalformedRequestException {
        OpenAiObject object = object(name);
        if (object == null) {
            throw missing(name, JsonKind.OBJECT.phrase());
        }
        return object;
    }

    /** The elements of an array; none when it is absent. */
    List<JsonSlice> elements(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrong(name, JsonKind.ARRAY.phrase(), value);
        }
        return value.elements();
    }

    /** The objects in an array; none when it is absent. */
    List<OpenAiObject> objects(String name) throws MalformedRequestException {
        List<JsonSlice> elements = elements(name);
        List<OpenAiObject> objects = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            objects.add(of(path(name) + '[' + i + ']', elements.get(i)));
        }
        return objects;
    }

    MalformedRequestException wrong(String name, String allowed, JsonSlice actual) {
        return complaint(path(name), allowed, actual.kind().phrase());
    }

    /** One of a list of words was expected, and the member is another one. */
    MalformedRequestException wrongWord(String name, String allowed) throws MalformedRequestException {
        return complaint(path(name), allowed, "\"" + word(name) + "\"");
    }

    MalformedRequestException missing(String name, String allowed) {
        return new MalformedRequestException("'" + path(name) + "' is missing; it must be " + allowed, path(name));
    }

    private static boolean isWord(String text) {
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            boolean letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
            if (!letter && !(next >= '0' && next <= '9') && "_.:-".indexOf(next) < 0) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= LONGEST_WORD;
    }

    private static MalformedRequestException complaint(String path, String allowed, String actual) {
        return new MalformedRequestException("'" + path + "' must be " + allowed + ", not " + actual, path);
    }
}
