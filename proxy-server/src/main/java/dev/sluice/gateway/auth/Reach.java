package dev.sluice.gateway.auth;

import dev.sluice.gateway.auth.AccessTable.Scope;
import org.jspecify.annotations.Nullable;

/**
 * How far one caller's hand reaches on one route: the caller, and the scope that {@link AccessTable} gives its role there.
 * Whatever looks at stored objects asks here; what it does not {@link #covers cover} does not exist for the caller.
 * Immutable; thread: any.
 */
public record Reach(Principal caller, Scope scope) {

    /**
     * Whether an object is within reach.
     *
     * @param team it belongs to
     * @param user it belongs to; null for nobody in particular
     */
    public boolean covers(String team, @Nullable String user) {
        return switch (scope) {
            case NONE -> false;
            case OWN -> caller.tenant().equals(team) && user != null && user.equals(caller.userId());
            case TEAM -> caller.tenant().equals(team);
            case ALL -> true;
        };
    }

    /** The team that lists are limited to; null: none. */
    public @Nullable String onlyTeam() {
        return scope == Scope.ALL ? null : caller.tenant();
    }

    /** The user that lists are limited to; null: none. For a caller who is no person it is one that nobody has. */
    public @Nullable String onlyUser() {
        if (scope == Scope.ALL || scope == Scope.TEAM) {
            return null;
        }
        String user = caller.userId();
        return user == null ? "" : user;
    }
}
