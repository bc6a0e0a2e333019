package dev.sluice.gateway.admin;

import static dev.sluice.gateway.admin.Shape.Member.required;

import dev.sluice.gateway.admin.Shape.MemberType;
import dev.sluice.gateway.auth.Envelope;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.PlainName;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.store.ProviderKeyRow;
import dev.sluice.gateway.store.ProviderKeyStore;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /admin/api/provider-keys}: keys of providers that the database keeps, for <code>${db:NAME}</code> in the
 * configuration. They come in and never go out again: shown are their last characters. Thread: a virtual one for each
 * request.
 */
public final class ProviderKeyApi implements AdminPart {
    private static final String SUBJECT = "provider keys";
    private static final String OBJECT = "provider_key";
    private static final int LONGEST_KEY = 4096;
    /** Shorter ones would be given away too much of. */
    private static final int SHORTEST_WITH_FINGERPRINT = 16;

    private static final int FINGERPRINT = 4;

    static final Shape.Body KEPT = new Shape.Body(
            "ProviderKey",
            List.of(required("key", MemberType.TEXT, "the provider's key: visible ASCII without spaces")),
            "{\"key\":\"sk-of-the-provider\"}");

    private final Changes changes;
    private final Envelope envelope;
    private final Supplier<Map<String, GatewayConfig.Provider>> providers;

    /** @param providers of the configuration in force */
    public ProviderKeyApi(Changes changes, Envelope envelope, Supplier<Map<String, GatewayConfig.Provider>> providers) {
        this.changes = changes;
        this.envelope = envelope;
        this.providers = providers;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(
                AdminRoute.of(
                        "GET /admin/api/provider-keys",
                        Paging.document(RouteDocument.of(
                                        SUBJECT, "Keys of providers that the database keeps, without the keys."))
                                .answers(200, new Shape.Page(ProviderKeyView.class)),
                        this::list),
                AdminRoute.of(
                        "PUT /admin/api/provider-keys/{name}",
                        RouteDocument.of(
                                        SUBJECT,
                                        "Keeps a provider's key under a name, in place of one that may be there."
                                                + " Every gateway uses it within a second.")
                                .takes(KEPT)
                                .answers(200, new Shape.View(ProviderKeyView.class)),
                        this::put),
                AdminRoute.of(
                        "DELETE /admin/api/provider-keys/{name}",
                        RouteDocument.of(
                                SUBJECT,
                                "Forgets a provider's key. Calls that would need it are refused from then on."),
                        this::delete));
    }

    private AdminResponse list(AdminRequest request) throws Exception {
        Paging paging = Paging.of(request);
        return changes.read(connection -> paging.page(
                new ProviderKeyStore(connection).list(paging.after(), paging.wanted()),
                ProviderKeyRow::name,
                this::view));
    }

    private AdminResponse put(AdminRequest request) throws Exception {
        String name = request.id();
        if (!PlainName.isOne(name)) {
            throw new InvalidParameterException(
                    "name", "`" + Echo.of(name) + "` is not a name for a key; allowed: " + PlainName.ALLOWED);
        }
        Secret key = key(Body.of(request.body(), KEPT));
        return changes.change(request, change -> {
            ProviderKeyStore store = new ProviderKeyStore(change.connection());
            ProviderKeyRow before = store.lock(name);
            ProviderKeyRow after = store.put(name, envelope.seal(key, name));
            audit(change, before == null ? "create" : "update", name, before, after);
            return AdminResponse.json(before == null ? 201 : 200, json -> Json.write(json, view(after)))
                    .withHeader("etag", Precondition.tag(after.version()));
        });
    }

    /** The text is not repeated, whatever is wrong with it. */
    private static Secret key(Body body) throws InvalidParameterException {
        String key = Objects.requireNonNull(body.text("key"));
        if (key.isEmpty() || key.length() > LONGEST_KEY || !key.chars().allMatch(c -> c > 0x20 && c <= 0x7e)) {
            throw new InvalidParameterException(
                    "key",
                    "`key` has " + key.length() + " characters, or some that cannot stand in a header; allowed: 1 to "
                            + LONGEST_KEY + " characters of visible ASCII");
        }
        return new Secret(key);
    }

    private AdminResponse delete(AdminRequest request) throws Exception {
        return changes.change(request, change -> {
            ProviderKeyStore store = new ProviderKeyStore(change.connection());
            ProviderKeyRow before = store.lock(request.id());
            if (before == null || !store.delete(request.id())) {
                throw RefusedException.notFound(OBJECT, request.id());
            }
            audit(change, "delete", request.id(), before, null);
            return AdminResponse.noContent();
        });
    }

    private void audit(
            Change change, String action, String name, @Nullable ProviderKeyRow before, @Nullable ProviderKeyRow after)
            throws Exception {
        change.audit(
                action,
                OBJECT,
                name,
                Principal.DEFAULT_TEAM,
                before == null ? null : view(before),
                after == null ? null : view(after));
    }

    private ProviderKeyView view(ProviderKeyRow row) {
        Secret key = envelope.open(row.sealed(), row.name());
        return new ProviderKeyView(
                row.name(),
                key == null ? null : fingerprint(key.reveal()),
                key != null,
                users(row.name()),
                row.version(),
                row.createdAt(),
                row.updatedAt());
    }

    private static @Nullable String fingerprint(String key) {
        return key.length() < SHORTEST_WITH_FINGERPRINT ? null : key.substring(key.length() - FINGERPRINT);
    }

    private List<String> users(String name) {
        return providers.get().values().stream()
                .filter(provider -> provider.apiKeys().contains(Secret.stored(name)))
                .map(GatewayConfig.Provider::name)
                .toList();
    }
}
