package dev.sluice.gateway.account;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.exchange.AccountDesk.Errand;
import dev.sluice.gateway.exchange.AccountDesk.Refused;
import dev.sluice.gateway.exchange.AccountDesk.Visitor;
import dev.sluice.gateway.exchange.AccountDesk.Why;
import dev.sluice.gateway.store.AccountStore.StoredUser;
import dev.sluice.gateway.store.AuditLog;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One errand, and the rules it is handled under from beginning to end. Immutable; thread: any. */
record Visit(Errand errand, GatewayConfig.Users users, Pages pages) {
    static final String NOBODY = "anonymous";
    private static final int MAX_NAME_CHARS = 100;

    Visit(Errand errand, GatewayConfig config) {
        this(errand, config.auth().users(), new Pages(config.server()));
    }

    Visitor visitor() {
        return errand.visitor();
    }

    Members members(List<String> texts, List<String> flags) throws InvalidRequestException {
        return Members.read(errand.body(), texts, flags);
    }

    static EmailAddress email(Members members) throws InvalidRequestException {
        EmailAddress email = EmailAddress.of(members.required("email"));
        if (email == null) {
            throw new InvalidRequestException("email", "'email' is no address; allowed: " + EmailAddress.ALLOWED);
        }
        return email;
    }

    /** A password that somebody wants to have from now on. */
    static String newPassword(Members members) throws InvalidRequestException {
        String password = members.required("password");
        String problem = Passwords.problem(password);
        if (problem != null) {
            throw new InvalidRequestException("password", "'password' " + problem);
        }
        return password;
    }

    /** What somebody wants to be called; null when that is not said. */
    static @Nullable String name(Members members) throws InvalidRequestException {
        String name = members.text("name");
        if (name == null) {
            return null;
        }
        String stripped = name.strip();
        int chars = stripped.codePointCount(0, stripped.length());
        if (chars > MAX_NAME_CHARS || stripped.codePoints().anyMatch(Character::isISOControl)) {
            throw new InvalidRequestException(
                    "name",
                    "'name' has " + chars + " characters; allowed: up to " + MAX_NAME_CHARS
                            + ", without line breaks and other controls");
        }
        return stripped;
    }

    /** @param user whose matter it is */
    AuditLog.Entry entry(String action, StoredUser user, String objectType, String objectId, @Nullable String after) {
        return new AuditLog.Entry(
                user.person().id(),
                user.person().role().label(),
                user.person().teamId(),
                action,
                objectType,
                objectId,
                visitor().requestId(),
                visitor().from().getHostAddress(),
                null,
                after);
    }

    Refused unknown(String message) {
        return refused(Why.UNKNOWN, message, 0, null);
    }

    /** The same, and a browser forgets what it had. */
    Refused unknownForGood(String message) {
        return refused(Why.UNKNOWN, message, 0, errand.cookie() == null ? null : pages.noCookie(visitor()));
    }

    static Refused denied(String message) {
        return refused(Why.DENIED, message, 0, null);
    }

    static Refused throttled(int seconds) {
        return refused(
                Why.THROTTLED,
                "Too many tries. The next one is allowed in " + seconds + (seconds == 1 ? " second." : " seconds."),
                seconds,
                null);
    }

    /** The page that asks must not make use of the cookie. */
    Refused foreignPage() {
        String origin = visitor().origin();
        return denied("The cookie is not for this page: 'Origin' "
                + (origin == null ? "is missing" : "is neither this host nor among 'server.cors.origins'")
                + ". Send the refresh token in the body instead, or call from an allowed page.");
    }

    private static Refused refused(Why why, String message, int seconds, @Nullable Secret cookie) {
        return new Refused(why, null, message, seconds, cookie);
    }
}
