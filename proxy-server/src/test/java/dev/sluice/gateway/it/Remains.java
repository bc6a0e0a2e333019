package dev.sluice.gateway.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a gateway leaves behind. */
final class Remains {
    private static final String TABLES = """
            SELECT schemaname || '.' || quote_ident(tablename) FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema')""";

    private Remains() {}

    /** Every row of every table by the table's name, as text; bytes in hexadecimal. */
    static Map<String, String> tables(String databaseUrl) throws SQLException {
        Map<String, String> tables = new TreeMap<>();
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                Statement statement = connection.createStatement()) {
            for (String name : texts(statement, TABLES)) {
                tables.put(name, String.join("\n", texts(statement, "SELECT t::text FROM " + name + " t")));
            }
        }
        return tables;
    }

    private static List<String> texts(Statement statement, String sql) throws SQLException {
        List<String> found = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    /** Every file below {@code folder}, by its path in there. */
    static Map<String, byte[]> files(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }
}
