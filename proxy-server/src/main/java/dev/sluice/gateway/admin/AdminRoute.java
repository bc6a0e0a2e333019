package dev.sluice.gateway.admin;

import org.jspecify.annotations.Nullable;

/**
 * A method, a path, what is done for it, and what the document of the interface says about it.
 *
 * @param path may have one segment in braces, {@code {id}}, that stands for any text without a slash
 */
public record AdminRoute(String method, String path, RouteDocument document, Action action) {

    /** What is done for a request; may block. */
    @FunctionalInterface
    public interface Action {
        AdminResponse answer(AdminRequest request) throws Exception;
    }

    /** @param route method and path with a space between them, as {@link dev.sluice.gateway.auth.AccessTable} has it */
    static AdminRoute of(String route, RouteDocument document, Action action) {
        int space = route.indexOf(' ');
        return new AdminRoute(route.substring(0, space), route.substring(space + 1), document, action);
    }

    /** What {@code asked} has in place of the braces, empty for a path without; null when it is another path. */
    @Nullable
    String match(String asked) {
        int at = path.indexOf('{');
        if (at < 0) {
            return path.equals(asked) ? "" : null;
        }
        String after = path.substring(path.indexOf('}') + 1);
        if (!asked.startsWith(path.substring(0, at)) || !asked.endsWith(after)) {
            return null;
        }
        int end = asked.length() - after.length();
        String id = end <= at ? "" : asked.substring(at, end);
        return id.isEmpty() || id.indexOf('/') >= 0 ? null : id;
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
