package dev.sluice.gateway.limit;

import dev.sluice.gateway.auth.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells whether a call meets a {@link CallFilter}, without an iterator. Immutable; thread: any. */
final class CallMatcher {
    private final CallFilter filter;
    private final String[] tagNames;
    private final String[] tagValues;

    CallMatcher(CallFilter filter) {
        this.filter = filter;
        this.tagNames = filter.tags().keySet().toArray(String[]::new);
        this.tagValues = new String[tagNames.length];
        for (int i = 0; i < tagNames.length; i++) {
            tagValues[i] = filter.tags().getOrDefault(tagNames[i], "");
        }
    }

    boolean matches(LimitCall call) {
        return matchesCaller(call)
                && isAmongPatterns(filter.models(), call.model())
                && isAmongPatterns(filter.providers(), call.provider());
    }

    /** All of it but what a caller may choose anew with each call: model and provider. */
    boolean matchesCaller(LimitCall call) {
        Principal caller = call.principal();
        return isKey(caller)
                && isAmong(filter.users(), caller.userId())
                && isAmong(filter.endUsers(), call.endUser())
                && isAmong(filter.teams(), caller.tenant())
                && isAmong(filter.tiers(), caller.tier())
                && isAmong(filter.endpoints(), call.endpoint())
                && hasTags(call);
    }

    private boolean isKey(Principal caller) {
        List<String> keys = filter.keys();
        return keys.isEmpty() || keys.contains(caller.keyId()) || keys.contains(caller.name());
    }

    private boolean hasTags(LimitCall call) {
        for (int i = 0; i < tagNames.length; i++) {
            if (!tagValues[i].equals(call.tags().get(tagNames[i]))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAmong(List<String> names, @Nullable String name) {
        return names.isEmpty() || (name != null && names.contains(name));
    }

    private static boolean isAmongPatterns(List<String> patterns, String name) {
        if (patterns.isEmpty()) {
            return true;
        }
        for (int i = 0; i < patterns.size(); i++) {
            String pattern = patterns.get(i);
            if (pattern.endsWith("*")
                    ? name.regionMatches(0, pattern, 0, pattern.length() - 1)
                    : name.equals(pattern)) {
                return true;
            }
        }
        return false;
    }
}
