package dev.sluice.gateway;

import dev.sluice.gateway.account.AccountFigures;
import dev.sluice.gateway.account.Accounts;
import dev.sluice.gateway.account.Passwords;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.store.Database;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The parts that people log in with, joined, on top of those that know who calls. They outlive configurations, and ask for
 * the one in force. Thread: any.
 */
record People(Identity identity, Passwords passwords, Accounts accounts) {

    /** @param inForce asked for each of them */
    static People start(Supplier<GatewayConfig> inForce, Database database, Identity identity) {
        Passwords passwords = new Passwords();
        Accounts accounts = new Accounts(
                inForce,
                database::pooled,
                identity.peppers(),
                identity.tokens().own(),
                passwords,
                InstantSource.system());
        return new People(identity, passwords, accounts);
    }

    void addTo(Metrics metrics) {
        AccountFigures figures = accounts.figures();
        Map<String, LongSupplier> logins = new LinkedHashMap<>();
        for (AccountFigures.Login result : AccountFigures.Login.values()) {
            logins.put(result.label(), () -> figures.logins(result));
        }
        Map<String, LongSupplier> refreshes = new LinkedHashMap<>();
        for (AccountFigures.Refresh result : AccountFigures.Refresh.values()) {
            refreshes.put(result.label(), () -> figures.refreshes(result));
        }
        metrics.counter("sluice_auth_logins_total", "Logins with a password.", "result", logins);
        metrics.counter("sluice_auth_refreshes_total", "Refresh tokens that were presented.", "result", refreshes);
        metrics.counter("sluice_auth_registrations_total", "People who have registered.", figures::registrations);
    }

    /** The identity with it; before the database is closed. */
    void close() {
        passwords.close();
        identity.close();
    }
}
