package dev.sluice.gateway.auth;

import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows callers by their key: one checksum, one HMAC and one look-up for each call. An immutable snapshot.
 *
 * <p>A key that does not exist costs the same HMAC and comparison as one that does, so that the time of an answer does not
 * tell which ids are known. Text that is no key at all is refused before.
 *
 * <p>Thread: any.
 */
public final class ApiKeys implements Authenticator {
    private static final Principal ANONYMOUS = new Principal("anonymous", "anonymous", null, List.of());
    private static final String INITIAL_NAME = "initial";

    /** Who a stored key belongs to. */
    private record Known(StoredKey stored, Principal principal) {}

    private final Pepper pepper;
    private final Map<String, Known> byId;
    private final byte[] nobody = new byte[Pepper.DIGEST_BYTES];

    private ApiKeys(Pepper pepper, Map<String, Known> byId) {
        this.pepper = pepper;
        this.byId = byId;
    }

    /** {@link #open} with the environment of this process. */
    public static Authenticator load(GatewayConfig config) throws IOException {
        return open(config, System.getenv());
    }

    /**
     * The authenticator that {@code config} asks for: its own keys and those of {@code <data_dir>/keys}, or, with
     * {@code auth.mode: none}, one that knows everybody. Makes pepper and first key when there are none.
     *
     * @throws IOException when the data directory cannot be used
     */
    public static Authenticator open(GatewayConfig config, Map<String, String> environment) throws IOException {
        if (config.auth().accepts(GatewayConfig.Auth.Mode.NONE)) {
            return anonymous();
        }
        Path dataDir = config.dataDir();
        Pepper pepper = Pepper.load(dataDir, environment);
        if (config.keys().isEmpty()) {
            InitialKey.ensure(dataDir, pepper);
        }
        return of(config.keys(), InitialKey.stored(dataDir), pepper);
    }

    /** Lets everybody in, under one name. */
    public static Authenticator anonymous() {
        return (key, from) -> ANONYMOUS;
    }

    /** @throws IllegalArgumentException when the hash of a configured key is none */
    public static ApiKeys of(List<GatewayConfig.Key> configured, List<StoredKey> initial, Pepper pepper) {
        Map<String, Known> byId = new HashMap<>();
        for (StoredKey stored : initial) {
            byId.put(stored.id(), known(stored, INITIAL_NAME, null, List.of()));
        }
        for (GatewayConfig.Key key : configured) {
            StoredKey stored = StoredKey.parse(key.hash());
            byId.put(stored.id(), known(stored, key.name(), key.team(), key.models()));
        }
        return new ApiKeys(pepper, byId);
    }

    private static Known known(StoredKey stored, String name, @Nullable String team, List<String> models) {
        return new Known(stored, new Principal(stored.id(), name, team, models));
    }

    /** How many keys there are. */
    public int size() {
        return byId.size();
    }

    @Override
    public AuthResult authenticate(@Nullable String key, InetAddress from) {
        if (key == null || key.isEmpty()) {
            return AuthResult.Refused.MISSING;
        }
        Pepper.Workspace workspace = pepper.workspace();
        if (!ApiKey.check(key, workspace.text)) {
            return AuthResult.Refused.INVALID;
        }
        workspace.computeDigest();
        Known known = byId.get(ApiKey.idOf(key));
        boolean same =
                MessageDigest.isEqual(known == null ? nobody : known.stored().digest(), workspace.digest);
        return same && known != null ? known.principal() : AuthResult.Refused.INVALID;
    }
}
