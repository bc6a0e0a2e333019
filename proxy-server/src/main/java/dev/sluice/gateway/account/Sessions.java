package dev.sluice.gateway.account;

import dev.sluice.gateway.account.AccountFigures.Refresh;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.exchange.AccountDesk.Answer;
import dev.sluice.gateway.exchange.AccountDesk.Done;
import dev.sluice.gateway.store.AuditLog;
import dev.sluice.gateway.store.SessionStore;
import dev.sluice.gateway.store.SessionStore.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a session goes on and ends. Each refresh token is good once: its answer brings the next.
 *
 * <pre>
 *   presented generation is …
 *     the good one                          the next one becomes the good one
 *     the one before, for {@link #GRACE}    the good one again: the answer with it was lost on the way
 *     an earlier one                        somebody has a copy: the session ends for both
 *     none that was made yet                refused: the database is older than the token
 * </pre>
 *
 * Thread: virtual.
 */
final class Sessions {
    /** How long an answer may have been lost. */
    static final Duration GRACE = Duration.ofSeconds(10);

    private static final String INVALID = "The refresh token is not valid any more. Log in again.";

    private final Transactions transactions;
    private final RefreshTokens refreshTokens;
    private final Bearers bearers;
    private final Grants grants;
    private final AccountFigures figures;

    Sessions(
            Transactions transactions,
            RefreshTokens refreshTokens,
            Bearers bearers,
            Grants grants,
            AccountFigures figures) {
        this.transactions = transactions;
        this.refreshTokens = refreshTokens;
        this.bearers = bearers;
        this.grants = grants;
        this.figures = figures;
    }

    /** @param grant null when it is refused */
    private record Outcome(Refresh result, Grants.@Nullable Grant grant) {
        static final Outcome INVALID = new Outcome(Refresh.INVALID, null);
        static final Outcome REUSED = new Outcome(Refresh.REUSED, null);
    }

    private static @Nullable String cookie(Visit visit) {
        Secret cookie = visit.errand().cookie();
        return cookie == null ? null : cookie.reveal();
    }

    // ---- refresh --------------------------------------------------------------------------------------------------

    Answer refresh(Visit visit) throws InvalidRequestException, BusyException, SQLException, InterruptedException {
        String text = visit.members(List.of("refresh_token"), List.of()).text("refresh_token");
        boolean byCookie = text == null;
        String presented = byCookie ? cookie(visit) : text;
        if (presented == null) {
            throw new InvalidRequestException(
                    "refresh_token", "There is no refresh token; allowed: one in 'refresh_token', or in the cookie");
        }
        if (byCookie && !visit.pages().mayUseCookie(visit.visitor())) {
            return visit.foreignPage();
        }
        RefreshTokens.Presented token = RefreshTokens.parse(presented);
        Outcome outcome =
                token == null ? Outcome.INVALID : transactions.run(connection -> refresh(connection, visit, token));
        figures.count(outcome.result());
        Grants.Grant grant = outcome.grant();
        if (grant == null) {
            return byCookie ? visit.unknownForGood(INVALID) : visit.unknown(INVALID);
        }
        return grants.give(200, grant, visit, byCookie);
    }

    private Outcome refresh(Connection connection, Visit visit, RefreshTokens.Presented token) throws SQLException {
        SessionStore store = new SessionStore(connection);
        Session session = good(store, token);
        if (session == null) {
            return Outcome.INVALID;
        }
        if (token.generation() == session.generation()) {
            if (store.rotate(session.id(), token.generation(), visit.users().refreshToken())) {
                return granted(Refresh.OK, good(store, token));
            }
            // Somebody else was faster: now it is the one before, or the session has ended.
            session = good(store, token);
        }
        if (session == null || token.generation() > session.generation()) {
            return Outcome.INVALID;
        }
        if (isRepeated(token, session)) {
            return granted(Refresh.REPEATED, session);
        }
        endReused(connection, visit, session);
        return Outcome.REUSED;
    }

    /** The session that a genuine token belongs to, if it is still good. */
    private @Nullable Session good(SessionStore store, RefreshTokens.Presented token) throws SQLException {
        Session session = store.find(token.sessionId());
        return session != null
                        && refreshTokens.isGenuine(token, session.salt())
                        && session.live()
                        && session.user().enabled()
                ? session
                : null;
    }

    private static Outcome granted(Refresh result, @Nullable Session session) {
        return session == null
                ? Outcome.INVALID
                : new Outcome(
                        result,
                        new Grants.Grant(
                                session.user(), session.id(), session.generation(), session.salt(), session.left()));
    }

    private static boolean isRepeated(RefreshTokens.Presented token, Session session) {
        return token.generation() == session.generation() - 1
                && session.sinceRefresh().compareTo(GRACE) <= 0;
    }

    private static void endReused(Connection connection, Visit visit, Session session) throws SQLException {
        new SessionStore(connection).revoke(session.id(), "refresh token reused");
        new AuditLog(connection).append(visit.entry("session.reuse", session.user(), "session", session.id(), null));
    }

    // ---- logout ---------------------------------------------------------------------------------------------------

    Answer logout(Visit visit) throws InvalidRequestException, BusyException, SQLException, InterruptedException {
        Members members = visit.members(List.of("refresh_token"), List.of("all"));
        String text = members.text("refresh_token");
        String cookie = cookie(visit);
        boolean byCookie = text == null && visit.errand().token() == null && cookie != null;
        if (byCookie && !visit.pages().mayUseCookie(visit.visitor())) {
            return visit.foreignPage();
        }
        String presented = byCookie ? cookie : text;
        int ended = transactions.run(connection -> {
            Session session =
                    presented == null ? bearers.session(connection, visit) : byRefreshToken(connection, presented);
            return session == null ? -1 : end(connection, visit, session, members.flag("all"));
        });
        if (ended < 0) {
            return visit.unknownForGood("Neither the refresh token nor the access token is valid any more.");
        }
        return new Done(
                200,
                Grants.json(json -> json.writeNumberField("sessions_ended", ended)),
                cookie == null ? null : visit.pages().noCookie(visit.visitor()));
    }

    /** The good token, or the one before: an earlier one is nobody's whom we know. */
    private @Nullable Session byRefreshToken(Connection connection, String presented) throws SQLException {
        RefreshTokens.Presented token = RefreshTokens.parse(presented);
        if (token == null) {
            return null;
        }
        Session session = good(new SessionStore(connection), token);
        return session != null && token.generation() >= session.generation() - 1 ? session : null;
    }

    private static int end(Connection connection, Visit visit, Session session, boolean all) throws SQLException {
        SessionStore store = new SessionStore(connection);
        String user = session.user().person().id();
        int ended = all ? store.revokeAll(user, null, "logout of all") : store.revoke(session.id(), "logout") ? 1 : 0;
        new AuditLog(connection)
                .append(visit.entry(
                        "logout", session.user(), "session", session.id(), "{\"sessions_ended\":" + ended + "}"));
        return ended;
    }
}
