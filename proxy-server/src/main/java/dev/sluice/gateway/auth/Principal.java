package dev.sluice.gateway.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking. Immutable; thread: any.
 *
 * @param keyId public id of the key, or {@code anonymous} with {@code auth.mode: none}
 * @param name the operator's name for it
 * @param teamId the team it belongs to
 * @param models names or {@code prefix*} it may use; empty: all
 */
public record Principal(String keyId, String name, @Nullable String teamId, List<String> models) implements AuthResult {

    public Principal {
        models = List.copyOf(models);
    }

    /** Whether this caller may ask for {@code model}. */
    public boolean mayUse(String model) {
        if (models.isEmpty()) {
            return true;
        }
        for (int i = 0; i < models.size(); i++) {
            String allowed = models.get(i);
            if (allowed.endsWith("*")
                    ? model.regionMatches(0, allowed, 0, allowed.length() - 1)
                    : model.equals(allowed)) {
                return true;
            }
        }
        return false;
    }
}
