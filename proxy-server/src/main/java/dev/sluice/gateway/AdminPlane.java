package dev.sluice.gateway;

import dev.sluice.gateway.account.ConnectionSource;
import dev.sluice.gateway.account.Passwords;
import dev.sluice.gateway.admin.AdminPart;
import dev.sluice.gateway.admin.AuditApi;
import dev.sluice.gateway.admin.BudgetApi;
import dev.sluice.gateway.admin.Changes;
import dev.sluice.gateway.admin.ConfigApi;
import dev.sluice.gateway.admin.KeyApi;
import dev.sluice.gateway.admin.KeyChanges;
import dev.sluice.gateway.admin.KeyPublisher;
import dev.sluice.gateway.admin.LimitsApi;
import dev.sluice.gateway.admin.LitellmKeyApi;
import dev.sluice.gateway.admin.MeApi;
import dev.sluice.gateway.admin.OidcLogin;
import dev.sluice.gateway.admin.ProviderKeyApi;
import dev.sluice.gateway.admin.ReputationApi;
import dev.sluice.gateway.admin.TeamApi;
import dev.sluice.gateway.admin.UsageApi;
import dev.sluice.gateway.admin.UserApi;
import dev.sluice.gateway.auth.SecretBox;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.store.KeyRow;
import dev.sluice.gateway.store.KeyStore;
import dev.sluice.gateway.usage.UsageReports;
import java.sql.Connection;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The parts of the admin plane that are about teams, people and keys, joined. Thread: any. */
final class AdminPlane {
    private final Bookkeeping books;
    private final Identity identity;
    private final Limits limits;
    private final Reload reload;
    private final Changes changes;
    private final KeyChanges keys;

    AdminPlane(Bookkeeping books, Rulebook rulebook, Reload reload) {
        ConnectionSource connections = books.database()::pooled;
        this.books = books;
        this.identity = rulebook.identity();
        this.limits = rulebook.limits();
        this.reload = reload;
        this.changes = new Changes(
                connections,
                new SecretBox(identity.peppers(), "idempotent answers"),
                new KeyPublisher(connections, key -> identity.directory().apply(List.of(key))));
        this.keys = new KeyChanges(identity.peppers(), () -> auth().tiers(), InstantSource.system());
    }

    private GatewayConfig.Auth auth() {
        return reload.inForce().auth();
    }

    /** What changes are made through. */
    Changes changes() {
        return changes;
    }

    KeyChanges keys() {
        return keys;
    }

    /** Of this gateway, as its jar says. */
    static String version() {
        String version = AdminPlane.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    /** @param config what the gateway was started with */
    List<AdminPart> parts(GatewayConfig config, Passwords passwords) {
        Supplier<ConfigApi.InForce> inForce = () -> new ConfigApi.InForce(
                reload.inForce(),
                reload.origin(),
                List.copyOf(reload.lastRead().digests().keySet()));
        return List.of(
                new KeyApi(changes, keys),
                new LitellmKeyApi(changes, keys, new UsageReports(books.database()::pooled)::report),
                new UserApi(changes, passwords, this::auth),
                new TeamApi(changes, () -> auth().tiers()),
                new BudgetApi(changes, () -> auth().tiers(), limits),
                new LimitsApi(limits),
                new AuditApi(changes),
                new MeApi(),
                new ReputationApi(limits.conduct().reputations(), changes),
                new ConfigApi(inForce),
                usage(),
                new ProviderKeyApi(
                        changes,
                        identity.providerKeys().envelope(),
                        () -> reload.inForce().providers()),
                oidcLogin(config.admin().oidc()));
    }

    private OidcLogin oidcLogin(GatewayConfig.@Nullable Oidc oidc) {
        return new OidcLogin(
                oidc,
                () -> oidc == null ? null : identity.tokens().issuers().verifier(auth(), oidc.issuer()),
                new SecretBox(identity.peppers(), "logins of operators"),
                identity.tokens().own(),
                changes,
                InstantSource.system());
    }

    private UsageApi usage() {
        UsageReports reports = new UsageReports(books.database()::pooled);
        return new UsageApi(reports::report, books.writer()::queued, InstantSource.system(), (user, key) -> {
            try (Connection connection = books.database().pooled()) {
                KeyRow row = new KeyStore(connection)
                        .find(key, InstantSource.system().instant());
                return row != null && user.equals(row.settings().ownerId());
            }
        });
    }
}
