package dev.sluice.gateway.exchange;

import dev.sluice.gateway.config.Secret;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where people register, log in, stay logged in and log out; {@code account} implements it. Thread: any.
 */
public interface AccountDesk {

    /** Nobody is served: people have no accounts here. */
    AccountDesk CLOSED = new AccountDesk() {
        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public void handle(Errand errand, Receiver receiver) {
            receiver.onAnswer(new Refused(Why.AWAY, null, "There are no accounts here.", 0, null));
        }
    };

    /** The cookie that browsers keep a refresh token in, out of the reach of scripts. */
    String COOKIE = "sluice_refresh";

    /** What somebody comes for. */
    enum Action {
        REGISTER,
        LOGIN,
        REFRESH,
        LOGOUT,
        PROFILE,
        CHANGE_PROFILE;

        /** For the access log and metrics; a row of {@link dev.sluice.gateway.auth.AccessTable}. */
        public String label() {
            return switch (this) {
                case REGISTER, LOGIN, REFRESH, LOGOUT -> "auth";
                case PROFILE, CHANGE_PROFILE -> "auth.profile";
            };
        }
    }

    /**
     * Where a request comes from.
     *
     * @param origin of the page that sends it, as its browser says
     * @param host that it was sent to
     */
    record Visitor(
            InetAddress from,
            String requestId,
            @Nullable String origin,
            @Nullable String host) {}

    /**
     * @param token presented as a credential
     * @param cookie value of {@link #COOKIE}; null unless there is exactly one
     * @param body JSON as it came; may be empty
     */
    record Errand(
            Action action,
            Visitor visitor,
            @Nullable Secret token,
            @Nullable Secret cookie,
            Secret body) {}

    /** What becomes of it. */
    sealed interface Answer {
        /** For the header {@code Set-Cookie}; null for none. */
        @Nullable
        Secret cookie();
    }

    /** @param json the body of the answer */
    record Done(int status, Secret json, @Nullable Secret cookie) implements Answer {}

    /**
     * @param parameter of the body that is at fault; null when none is
     * @param message names the actual and the allowed value, and nothing secret
     * @param retryAfterSeconds 0 when waiting does not help
     */
    record Refused(
            Why why,
            @Nullable String parameter,
            String message,
            int retryAfterSeconds,
            @Nullable Secret cookie) implements Answer {}

    /** Why somebody is turned away. */
    enum Why {
        INVALID,
        /** Password or token is wrong; which and why is not told. */
        UNKNOWN,
        /** Whoever it is: this is not allowed. */
        DENIED,
        /** Somebody else has it already. */
        TAKEN,
        /** Too many tries. */
        THROTTLED,
        /** As many errands are under way as there may be. */
        BUSY,
        /** The database does not answer. */
        AWAY,
        /** For a reason that nobody foresaw, and that is in the log. */
        FAILED
    }

    /** Hears the answer. */
    @FunctionalInterface
    interface Receiver {
        /** Once for each errand. Thread: any, also the one that asked, before {@link #handle} returns. */
        void onAnswer(Answer answer);
    }

    /** Whether anybody is served. Where not, the paths do not exist. */
    boolean isOpen();

    /** Sees to it, without keeping the calling thread waiting. */
    void handle(Errand errand, Receiver receiver);
}
