package dev.sluice.gateway.exchange;

import org.jspecify.annotations.Nullable;

/** Puts what a caller's target has behind its question mark behind what a dialect's own target has. Thread: any. */
final class Queries {

    private Queries() {}

    /**
     * @param path of the dialect, perhaps with a query
     * @param query of the caller, undecoded; names that {@code path} sets are left out
     */
    static String joined(String path, @Nullable String query) {
        if (query == null || query.isEmpty()) {
            return path;
        }
        int own = path.indexOf('?');
        if (own < 0) {
            return path + "?" + query;
        }
        String added = withoutNames(query, path.substring(own + 1));
        return added.isEmpty() ? path : path + "&" + added;
    }

    /** The parts of {@code query} whose names {@code fixed} has not. */
    private static String withoutNames(String query, String fixed) {
        StringBuilder rest = new StringBuilder();
        for (String part : query.split("&", -1)) {
            String name = part.indexOf('=') < 0 ? part : part.substring(0, part.indexOf('='));
            boolean isFixed = fixed.startsWith(name + "=") || fixed.contains("&" + name + "=");
            if (!isFixed && !part.isEmpty()) {
                rest.append(rest.isEmpty() ? "" : "&").append(part);
            }
        }
        return rest.toString();
    }
}
