package dev.sluice.gateway.auth;

import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys without a database: of the configuration and of the first start. An immutable snapshot of one configuration.
 *
 * <p>A key that does not exist costs the same HMAC and comparison as one that does, so that the time of an answer does not
 * tell which ids are known. Text that is no key at all is refused before.
 *
 * <p>Thread: any.
 */
public final class ApiKeys implements Authenticator {
    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);
    private static final Principal ANONYMOUS = Principal.anybody();
    private static final KeyDigest NOBODY = new KeyDigest(new byte[Pepper.DIGEST_BYTES]);
    private static final String INITIAL_NAME = "initial";

    /** Who a stored key belongs to. */
    private record Known(KeyDigest digest, Principal principal, AtomicBoolean warned) {}

    private final Peppers peppers;
    /** In order, so that a look-up needs no object. */
    private final long[] ids;

    private final Known[] known;

    private ApiKeys(Peppers peppers, SortedMap<Long, Known> byId) {
        this.peppers = peppers;
        this.ids = byId.keySet().stream().mapToLong(Long::longValue).toArray();
        this.known = byId.values().toArray(Known[]::new);
    }

    /** {@link #open} with the environment of this process. */
    public static Authenticator load(GatewayConfig config) throws IOException {
        return open(config, System.getenv());
    }

    /**
     * The authenticator that {@code config} asks for, as far as no database and no token is needed: its own keys and those
     * of {@code <data_dir>/keys}, or, with {@code auth.mode: none}, one that knows everybody. Makes pepper and first key
     * when there are none.
     *
     * @throws IOException when the data directory cannot be used
     */
    public static Authenticator open(GatewayConfig config, Map<String, String> environment) throws IOException {
        if (config.auth().accepts(GatewayConfig.Auth.Mode.NONE)) {
            return anonymous();
        }
        return open(config, Peppers.load(config.dataDir(), environment));
    }

    /** The keys of {@code config} and those of {@code <data_dir>/keys}; makes the first one when there are none. */
    static ApiKeys open(GatewayConfig config, Peppers peppers) throws IOException {
        Path dataDir = config.dataDir();
        if (config.keys().isEmpty()) {
            InitialKey.ensure(dataDir, peppers);
        }
        return of(config.keys(), InitialKey.stored(dataDir), peppers);
    }

    /** Lets everybody in, under one name. */
    public static Authenticator anonymous() {
        return (key, from) -> ANONYMOUS;
    }

    /** @throws IllegalArgumentException when the hash of a configured key is none */
    public static ApiKeys of(List<GatewayConfig.Key> configured, List<StoredKey> initial, Peppers peppers) {
        SortedMap<Long, Known> byId = new TreeMap<>();
        for (StoredKey stored : initial) {
            put(byId, stored, new Principal(stored.id(), INITIAL_NAME, null, List.of()));
        }
        for (GatewayConfig.Key key : configured) {
            StoredKey stored = StoredKey.parse(key.hash());
            put(byId, stored, new Principal(stored.id(), key.name(), key.team(), key.models()));
        }
        return new ApiKeys(peppers, byId);
    }

    private static void put(Map<Long, Known> byId, StoredKey stored, Principal principal) {
        byId.put(KeyId.of(stored.id()), new Known(new KeyDigest(stored.digest()), principal, new AtomicBoolean(false)));
    }

    /** How many keys there are. */
    public int size() {
        return known.length;
    }

    @Override
    public AuthResult authenticate(@Nullable String key, InetAddress from) {
        if (key == null || key.isEmpty()) {
            return AuthResult.Refused.MISSING;
        }
        Pepper.Workspace now = peppers.hash(key);
        AuthResult found = now == null ? null : find(now, peppers.before());
        return found == null ? AuthResult.Refused.INVALID : found;
    }

    /**
     * Who presents the key that has been hashed.
     *
     * @param before what the previous pepper made of it; null when there is none
     * @return null when there is no such id here, after the work that one would have cost
     */
    @Nullable
    AuthResult find(Pepper.Workspace now, Pepper.@Nullable Workspace before) {
        int place = Arrays.binarySearch(ids, now.id());
        Known entry = place < 0 ? null : known[place];
        KeyDigest digest = entry == null ? NOBODY : entry.digest;
        boolean current = digest.matches(now.digest);
        boolean old = before != null && digest.matches(before.digest);
        if (entry == null) {
            return null;
        }
        if (!current && !old) {
            return AuthResult.Refused.INVALID;
        }
        if (!current && entry.warned.compareAndSet(false, true)) {
            LOG.atWarn()
                    .addKeyValue("key", entry.principal.keyId())
                    .addKeyValue("name", entry.principal.name())
                    .log(
                            "a key without a database is hashed with the previous pepper: replace it before that one goes");
        }
        return entry.principal;
    }
}
