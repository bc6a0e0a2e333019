package dev.sluice.gateway.account;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts what people came for and what became of it; read at each scrape. Thread: any. */
public final class AccountFigures {

    /** What became of a login. */
    public enum Login {
        OK,
        FAILED,
        THROTTLED,
        /** Too many at once, or the database did not answer. */
        UNAVAILABLE;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What became of a refresh token. */
    public enum Refresh {
        OK,
        /** The answer before had been lost; it was given again. */
        REPEATED,
        INVALID,
        /** It had been used before, and long ago: the session ended. */
        REUSED;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Map<Login, LongAdder> logins = new EnumMap<>(Login.class);
    private final Map<Refresh, LongAdder> refreshes = new EnumMap<>(Refresh.class);
    private final LongAdder registrations = new LongAdder();

    AccountFigures() {
        for (Login result : Login.values()) {
            logins.put(result, new LongAdder());
        }
        for (Refresh result : Refresh.values()) {
            refreshes.put(result, new LongAdder());
        }
    }

    void count(Login result) {
        adder(logins, result).increment();
    }

    void count(Refresh result) {
        adder(refreshes, result).increment();
    }

    void countRegistration() {
        registrations.increment();
    }

    public long logins(Login result) {
        return adder(logins, result).sum();
    }

    public long refreshes(Refresh result) {
        return adder(refreshes, result).sum();
    }

    public long registrations() {
        return registrations.sum();
    }

    private static <E extends Enum<E>> LongAdder adder(Map<E, LongAdder> adders, E result) {
        return Objects.requireNonNull(adders.get(result));
    }
}
