package dev.sluice.gateway.limit;

import java.util.List;
import java.util.Map;

/**
 * Which calls a rule is for: those that meet all of it; an empty list or map asks for nothing. Models and providers are
 * names or {@code prefix*}. Immutable; thread: any.
 *
 * @param keys public ids or names of keys
 * @param models as asked for
 * @param endpoints labels, such as {@code chat.completions}
 * @param tags with these values
 */
public record CallFilter(
        List<String> keys,
        List<String> users,
        List<String> endUsers,
        List<String> teams,
        List<String> tiers,
        List<String> models,
        List<String> providers,
        List<String> endpoints,
        Map<String, String> tags) {

    /** Every call. */
    public static final CallFilter ALL = new CallFilter(
            List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Map.of());

    public CallFilter {
        keys = List.copyOf(keys);
        users = List.copyOf(users);
        endUsers = List.copyOf(endUsers);
        teams = List.copyOf(teams);
        tiers = List.copyOf(tiers);
        models = List.copyOf(models);
        providers = List.copyOf(providers);
        endpoints = List.copyOf(endpoints);
        tags = Map.copyOf(tags);
    }
}
