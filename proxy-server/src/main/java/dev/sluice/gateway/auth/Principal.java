package dev.sluice.gateway.auth;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking. Immutable; thread: any.
 *
 * @param keyId what usage is kept under: public id of the key, {@code user:<id>} for a person with a token,
 *     {@code anonymous} with {@code auth.mode: none}
 * @param name the operator's name for it
 * @param teamId the team it belongs to; null for keys of the configuration that name none
 * @param userId the person behind it; null for keys without an owner
 * @param tier what limits may refer to
 * @param tags put on each of its calls; those of the caller win over them
 * @param models names or {@code prefix*} it may use; empty: all
 * @param endpoints labels of {@link dev.sluice.gateway.auth.AccessTable data plane endpoints} it may use; empty: all
 * @param validUntil Unix time in seconds after which it has to be asked for again; {@link Long#MAX_VALUE}: never
 */
public record Principal(
        String keyId,
        String name,
        @Nullable String teamId,
        @Nullable String userId,
        Role role,
        @Nullable String tier,
        Map<String, String> tags,
        List<String> models,
        List<String> endpoints,
        long validUntil)
        implements AuthResult {

    /** What objects belong to that name no team. */
    public static final String DEFAULT_TEAM = "default";

    private static final String PERSON = "user:";
    private static final String ANYBODY = "anonymous";

    public Principal {
        tags = Map.copyOf(tags);
        models = List.copyOf(models);
        endpoints = List.copyOf(endpoints);
    }

    /** A key of which nothing special is known. */
    public Principal(String keyId, String name, @Nullable String teamId, List<String> models) {
        this(keyId, name, teamId, null, Role.SERVICE, null, Map.of(), models, List.of(), Long.MAX_VALUE);
    }

    /** A person with a token, and not a program with a key. */
    public boolean isPerson() {
        return userId != null && keyId.startsWith(PERSON);
    }

    /** Nobody in particular: with {@code auth.mode: none} everybody is this one. */
    static Principal anybody() {
        return new Principal(ANYBODY, ANYBODY, null, List.of());
    }

    /** Whether it is {@link #anybody}. */
    public boolean isAnybody() {
        return isAnybody(keyId);
    }

    /** Whether what usage is kept under tells nothing of who it is. */
    public static boolean isAnybody(String keyId) {
        return keyId.equals(ANYBODY);
    }

    /** The team whose objects are its own. */
    public String tenant() {
        return teamId == null ? DEFAULT_TEAM : teamId;
    }

    /** Whether this caller may ask for {@code model}. */
    public boolean mayUse(String model) {
        return models.isEmpty() || isAmong(models, model);
    }

    /** Whether this caller may ask at the endpoint called {@code label}, as far as its own list goes. */
    public boolean mayCall(String label) {
        return endpoints.isEmpty() || isAmong(endpoints, label);
    }

    private static boolean isAmong(List<String> patterns, String name) {
        for (int i = 0; i < patterns.size(); i++) {
            String allowed = patterns.get(i);
            if (allowed.endsWith("*")
                    ? name.regionMatches(0, allowed, 0, allowed.length() - 1)
                    : name.equals(allowed)) {
                return true;
            }
        }
        return false;
    }
}
