package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.KeyDigest;
import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.store.KeyRow;
import dev.sluice.gateway.store.KeySettings;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What can be done with gateway keys, whatever the request for it looks like: checked, carried out in the transaction of a
 * {@link Change}, written down there, and announced. Thread: that of the request.
 */
public final class KeyChanges {
    static final String OBJECT = "key";

    private static final int TRIES = 8;

    private final Peppers peppers;
    private final KeyRules rules;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /** A key and its text, which is not kept and can be shown this once. */
    record Issued(KeyRow row, ApiKey key) {}

    /** @param tiers that the configuration in force knows */
    public KeyChanges(Peppers peppers, Supplier<List<String>> tiers, InstantSource clock) {
        this.peppers = peppers;
        this.rules = new KeyRules(tiers);
        this.clock = clock;
    }

    Instant now() {
        return clock.instant();
    }

    KeyView view(KeyRow row) {
        return KeyView.of(row, peppers);
    }

    /**
     * The key, if it is within reach.
     *
     * @throws RefusedException when it is not, or there is none
     */
    KeyRow covered(Reach reach, @Nullable KeyRow row, String id) throws RefusedException {
        if (row == null || !reach.covers(row.settings().teamId(), row.settings().ownerId())) {
            throw RefusedException.notFound(OBJECT, id);
        }
        return row;
    }

    /** The key, which nobody else changes until the end of the transaction. */
    KeyRow held(Change change, Reach reach, String id) throws RefusedException, SQLException {
        return covered(reach, change.keys().hold(id, now()), id);
    }

    Issued create(Change change, Reach reach, KeySettings settings) throws InvalidParameterException, SQLException {
        rules.check(change, reach, settings);
        Instant expires = settings.expiresAt();
        if (expires != null && !expires.isAfter(now())) {
            throw new InvalidParameterException(
                    "expires_at", "`expires_at` is " + expires + ", which is over; allowed: a time to come");
        }
        ApiKey key = insert(change, settings);
        KeyRow row = after(change, key.id());
        change.audit("create", OBJECT, row.id(), settings.teamId(), null, view(row));
        change.announceKey(row.id());
        return new Issued(row, key);
    }

    private ApiKey insert(Change change, KeySettings settings) throws SQLException {
        for (int i = 0; i < TRIES; i++) {
            ApiKey key = ApiKey.generate(random);
            if (change.keys().insert(key.id(), digest(key), peppers.current().id(), settings)) {
                return key;
            }
        }
        throw new IllegalStateException("none of " + TRIES + " random ids was free");
    }

    /** @throws RefusedException when it is revoked, which is for good */
    KeyRow update(Change change, Reach reach, KeyRow before, KeySettings settings)
            throws InvalidParameterException, RefusedException, SQLException {
        refuseRevoked(before);
        rules.check(change, reach, settings);
        change.keys().update(before.id(), settings);
        KeyRow row = after(change, before.id());
        change.audit("update", OBJECT, row.id(), settings.teamId(), view(before), view(row));
        change.announceKey(row.id());
        return row;
    }

    /** @param overlap how long the secret it has is good beside the new one */
    Issued rotate(Change change, KeyRow before, Duration overlap) throws RefusedException, SQLException {
        refuseRevoked(before);
        ApiKey key = ApiKey.generate(random, before.id());
        Instant until = overlap.isZero() ? null : now().plus(overlap).truncatedTo(ChronoUnit.SECONDS);
        change.keys().rotate(before.id(), digest(key), peppers.current().id(), until);
        KeyRow row = after(change, before.id());
        change.audit("rotate", OBJECT, row.id(), row.settings().teamId(), view(before), view(row));
        change.announceKey(row.id());
        return new Issued(row, key);
    }

    /** For good; one that has been revoked before stays as it is. */
    void revoke(Change change, KeyRow before) throws SQLException {
        if (!change.keys().revoke(before.id())) {
            change.changesNothing();
            return;
        }
        KeyRow row = after(change, before.id());
        change.audit("revoke", OBJECT, row.id(), row.settings().teamId(), view(before), view(row));
        change.announceKey(row.id());
    }

    private KeyRow after(Change change, String id) throws SQLException {
        return Objects.requireNonNull(change.keys().find(id, now()));
    }

    private KeyDigest digest(ApiKey key) {
        return new KeyDigest(peppers.current().digest(key));
    }

    private static void refuseRevoked(KeyRow row) throws RefusedException {
        if (row.status() == KeyRow.Status.REVOKED) {
            throw new RefusedException(
                    409, "key_revoked", "the key `" + row.id() + "` is revoked, which is for good; make another one");
        }
    }
}
