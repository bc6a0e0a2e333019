package dev.sluice.gateway.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.gateway.config.Secret;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MembersTest {
    private static Members read(String body) throws InvalidRequestException {
        return Members.read(new Secret(body), List.of("email", "password"), List.of("cookie"));
    }

    private static InvalidRequestException refused(String body) {
        return catchThrowableOfType(InvalidRequestException.class, () -> read(body));
    }

    @Test
    void readsTextsAndFlags() throws Exception {
        Members members = read("{ \"password\": \"p\\u00e4ss \\\"word\\\"\", \"cookie\": true, \"email\": \"a@b\" }");

        assertThat(members.required("email")).isEqualTo("a@b");
        assertThat(members.text("password")).isEqualTo("p\u00e4ss \"word\"");
        assertThat(members.flag("cookie")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "{}"})
    void nothingIsAnObjectWithoutMembers(String body) throws Exception {
        assertThat(read(body).text("email")).isNull();
        assertThat(read(body).flag("cookie")).isFalse();
    }

    @Test
    void aMissingMemberIsNamed() {
        InvalidRequestException refused = catchThrowableOfType(
                InvalidRequestException.class, () -> read("{}").required("password"));

        assertThat(refused.parameter()).isEqualTo("password");
        assertThat(refused).hasMessage("'password' is missing; allowed: a text");
    }

    @Test
    void anUnknownMemberIsNamedTogetherWithTheKnownOnes() {
        assertThat(refused("{\"role\":\"owner\"}"))
                .hasMessage("The member 'role' is not known here; allowed: email, password, cookie");
        assertThat(refused("{\"" + "x".repeat(500) + "\":1}").getMessage()).hasSizeLessThan(160);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"email\":1}|email|a text",
                "{\"email\":null}|email|a text",
                "{\"email\":{\"$ne\":\"\"}}|email|a text",
                "{\"password\":[\"a\"]}|password|a text",
                "{\"cookie\":\"true\"}|cookie|true or false",
                "{\"cookie\":1}|cookie|true or false"
            })
    void aMemberOfAnotherKindIsNamedAndNotRepeated(String body, String name, String allowed) {
        assertThat(refused(body).parameter()).isEqualTo(name);
        assertThat(refused(body)).hasMessage("'" + name + "' is something else; allowed: " + allowed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "\"secret-value\"",
                "null",
                "{\"password\":\"secret-value\"",
                "{\"password\":\"secret-value\"}}",
                "{\"password\":\"secret-value\"} {}",
                "{\"password\":\"secret-value\",\"password\":\"secret-value\"}",
                "{\"password\":\"secret-value\",}",
                "{'password':'secret-value'}",
                "{\"password\":\"secret-value\u0001\"}",
                "password=secret-value&email=a"
            })
    void whatIsNotOneJsonObjectIsRefusedWithoutRepeatingIt(String body) {
        assertThat(refused(body)).isNotNull();
        assertThat(refused(body).getMessage()).contains("allowed").doesNotContain("secret-value");
        assertThat(refused(body).parameter()).isNull();
    }
}
