package dev.sluice.gateway.admin;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list is asked for. A page begins after the last object of the one before, so that what is added or
 * removed meanwhile neither repeats nor hides anything else. Thread: any.
 *
 * @param after id of the last object of the page before; empty for the first page
 */
record Paging(int limit, String after) {
    static final int MOST = 500;

    private static final int USUAL = 50;
    private static final int LONGEST_CURSOR = 400;

    /** @param names the other parameters that the list has; further ones are refused */
    static Paging of(AdminRequest request, String... names) throws InvalidParameterException {
        List<String> allowed = new ArrayList<>(List.of(names));
        allowed.add("limit");
        allowed.add("cursor");
        for (String name : new TreeSet<>(request.parameters().keySet())) {
            if (!allowed.contains(name)) {
                throw new InvalidParameterException(
                        Echo.of(name),
                        "parameter `" + Echo.of(name) + "` is not known; allowed: " + String.join(", ", allowed));
            }
        }
        return new Paging(limit(request.parameter("limit")), after(request.parameter("cursor")));
    }

    private static int limit(@Nullable String text) throws InvalidParameterException {
        if (text == null) {
            return USUAL;
        }
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MOST) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new InvalidParameterException("limit", "`limit` is `" + Echo.of(text) + "`; allowed: 1 to " + MOST);
    }

    private static String after(@Nullable String cursor) throws InvalidParameterException {
        if (cursor == null) {
            return "";
        }
        try {
            if (cursor.length() <= LONGEST_CURSOR) {
                String after = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
                if (!after.isEmpty() && after.indexOf('\0') < 0) {
                    return after;
                }
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new InvalidParameterException(
                "cursor", "`cursor` is not one that was given out; allowed: `next_cursor` of the page before");
    }

    /** One more than a page has: whether there is a next one is known without another question. */
    int wanted() {
        return limit + 1;
    }

    /** {@code {"data":[…],"next_cursor":…}}. */
    <T> AdminResponse page(List<T> rows, Function<T, String> id, Function<T, ? extends Record> view) {
        List<T> shown = rows.size() > limit ? rows.subList(0, limit) : rows;
        String next = rows.size() > limit ? cursor(id.apply(shown.get(limit - 1))) : null;
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (T row : shown) {
                Json.write(json, view.apply(row));
            }
            json.writeEndArray();
            json.writeStringField("next_cursor", next);
            json.writeEndObject();
        });
    }

    private static String cursor(String id) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id.getBytes(StandardCharsets.UTF_8));
    }

    /** Says of a list's route what every list has. */
    static RouteDocument document(RouteDocument of) {
        return of.query("limit", "objects of a page, 1 to " + MOST + "; " + USUAL + " when absent")
                .query("cursor", "`next_cursor` of the page before");
    }
}
