package dev.sluice.gateway.it;

import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.Pepper;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;

/** Keys in a database that gateways share, changed behind their backs. */
final class DatabaseKeys {
    private static final String INSERT =
            "INSERT INTO sluice.api_key (id, name, digest, pepper_id) VALUES (?, 'it', ?, ?)";

    private final String databaseUrl;
    private final Pepper pepper;

    /** @param dataDirectory of one of the gateways; they all have its pepper */
    DatabaseKeys(String databaseUrl, Path dataDirectory) throws IOException {
        this.databaseUrl = databaseUrl;
        this.pepper = Pepper.load(dataDirectory, Map.of());
    }

    /** A key that nobody has stored. */
    static ApiKey unknown() {
        return ApiKey.generate(new SecureRandom());
    }

    ApiKey insert() throws SQLException {
        ApiKey key = unknown();
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, key.id());
            statement.setBytes(2, pepper.digest(key));
            statement.setString(3, pepper.id());
            statement.execute();
        }
        return key;
    }

    /** @return the {@link System#nanoTime} just after it was committed */
    long revoke(ApiKey key) throws SQLException {
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                PreparedStatement statement =
                        connection.prepareStatement("UPDATE sluice.api_key SET revoked_at = now() WHERE id = ?")) {
            statement.setString(1, key.id());
            statement.execute();
            return System.nanoTime();
        }
    }
}
