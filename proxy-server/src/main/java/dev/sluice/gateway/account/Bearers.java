package dev.sluice.gateway.account;

import com.nimbusds.jwt.SignedJWT;
import dev.sluice.gateway.auth.AccessTokens;
import dev.sluice.gateway.auth.VerifiedToken;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.store.SessionStore;
import dev.sluice.gateway.store.SessionStore.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.text.ParseException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the session behind an access token. Unlike the calls of models, which go by what the token says, what concerns the
 * account itself goes by the database: a session that has ended is over here at once. Thread: virtual.
 */
final class Bearers {
    private static final int MAX_TOKEN_CHARS = 8 * 1024;

    private final AccessTokens accessTokens;

    Bearers(AccessTokens accessTokens) {
        this.accessTokens = accessTokens;
    }

    /** Null when no token of ours was presented, or its session is not good any more. */
    @Nullable
    Session session(Connection connection, Visit visit) throws SQLException {
        VerifiedToken token = verified(visit.errand().token());
        String id = token == null ? null : token.sessionId();
        Session session = id == null ? null : new SessionStore(connection).find(id);
        return session != null && session.live() && session.user().enabled() ? session : null;
    }

    private @Nullable VerifiedToken verified(@Nullable Secret presented) {
        if (presented == null || presented.reveal().length() > MAX_TOKEN_CHARS) {
            return null;
        }
        try {
            return accessTokens.verify(SignedJWT.parse(presented.reveal())).token();
        } catch (ParseException e) {
            return null;
        }
    }
}
