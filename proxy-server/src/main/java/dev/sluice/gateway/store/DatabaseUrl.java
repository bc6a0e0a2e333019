package dev.sluice.gateway.store;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Reads the operator's {@code database.url} into the driver's properties: libpq's form
 * ({@code postgres://user:password@host:port/name?sslmode=require}) or the driver's own ({@code jdbc:postgresql:…}).
 *
 * <p>Messages never repeat the URL: it holds a password. Thread: any.
 */
final class DatabaseUrl {
    private static final String JDBC = "jdbc:postgresql:";

    /** libpq's parameter names that the driver knows by another one. */
    private static final Map<String, String> DRIVER_NAMES = Map.of(
            "application_name", "ApplicationName",
            "channel_binding", "channelBinding",
            "connect_timeout", "connectTimeout",
            "gssencmode", "gssEncMode",
            "keepalives", "tcpKeepAlive",
            "sslnegotiation", "sslNegotiation",
            "target_session_attrs", "targetServerType");

    private DatabaseUrl() {}

    /** @throws IllegalArgumentException when the text is neither form */
    static Properties parse(String url) {
        Properties properties = url.startsWith(JDBC) ? Driver.parseURL(url, null) : parseLibpq(url);
        if (properties == null) {
            throw new IllegalArgumentException(
                    "database.url: the driver does not understand this jdbc:postgresql: URL; allowed:"
                            + " jdbc:postgresql://host:port/name?parameter=value&…");
        }
        return properties;
    }

    private static Properties parseLibpq(String url) {
        int start = schemeLength(url);
        int question = url.indexOf('?', start);
        String place = url.substring(start, question < 0 ? url.length() : question);
        int slash = place.indexOf('/');
        String authority = slash < 0 ? place : place.substring(0, slash);
        String name = slash < 0 ? "" : decode(place.substring(slash + 1));
        // The last @ ends the credentials: passwords with an unescaped one are common enough.
        int at = authority.lastIndexOf('@');
        Properties properties = new Properties();
        putCredentials(properties, at < 0 ? "" : authority.substring(0, at));
        putHosts(properties, authority.substring(at + 1));
        String user = properties.getProperty(PGProperty.USER.getName());
        properties.setProperty(PGProperty.PG_DBNAME.getName(), name.isEmpty() ? fallbackName(user) : name);
        if (question >= 0) {
            putParameters(properties, url.substring(question + 1));
        }
        return properties;
    }

    private static int schemeLength(String url) {
        for (String scheme : new String[] {"postgres://", "postgresql://"}) {
            if (url.startsWith(scheme)) {
                return scheme.length();
            }
        }
        int colon = url.indexOf(':');
        String scheme = colon > 0 && colon <= 20 ? '"' + url.substring(0, colon + 1) + '"' : "no scheme";
        throw new IllegalArgumentException(
                "database.url begins with " + scheme + "; allowed: postgres://, postgresql://, " + JDBC);
    }

    private static void putCredentials(Properties properties, String credentials) {
        int colon = credentials.indexOf(':');
        String user = decode(colon < 0 ? credentials : credentials.substring(0, colon));
        if (!user.isEmpty()) {
            properties.setProperty(PGProperty.USER.getName(), user);
        }
        if (colon >= 0) {
            properties.setProperty(PGProperty.PASSWORD.getName(), decode(credentials.substring(colon + 1)));
        }
    }

    private static void putHosts(Properties properties, String hosts) {
        StringBuilder names = new StringBuilder();
        StringBuilder ports = new StringBuilder();
        for (String entry : hosts.split(",", -1)) {
            // An IPv6 address is in brackets; its colons are not the port's.
            int colon = entry.lastIndexOf(':');
            boolean hasPort = colon > entry.lastIndexOf(']');
            String host = decode(hasPort ? entry.substring(0, colon) : entry);
            String port = hasPort ? entry.substring(colon + 1) : "";
            boolean bracketed = host.startsWith("[") && host.endsWith("]");
            String name = bracketed ? host.substring(1, host.length() - 1) : host;
            names.append(names.isEmpty() ? "" : ",").append(name.isEmpty() ? "localhost" : name);
            ports.append(ports.isEmpty() ? "" : ",").append(port.isEmpty() ? "5432" : checkedPort(port));
        }
        properties.setProperty(PGProperty.PG_HOST.getName(), names.toString());
        properties.setProperty(PGProperty.PG_PORT.getName(), ports.toString());
    }

    private static String checkedPort(String port) {
        for (int i = 0; i < port.length(); i++) {
            if (port.charAt(i) < '0' || port.charAt(i) > '9') {
                // Not shown: with a stray @ or : in the password this would be a piece of it.
                throw new IllegalArgumentException("database.url: what follows the host is no port; allowed: 1 to 65535"
                        + " (a ':', '@' or '/' inside the password must be written %3A, %40, %2F)");
            }
        }
        int value = port.length() > 5 ? 0 : Integer.parseInt(port);
        if (value < 1 || value > 65_535) {
            throw new IllegalArgumentException("database.url: port " + port + "; allowed: 1 to 65535");
        }
        return port;
    }

    private static void putParameters(Properties properties, String query) {
        for (String pair : query.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            properties.setProperty(DRIVER_NAMES.getOrDefault(name, name), driverValue(name, value));
        }
    }

    private static String driverValue(String name, String value) {
        return switch (name) {
            case "target_session_attrs" ->
                switch (value) {
                    case "read-write", "primary" -> "primary";
                    case "read-only", "standby" -> "secondary";
                    case "prefer-standby" -> "preferSecondary";
                    default -> "any";
                };
            case "keepalives" -> String.valueOf(!value.equals("0"));
            default -> value;
        };
    }

    private static String fallbackName(@Nullable String user) {
        return user == null ? "postgres" : user;
    }

    /** Percent-decoding alone: in this place of a URL a plus is a plus. */
    private static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "database.url holds a '%' that is not followed by two hexadecimal digits; write %25 for '%' itself");
        }
    }
}
