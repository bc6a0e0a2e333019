package dev.sluice.gateway.account;

import dev.sluice.gateway.auth.AccessTokens;
import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.AccountDesk;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The desk that people come to: takes each errand to whoever sees to it, on a thread of its own, and makes of every failure
 * an answer. What is in an errand appears in no log. Thread: {@link #handle} any; the rest, a virtual one for each errand.
 */
public final class Accounts implements AccountDesk {
    static final int MOST_AT_ONCE = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);
    private static final int RETRY_SOON_SECONDS = 1;
    private static final int RETRY_LATER_SECONDS = 5;

    private final Supplier<GatewayConfig> config;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE);
    private final AccountFigures figures = new AccountFigures();
    private final Logins logins;
    private final Sessions sessions;
    private final Profiles profiles;

    /** @param config asked for each errand: what is in force */
    public Accounts(
            Supplier<GatewayConfig> config,
            ConnectionSource connections,
            Peppers peppers,
            AccessTokens accessTokens,
            Passwords passwords,
            InstantSource clock) {
        this.config = config;
        Transactions transactions = new Transactions(connections);
        RefreshTokens refreshTokens = new RefreshTokens(peppers);
        Grants grants = new Grants(accessTokens, refreshTokens);
        LoginThrottle throttle = new LoginThrottle(clock);
        Bearers bearers = new Bearers(accessTokens);
        this.logins = new Logins(transactions, passwords, grants, throttle, figures);
        this.sessions = new Sessions(transactions, refreshTokens, bearers, grants, figures);
        this.profiles = new Profiles(transactions, bearers, passwords, throttle);
    }

    public AccountFigures figures() {
        return figures;
    }

    @Override
    public boolean isOpen() {
        return config.get().auth().accepts(GatewayConfig.Auth.Mode.JWT);
    }

    @Override
    public void handle(Errand errand, Receiver receiver) {
        if (!places.tryAcquire()) {
            receiver.onAnswer(busy("Too many people are at the desk. Please try again."));
            return;
        }
        Thread.ofVirtual().name("sluice-account").start(() -> {
            Answer answer;
            try {
                answer = answer(errand);
            } finally {
                // Before anybody hears of the answer, and comes again.
                places.release();
            }
            receiver.onAnswer(answer);
        });
    }

    private Answer answer(Errand errand) {
        try {
            return seeTo(new Visit(errand, config.get()));
        } catch (InvalidRequestException e) {
            return new Refused(Why.INVALID, e.parameter(), String.valueOf(e.getMessage()), 0, null);
        } catch (BusyException e) {
            return busy(String.valueOf(e.getMessage()));
        } catch (SQLException e) {
            return isAway(e) ? away(e) : failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return busy("The gateway is stopping. Please try again.");
        } catch (RuntimeException | LinkageError | AssertionError e) {
            return failed(e);
        }
    }

    private Answer seeTo(Visit visit)
            throws InvalidRequestException, BusyException, SQLException, InterruptedException {
        return switch (visit.errand().action()) {
            case REGISTER -> logins.register(visit);
            case LOGIN -> logins.login(visit);
            case REFRESH -> sessions.refresh(visit);
            case LOGOUT -> sessions.logout(visit);
            case PROFILE -> profiles.show(visit);
            case CHANGE_PROFILE -> profiles.change(visit);
        };
    }

    private static Refused busy(String message) {
        return new Refused(Why.BUSY, null, message, RETRY_SOON_SECONDS, null);
    }

    /** Cannot be reached, is stopping, takes too long, or waits for a lock: it says nothing about the question. */
    private static boolean isAway(SQLException e) {
        String state = e.getSQLState();
        return state == null
                || state.startsWith("08")
                || state.startsWith("40")
                || state.startsWith("53")
                || state.startsWith("55")
                || state.startsWith("57");
    }

    /** Those who own the database say once that it is away; visitors must not be able to fill the log. */
    private static Refused away(SQLException e) {
        LOG.atDebug().setCause(e).log("an account cannot be read from the database");
        return new Refused(
                Why.AWAY,
                null,
                "The database with the accounts does not answer at the moment. Please try again.",
                RETRY_LATER_SECONDS,
                null);
    }

    private static Refused failed(Throwable cause) {
        String reference =
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        LOG.atError().addKeyValue("reference", reference).setCause(cause).log("an errand at the accounts failed");
        return new Refused(
                Why.FAILED,
                null,
                "The request failed; the gateway's log has more under reference " + reference + ".",
                0,
                null);
    }
}
