package dev.sluice.gateway.account;

import dev.sluice.gateway.account.AccountFigures.Login;
import dev.sluice.gateway.account.Passwords.Verdict;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.exchange.AccountDesk.Answer;
import dev.sluice.gateway.exchange.AccountDesk.Refused;
import dev.sluice.gateway.exchange.AccountDesk.Why;
import dev.sluice.gateway.store.AccountStore;
import dev.sluice.gateway.store.AccountStore.StoredUser;
import dev.sluice.gateway.store.AuditLog;
import dev.sluice.gateway.store.SessionStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a session begins: by registering, and by logging in.
 *
 * <p>A wrong password, an address that nobody has, and an account that is switched off get the same answer after the same
 * work: one look-up, one comparison, one row in the audit log. Registering tells who has an account already; it cannot be
 * helped without sending mail, which is why it is off unless asked for, and counted for each address. Thread: virtual.
 */
final class Logins {
    private static final String WRONG = "The email or the password is wrong, or the account is switched off.";
    private static final List<String> FLAGS = List.of("cookie");

    private final Transactions transactions;
    private final Passwords passwords;
    private final Grants grants;
    private final LoginThrottle throttle;
    private final AccountFigures figures;

    Logins(
            Transactions transactions,
            Passwords passwords,
            Grants grants,
            LoginThrottle throttle,
            AccountFigures figures) {
        this.transactions = transactions;
        this.passwords = passwords;
        this.grants = grants;
        this.throttle = throttle;
        this.figures = figures;
    }

    // ---- register -------------------------------------------------------------------------------------------------

    Answer register(Visit visit) throws InvalidRequestException, BusyException, SQLException, InterruptedException {
        if (!visit.users().register()) {
            return Visit.denied(
                    "Nobody can register here: 'auth.users.register' is off. Ask whoever runs this gateway.");
        }
        Members members = visit.members(List.of("email", "password", "name"), FLAGS);
        EmailAddress email = Visit.email(members);
        String password = Visit.newPassword(members);
        String name = Visit.name(members);
        boolean cookie = members.flag("cookie");
        if (cookie && !visit.pages().mayUseCookie(visit.visitor())) {
            return visit.foreignPage();
        }
        int wait = throttle.register(visit.visitor().from());
        if (wait > 0) {
            return Visit.throttled(wait);
        }
        String hash = passwords.hash(password);
        Grants.Grant grant =
                transactions.find(connection -> register(connection, visit, email, name == null ? "" : name, hash));
        if (grant == null) {
            return new Refused(Why.TAKEN, "email", "There is an account with this email already. Log in.", 0, null);
        }
        figures.countRegistration();
        return grants.give(201, grant, visit, cookie);
    }

    private static Grants.@Nullable Grant register(
            Connection connection, Visit visit, EmailAddress email, String name, String hash) throws SQLException {
        StoredUser user = new AccountStore(connection)
                .register(email.text(), name, hash, visit.users().tier());
        if (user == null) {
            return null;
        }
        new AuditLog(connection)
                .append(visit.entry("user.register", user, "user", user.person().id(), null));
        return start(connection, visit, user);
    }

    // ---- login ----------------------------------------------------------------------------------------------------

    Answer login(Visit visit) throws InvalidRequestException, BusyException, SQLException, InterruptedException {
        Members members = visit.members(List.of("email", "password"), FLAGS);
        EmailAddress email = Visit.email(members);
        String password = members.required("password");
        boolean cookie = members.flag("cookie");
        if (cookie && !visit.pages().mayUseCookie(visit.visitor())) {
            return visit.foreignPage();
        }
        int wait = throttle.enter(email, visit.visitor().from());
        if (wait > 0) {
            figures.count(Login.THROTTLED);
            return Visit.throttled(wait);
        }
        boolean told = false;
        try {
            Grants.Grant grant = login(visit, email, password);
            told = true;
            if (grant == null) {
                figures.count(Login.FAILED);
                return visit.unknown(WRONG);
            }
            throttle.succeeded(email, visit.visitor().from());
            figures.count(Login.OK);
            return grants.give(200, grant, visit, cookie);
        } finally {
            if (!told) {
                throttle.withdrawn(email, visit.visitor().from());
                figures.count(Login.UNAVAILABLE);
            }
        }
    }

    private Grants.@Nullable Grant login(Visit visit, EmailAddress email, String password)
            throws BusyException, SQLException, InterruptedException {
        StoredUser user = transactions.find(connection -> new AccountStore(connection).byEmail(email.text()));
        Verdict verdict = passwords.compare(password, user == null ? null : user.password());
        Grants.Grant grant = null;
        if (user != null && verdict != Verdict.WRONG && user.enabled()) {
            String anew = verdict == Verdict.RIGHT_AND_OUTDATED ? passwords.hash(password) : null;
            grant = transactions.find(connection -> admit(connection, visit, user, anew));
        }
        if (grant == null) {
            transactions.run(connection -> {
                new AuditLog(connection).append(failed(visit, user));
                return true;
            });
        }
        return grant;
    }

    /**
     * Lets {@code seen} in, unless something has changed since the password was compared.
     *
     * @param anew the password as it is hashed now; null: it is stored that way
     */
    private static Grants.@Nullable Grant admit(
            Connection connection, Visit visit, StoredUser seen, @Nullable String anew) throws SQLException {
        AccountStore accounts = new AccountStore(connection);
        StoredUser user = accounts.held(seen.person().id());
        if (user == null || !user.enabled() || !Objects.equals(user.password(), seen.password())) {
            return null;
        }
        if (anew != null) {
            accounts.rehashPassword(user.person().id(), anew);
        }
        accounts.noteLogin(user.person().id());
        Grants.Grant grant = start(connection, visit, user);
        new AuditLog(connection).append(visit.entry("login", user, "session", grant.sessionId(), null));
        return grant;
    }

    private static Grants.Grant start(Connection connection, Visit visit, StoredUser user) throws SQLException {
        SessionStore.Started session = new SessionStore(connection)
                .start(user.person().id(), visit.users().refreshToken());
        return new Grants.Grant(
                user,
                session.id(),
                session.generation(),
                session.salt(),
                visit.users().refreshToken());
    }

    /** Whose address nobody here has is not written down, nor the address: it may be anybody's, or a password. */
    private static AuditLog.Entry failed(Visit visit, @Nullable StoredUser user) {
        return new AuditLog.Entry(
                Visit.NOBODY,
                "none",
                user == null ? Principal.DEFAULT_TEAM : user.person().teamId(),
                "login.failed",
                "user",
                user == null ? "unknown" : user.person().id(),
                visit.visitor().requestId(),
                visit.visitor().from().getHostAddress(),
                null,
                null);
    }
}
