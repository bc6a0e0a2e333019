package dev.sluice.codec.dialect;

import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object of a request, which knows where it stands: whoever asks for a member says what it must be, and the caller
 * is told which member is something else, what it is and what it must be. A member that is null counts as absent, of
 * equal names the last one counts.
 *
 * <p>What gives a member is null, or empty, for one that is absent, unless it says that the member is required; it throws
 * {@link MalformedRequestException}, in a sentence fit for the caller, for a member of another kind. The values of
 * members never stand in a sentence, only their kinds and words that are fit to be shown.
 *
 * <p>Members that are understood can be dropped, so that what remains is what nobody has a word for. Borrows the
 * request's bytes. Thread: any.
 */
public final class RequestObject {
    private static final String WORD_MARKS = "_.:-";
    private static final int LONGEST_WORD = 64;

    private final String path;
    private final JsonSlice slice;
    private final Map<String, JsonSlice> members = new LinkedHashMap<>();

    private RequestObject(String path, JsonSlice object) {
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
    public static RequestObject of(String path, JsonSlice value) throws MalformedRequestException {
        if (!value.isObject()) {
            throw complaint(path, JsonKind.OBJECT.phrase(), value.kind().phrase());
        }
        return new RequestObject(path, value);
    }

    /** How errors name the object. */
    public String path() {
        return path;
    }

    /** The object as it stands. */
    public JsonSlice slice() {
        return slice;
    }

    /** How errors name the member. */
    public String path(String name) {
        return path.isEmpty() ? name : path + '.' + name;
    }

    /** What nobody has dropped, in the order in which the members stand there first. */
    public List<JsonSlice.Member> rest() {
        List<JsonSlice.Member> rest = new ArrayList<>(members.size());
        members.forEach((name, value) -> rest.add(new JsonSlice.Member(name, value)));
        return rest;
    }

    /** Whether there is such a member, and it is not null. */
    public boolean has(String name) {
        return members.containsKey(name);
    }

    /** The member, whatever it is. */
    public @Nullable JsonSlice get(String name) {
        return members.get(name);
    }

    /** The member has been understood. */
    public void drop(String name) {
        members.remove(name);
    }

    /** All of them have been understood. */
    public void drop(List<String> names) {
        names.forEach(members::remove);
    }

    /** A string, which may be empty. */
    public @Nullable JsonSlice string(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && !value.isString()) {
            throw wrong(name, JsonKind.STRING.phrase(), value);
        }
        return value;
    }

    /** A string with something in it. */
    public @Nullable JsonSlice filledString(String name) throws MalformedRequestException {
        JsonSlice value = string(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** A string that must be there, and may be empty. */
    public JsonSlice requiredString(String name) throws MalformedRequestException {
        JsonSlice value = string(name);
        if (value == null) {
            throw missing(name, JsonKind.STRING.phrase());
        }
        return value;
    }

    /** A string that must be there with something in it, unescaped. */
    public String requiredText(String name) throws MalformedRequestException {
        JsonSlice value = requiredString(name);
        if (value.isEmpty()) {
            throw new MalformedRequestException(
                    "'" + path(name) + "' must have at least one character; it is empty", path(name));
        }
        return value.text();
    }

    /**
     * The value of a string that must be there and only ever is one word of at most 64 characters, fit for a header, a
     * log and a metric; {@code "unknown"} for all that is none.
     */
    public String word(String name) throws MalformedRequestException {
        String text = requiredString(name).text(0, LONGEST_WORD + 1);
        return StableIds.isLegal(text, WORD_MARKS, LONGEST_WORD) ? text : "unknown";
    }

    /** An integer, or a number with a fraction or an exponent. */
    public @Nullable JsonSlice number(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && value.kind() != JsonKind.INTEGER && value.kind() != JsonKind.DECIMAL) {
            throw wrong(name, "a number", value);
        }
        return value;
    }

    /** A number without fraction and exponent. */
    public @Nullable JsonSlice integer(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && value.kind() != JsonKind.INTEGER) {
            throw wrong(name, JsonKind.INTEGER.phrase(), value);
        }
        return value;
    }

    /** True or false. */
    public @Nullable JsonSlice bool(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && value.kind() != JsonKind.BOOLEAN) {
            throw wrong(name, JsonKind.BOOLEAN.phrase(), value);
        }
        return value;
    }

    /** An object as it stands. */
    public @Nullable JsonSlice objectSlice(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        if (value != null && !value.isObject()) {
            throw wrong(name, JsonKind.OBJECT.phrase(), value);
        }
        return value;
    }

    /** An object, to be asked for its own members. */
    public @Nullable RequestObject object(String name) throws MalformedRequestException {
        JsonSlice value = members.get(name);
        return value == null ? null : of(path(name), value);
    }

    /** An object that must be there. */
    public RequestObject requiredObject(String name) throws MalformedRequestException {
        RequestObject object = object(name);
        if (object == null) {
            throw missing(name, JsonKind.OBJECT.phrase());
        }
        return object;
    }

    /** The elements of an array; none when it is absent. */
    public List<JsonSlice> elements(String name) throws MalformedRequestException {
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
    public List<RequestObject> objects(String name) throws MalformedRequestException {
        List<JsonSlice> elements = elements(name);
        List<RequestObject> objects = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            objects.add(of(path(name) + '[' + i + ']', elements.get(i)));
        }
        return objects;
    }

    /**
     * The member is not what it must be.
     *
     * @param name the member's, or that of a place in it: {@code stop[1]}
     * @param allowed what it must be: {@code a string}
     */
    public MalformedRequestException wrong(String name, String allowed, JsonSlice actual) {
        return complaint(path(name), allowed, actual.kind().phrase());
    }

    /**
     * The member is a word, but none of those it may be.
     *
     * @param allowed each in double quotes
     */
    public MalformedRequestException wrongWord(String name, String allowed) throws MalformedRequestException {
        return complaint(path(name), allowed, "\"" + word(name) + "\"");
    }

    /**
     * The member must be there.
     *
     * @param allowed what it must be: {@code a string}
     */
    public MalformedRequestException missing(String name, String allowed) {
        return new MalformedRequestException("'" + path(name) + "' is missing; it must be " + allowed, path(name));
    }

    private static MalformedRequestException complaint(String path, String allowed, String actual) {
        return new MalformedRequestException("'" + path + "' must be " + allowed + ", not " + actual, path);
    }
}
