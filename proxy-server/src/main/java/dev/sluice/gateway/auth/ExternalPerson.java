package dev.sluice.gateway.auth;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Somebody as an issuer's token describes them, in the gateway's words. Immutable; thread: any.
 *
 * @param issuer the name of the issuer in the configuration
 * @param subject who it is there; printable and not long
 * @param name what to call them
 * @param email null when the token has none that is confirmed
 * @param teamId null when the token names none
 * @param models names or {@code prefix*} they may use; empty: all
 */
public record ExternalPerson(
        String issuer,
        String subject,
        String name,
        @Nullable String email,
        @Nullable String teamId,
        Role role,
        String tier,
        List<String> models) {

    public ExternalPerson {
        models = List.copyOf(models);
    }

    /** Who calls with such a token. */
    public Principal principal(long validUntil) {
        String id = issuer + ":" + subject;
        return new Principal("user:" + id, name, teamId, id, role, tier, Map.of(), models, List.of(), validUntil);
    }
}
