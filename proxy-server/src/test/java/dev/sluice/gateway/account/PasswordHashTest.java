package dev.sluice.gateway.account;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PasswordHashTest {
    private static final PasswordHash.Cost CHEAP = new PasswordHash.Cost(64, 1, 1);

    /** Known answers of the reference implementation: hashes of other systems are understood. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "password $argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "password $argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "password $argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
                "differentpassword $argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94"
            })
    void knowsTheHashesOfTheReference(String password, String line) {
        PasswordHash hash = Objects.requireNonNull(PasswordHash.parse(line));

        assertThat(hash.isOf(password.getBytes(US_ASCII))).isTrue();
        assertThat(hash.isOf((password + " ").getBytes(US_ASCII))).isFalse();
        assertThat(hash.line()).isEqualTo(line);
    }

    @Test
    void isReadBackAsItWasWritten() {
        byte[] password = "correct horse".getBytes(US_ASCII);
        PasswordHash made = PasswordHash.of(password, CHEAP, new SecureRandom());
        PasswordHash read = Objects.requireNonNull(PasswordHash.parse(made.line()));

        assertThat(made.line()).startsWith("$argon2id$v=19$m=64,t=1,p=1$");
        assertThat(read.isOf(password)).isTrue();
        assertThat(read.isOf("correct horsf".getBytes(US_ASCII))).isFalse();
        assertThat(read.cost()).isEqualTo(CHEAP);
    }

    @Test
    void theSamePasswordHasAnotherHashEachTime() {
        byte[] password = "correct horse".getBytes(US_ASCII);

        assertThat(PasswordHash.of(password, CHEAP, new SecureRandom()).line())
                .isNotEqualTo(
                        PasswordHash.of(password, CHEAP, new SecureRandom()).line());
    }

    @Test
    void nobodysHashIsOfNoPassword() {
        PasswordHash nobody = PasswordHash.ofNobody(CHEAP, new SecureRandom());

        assertThat(nobody.isOf(new byte[0])).isFalse();
        assertThat(nobody.cost()).isEqualTo(CHEAP);
        assertThat(nobody.line())
                .hasSameSizeAs(
                        PasswordHash.of(new byte[8], CHEAP, new SecureRandom()).line());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "password",
                "$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
                "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=64,t=1,p=1$c29t$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$short",
                "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc$",
                " $argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
            })
    void whatIsNoSuchLineIsNotTakenForOne(String line) {
        assertThat(PasswordHash.parse(line)).isNull();
    }

    /** Who can write a row of the database must not be able to take the gateway's memory. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "m=9999999,t=1,p=1",
                "m=262145,t=1,p=1",
                "m=64,t=17,p=1",
                "m=64,t=0,p=1",
                "m=64,t=1,p=9",
                "m=8,t=1,p=2"
            })
    void aHashThatCostsTooMuchIsRefused(String cost) {
        assertThat(PasswordHash.parse(
                        "$argon2id$v=19$" + cost + "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"))
                .isNull();
    }

    @Test
    void showsNothingOfItself() {
        assertThat(PasswordHash.of(new byte[8], CHEAP, new SecureRandom())).hasToString("***");
    }
}
