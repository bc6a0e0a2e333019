package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

    @Test
    void readsEveryPartOfALibpqUrl() {
        assertThat(parse("postgres://alice:secret@db.example:6432/usage?sslmode=verify-full&sslrootcert=/etc/ca.pem"))
                .isEqualTo(Map.of(
                        "user", "alice",
                        "password", "secret",
                        "PGHOST", "db.example",
                        "PGPORT", "6432",
                        "PGDBNAME", "usage",
                        "sslmode", "verify-full",
                        "sslrootcert", "/etc/ca.pem"));
    }

    @Test
    void decodesPercentSignsAndLeavesPlusSignsAlone() {
        Map<String, String> parsed =
                parse("postgresql://al%40ice:p%3A%2F%25+%C3%A9@h/my%20db?options=-c%20work_mem%3D1MB");
        assertThat(parsed)
                .containsEntry("user", "al@ice")
                .containsEntry("password", "p:/%+é")
                .containsEntry("PGDBNAME", "my db")
                .containsEntry("options", "-c work_mem=1MB");
    }

    @Test
    void aPasswordMayHoldAnAtSignAndColons() {
        assertThat(parse("postgres://u:p@ss:w@h:1/d"))
                .containsEntry("password", "p@ss:w")
                .containsEntry("PGHOST", "h")
                .containsEntry("PGPORT", "1");
    }

    @Test
    void whatIsMissingIsWhatLibpqWouldTake() {
        assertThat(parse("postgres://alice@h"))
                .isEqualTo(Map.of("user", "alice", "PGHOST", "h", "PGPORT", "5432", "PGDBNAME", "alice"));
        assertThat(parse("postgres:///d")).isEqualTo(Map.of("PGHOST", "localhost", "PGPORT", "5432", "PGDBNAME", "d"));
    }

    @Test
    void severalHostsAndIpv6AreKept() {
        assertThat(parse("postgres://u@[::1]:5433,h2,[fe80::2]/d"))
                .containsEntry("PGHOST", "::1,h2,fe80::2")
                .containsEntry("PGPORT", "5433,5432,5432");
    }

    @Test
    void libpqsNamesBecomeTheDrivers() {
        assertThat(
                        parse(
                                "postgres://u@h/d?connect_timeout=7&application_name=x&target_session_attrs=read-write&keepalives=0"))
                .containsEntry("connectTimeout", "7")
                .containsEntry("ApplicationName", "x")
                .containsEntry("targetServerType", "primary")
                .containsEntry("tcpKeepAlive", "false");
    }

    @Test
    void theDriversOwnFormIsLeftToTheDriver() {
        assertThat(parse("jdbc:postgresql://h:5433/d?user=u&password=p%25&sslmode=require"))
                .containsEntry("PGHOST", "h")
                .containsEntry("PGPORT", "5433")
                .containsEntry("PGDBNAME", "d")
                .containsEntry("user", "u")
                .containsEntry("password", "p%")
                .containsEntry("sslmode", "require");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql://u:hunter2@h/d",
                "u:hunter2@h/d",
                "postgres://u:hunter2@h:0/d",
                "postgres://u:hunter2@h:70000/d",
                "postgres://u:hunter2@h:port/d",
                "postgres://u:hunter2%zz@h/d",
                "postgres://u:hun/ter2@h/d",
                "jdbc:postgresql://u:hunter2@h:port/d",
                ""
            })
    void whatIsWrongIsSaidWithoutThePassword(String url) {
        assertThatThrownBy(() -> parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("database.url")
                .hasMessageNotContainingAny("hun", "ter2");
    }

    private static Map<String, String> parse(String url) {
        Map<String, String> map = new TreeMap<>();
        DatabaseUrl.parse(url).forEach((name, value) -> map.put((String) name, (String) value));
        return map;
    }
}
