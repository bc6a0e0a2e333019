package dev.sluice.gateway.account;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.auth.AccessTokens;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.exchange.AccountDesk.Done;
import dev.sluice.gateway.store.AccountStore.StoredUser;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;

/** Writes the answers that make somebody known: tokens, and who they are of. Thread: any. */
final class Grants {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final AccessTokens accessTokens;
    private final RefreshTokens refreshTokens;

    Grants(AccessTokens accessTokens, RefreshTokens refreshTokens) {
        this.accessTokens = accessTokens;
        this.refreshTokens = refreshTokens;
    }

    /**
     * A session that is good.
     *
     * @param generation of the refresh token that is good now
     * @param left how long it lasts if it is left alone
     */
    record Grant(StoredUser user, String sessionId, int generation, String salt, Duration left) {}

    /** @param cookie whether the refresh token goes into a cookie and not into the body */
    Done give(int status, Grant grant, Visit visit, boolean cookie) {
        Duration lifetime = visit.users().accessToken();
        Duration bounded = grant.left.compareTo(lifetime) < 0 ? grant.left : lifetime;
        String access = accessTokens.issue(grant.user.person(), grant.sessionId, bounded);
        String refresh = refreshTokens.make(grant.sessionId, grant.generation, grant.salt);
        Secret body = json(json -> {
            json.writeStringField("access_token", access);
            json.writeStringField("token_type", "Bearer");
            json.writeNumberField("expires_in", bounded.toSeconds());
            if (!cookie) {
                json.writeStringField("refresh_token", refresh);
            }
            json.writeObjectFieldStart("user");
            write(json, grant.user);
            json.writeEndObject();
        });
        return new Done(status, body, cookie ? visit.pages().cookie(visit.visitor(), refresh, grant.left) : null);
    }

    static Done profile(StoredUser user) {
        return new Done(200, json(json -> write(json, user)), null);
    }

    private static void write(JsonGenerator json, StoredUser user) throws IOException {
        json.writeStringField("id", user.person().id());
        json.writeStringField("email", user.email());
        json.writeStringField("name", user.person().name());
        json.writeStringField("team_id", user.person().teamId());
        json.writeStringField("role", user.person().role().label());
        json.writeStringField("tier", user.person().tier());
        json.writeStringField("created_at", user.createdAt().toInstant().toString());
    }

    /** Writes the members of one JSON object. */
    interface Body {
        void writeTo(JsonGenerator json) throws IOException;
    }

    static Secret json(Body body) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            body.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return new Secret(text.toString());
    }
}
