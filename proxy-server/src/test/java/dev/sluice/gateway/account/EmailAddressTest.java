package dev.sluice.gateway.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EmailAddressTest {

    @ParameterizedTest
    @CsvSource({
        "ada@example.com,ada@example.com",
        " Ada@Example.COM ,ada@example.com",
        "ada+sluice@mail.example.com,ada+sluice@mail.example.com",
        "o'hara@xn--bcher-kva.example,o'hara@xn--bcher-kva.example",
        "root@localhost,root@localhost",
        "II@example.com,ii@example.com"
    })
    void isComparedInLowerCase(String written, String text) {
        assertThat(Objects.requireNonNull(EmailAddress.of(written)).text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ada",
                "@example.com",
                "ada@",
                "ada@@example.com",
                "ada@exam ple.com",
                "ada b@example.com",
                "\"ada\"@example.com",
                "ada..b@example.com",
                "ada@example..com",
                "ada@-example.com",
                "ada@example.com.",
                "ada@example.com\nbcc:x@example.com",
                "ad\u0430@example.com",
                "\u212aarl@example.com",
                "ada@b\u00fccher.example",
                "ada,b@example.com",
                "<ada@example.com>"
            })
    void whatIsNoneIsRefused(String text) {
        assertThat(EmailAddress.of(text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 300})
    void whatIsTooLongIsRefused(int chars) {
        assertThat(EmailAddress.of("a".repeat(chars) + "@example.com")).isNull();
        assertThat(EmailAddress.of("a@" + "b".repeat(4 * chars) + ".com")).isNull();
    }
}
