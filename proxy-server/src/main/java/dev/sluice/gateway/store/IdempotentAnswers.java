package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.SecretBox;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What was answered to a creation, for a caller who did not get the answer and asks again with the same
 * {@code Idempotency-Key}. The answer is kept in the transaction of the creation, for a day, and sealed, for it may hold a new
 * key. Thread: that of the connection.
 */
public final class IdempotentAnswers {
    private final Connection connection;
    private final SecretBox box;

    /** @param connection that of the creation */
    public IdempotentAnswers(Connection connection, SecretBox box) {
        this.connection = connection;
        this.box = box;
    }

    /** Whose request it is, how it is called, and what it asks for: {@code content} is all of it. */
    public record Request(String actor, String key, String content) {
        private String about() {
            return actor + '\n' + key;
        }

        private byte[] digest() {
            try {
                return MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }

        /** The content may hold a password. */
        @Override
        public String toString() {
            return actor + " " + key;
        }
    }

    /** What is known about a request. */
    public sealed interface Found {
        /** Nothing: it is to be carried out, and until the end of the transaction nobody else does. */
        record Nothing() implements Found {}

        /** It was carried out, with this answer. */
        record Answered(int status, String answer) implements Found {
            @Override
            public String toString() {
                return status + " ***";
            }
        }

        /** Another request was called the same. */
        record Reused() implements Found {}

        /** It is being carried out at this moment. */
        record InFlight() implements Found {}

        /** It was carried out; but the pepper its answer was sealed with is gone. */
        record Unreadable() implements Found {}
    }

    public Found find(Request request) throws SQLException {
        if (!lock(request)) {
            return new Found.InFlight();
        }
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT request_digest, status, sealed FROM sluice.idempotent_answer
                WHERE actor = ? AND key = ? AND created_at > now() - interval '24 hours'""")) {
            statement.setString(1, request.actor());
            statement.setString(2, request.key());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? found(request, row) : new Found.Nothing();
            }
        }
    }

    private Found found(Request request, ResultSet row) throws SQLException {
        if (!Arrays.equals(row.getBytes("request_digest"), request.digest())) {
            return new Found.Reused();
        }
        byte @Nullable [] answer = box.open(row.getBytes("sealed"), request.about());
        return answer == null
                ? new Found.Unreadable()
                : new Found.Answered(row.getInt("status"), new String(answer, StandardCharsets.UTF_8));
    }

    /** Held by the transaction, so that a crash leaves nothing behind that says the request is still in flight. */
    private boolean lock(Request request) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0))")) {
            statement.setString(1, "sluice idempotency " + request.about());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** Keeps the answer to a request of which nothing was known, and lets go of what is too old. */
    public void keep(Request request, int status, String answer) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                DELETE FROM sluice.idempotent_answer WHERE (actor, key) IN (
                    SELECT actor, key FROM sluice.idempotent_answer WHERE created_at <= now() - interval '24 hours'
                    AND (actor, key) <> (?, ?) LIMIT 100 FOR UPDATE SKIP LOCKED)""")) {
            statement.setString(1, request.actor());
            statement.setString(2, request.key());
            statement.executeUpdate();
        }
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO sluice.idempotent_answer (actor, key, request_digest, status, sealed)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (actor, key) DO UPDATE SET request_digest = excluded.request_digest, status = excluded.status,
                    sealed = excluded.sealed, created_at = now()""")) {
            statement.setString(1, request.actor());
            statement.setString(2, request.key());
            statement.setBytes(3, request.digest());
            statement.setInt(4, status);
            statement.setBytes(5, box.seal(answer.getBytes(StandardCharsets.UTF_8), request.about()));
            statement.executeUpdate();
        }
    }
}
