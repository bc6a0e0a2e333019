package dev.sluice.gateway.account;

import dev.sluice.gateway.account.Passwords.Verdict;
import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.exchange.AccountDesk.Answer;
import dev.sluice.gateway.exchange.AccountDesk.Refused;
import dev.sluice.gateway.exchange.AccountDesk.Why;
import dev.sluice.gateway.store.AccountStore;
import dev.sluice.gateway.store.AccountStore.StoredUser;
import dev.sluice.gateway.store.AuditLog;
import dev.sluice.gateway.store.SessionStore;
import dev.sluice.gateway.store.SessionStore.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What somebody sees and changes of the own account. A new password ends every other session: whoever knew the old one is
 * out. Thread: virtual.
 */
final class Profiles {
    private static final String LOG_IN = "No valid access token was sent. Log in at POST /auth/login, and send it as"
            + " 'Authorization: Bearer ...'.";
    private static final String NO_PERSON = "This account is a program's; allowed: people's.";

    private final Transactions transactions;
    private final Bearers bearers;
    private final Passwords passwords;
    private final LoginThrottle throttle;

    Profiles(Transactions transactions, Bearers bearers, Passwords passwords, LoginThrottle throttle) {
        this.transactions = transactions;
        this.bearers = bearers;
        this.passwords = passwords;
        this.throttle = throttle;
    }

    /** @param hash of the new password; null: it stays */
    private record Change(@Nullable String name, @Nullable String hash) {}

    Answer show(Visit visit) throws BusyException, SQLException, InterruptedException {
        Session session = session(visit);
        if (session == null) {
            return visit.unknown(LOG_IN);
        }
        return mayAsk(visit, session) ? Grants.profile(session.user()) : Visit.denied(NO_PERSON);
    }

    private static boolean mayAsk(Visit visit, Session session) {
        return AccessTable.mayCall(
                visit.errand().action().label(), session.user().person().role());
    }

    private @Nullable Session session(Visit visit) throws BusyException, SQLException, InterruptedException {
        return transactions.find(connection -> bearers.session(connection, visit));
    }

    Answer change(Visit visit) throws InvalidRequestException, BusyException, SQLException, InterruptedException {
        Members members = visit.members(List.of("name", "password", "old_password"), List.of());
        String name = Visit.name(members);
        String password = members.text("password") == null ? null : Visit.newPassword(members);
        if (name == null && password == null) {
            throw new InvalidRequestException(null, "Nothing is to be changed; allowed: 'name', 'password' or both");
        }
        Session session = session(visit);
        if (session == null) {
            return visit.unknown(LOG_IN);
        }
        if (!mayAsk(visit, session)) {
            return Visit.denied(NO_PERSON);
        }
        if (password != null) {
            Refused refused = checkOld(visit, session.user(), members.required("old_password"));
            if (refused != null) {
                return refused;
            }
        }
        Change change = new Change(name, password == null ? null : passwords.hash(password));
        StoredUser changed = transactions.find(connection -> apply(connection, visit, session, change));
        return changed == null ? visit.unknown(LOG_IN) : Grants.profile(changed);
    }

    private @Nullable Refused checkOld(Visit visit, StoredUser user, String old)
            throws BusyException, InterruptedException {
        if (user.password() == null) {
            return Visit.denied("This account has no password here: it belongs to another issuer.");
        }
        EmailAddress email = new EmailAddress(user.email());
        int wait = throttle.enter(email, visit.visitor().from());
        if (wait > 0) {
            return Visit.throttled(wait);
        }
        boolean told = false;
        try {
            Verdict verdict = passwords.compare(old, user.password());
            told = true;
            if (verdict == Verdict.WRONG) {
                return new Refused(Why.DENIED, "old_password", "'old_password' is wrong.", 0, null);
            }
            throttle.succeeded(email, visit.visitor().from());
            return null;
        } finally {
            if (!told) {
                throttle.withdrawn(email, visit.visitor().from());
            }
        }
    }

    /** Null when the session has ended meanwhile, or the password is another by now. */
    private @Nullable StoredUser apply(Connection connection, Visit visit, Session seen, Change change)
            throws SQLException {
        AccountStore accounts = new AccountStore(connection);
        Person person = seen.user().person();
        StoredUser user = accounts.held(person.id());
        Session session = bearers.session(connection, visit);
        if (user == null
                || session == null
                || !Objects.equals(user.password(), seen.user().password())) {
            return null;
        }
        AuditLog audit = new AuditLog(connection);
        if (change.name() != null) {
            accounts.rename(person.id(), change.name());
            audit.append(visit.entry("user.rename", user, "user", person.id(), null));
        }
        if (change.hash() != null) {
            accounts.changePassword(person.id(), change.hash());
            int ended = new SessionStore(connection).revokeAll(person.id(), session.id(), "password changed");
            audit.append(visit.entry("user.password", user, "user", person.id(), "{\"sessions_ended\":" + ended + "}"));
        }
        return accounts.byId(person.id());
    }
}
