package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.admin.AdminGate.Verdict;
import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.auth.TokenGate;
import dev.sluice.gateway.config.Secret;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminGateTest {
    private static final InetAddress HOME = InetAddress.getLoopbackAddress();
    private static final Principal ANNA = new Principal(
            "user:u1", "Anna", "blue", "u1", Role.ADMIN, "free", Map.of(), List.of(), List.of(), Long.MAX_VALUE);

    private final Logins logins = new Logins();
    private long nanos = 17;
    private final AdminGate open = new AdminGate(null, logins, () -> nanos);
    private final AdminGate guarded = new AdminGate(new Secret("s3cret-token"), logins, () -> nanos);

    /** Knows {@code good.token.x} at once and {@code slow.token.x} when it has been asked. */
    private static final class Logins implements TokenGate {
        private AuthResult slowly = ANNA;

        @Override
        public AuthResult authenticate(String token) {
            return switch (token) {
                case "good.token.x" -> ANNA;
                case "slow.token.x" -> AuthResult.Unresolved.INSTANCE;
                case "late.token.x" -> AuthResult.Refused.EXPIRED;
                case "away.token.x" -> AuthResult.Refused.UNAVAILABLE;
                default -> AuthResult.Refused.INVALID;
            };
        }

        @Override
        public void resolve(String token, Consumer<AuthResult> answer) {
            answer.accept(slowly);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:8081", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8081"})
    void letsLocalNamesInWithoutAToken(String host) {
        assertThat(caller(open, headers("host", host))).isSameAs(AdminGate.OPERATOR);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8081",
                "localhost.evil.example",
                "127.0.0.1.nip.io:8081",
                "10.0.0.1",
                "[::2]:8081",
                "::1",
                "localhost:80:80",
                "user@localhost",
                ""
            })
    void refusesForeignNamesWithoutATokenWhateverIsAskedFor(String host) {
        assertThat(refusal(open, headers("host", host)).status()).isEqualTo(403);
        assertThat(open.enter(/* open= */ true, "GET", headers("host", host), HOME))
                .isInstanceOf(Verdict.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://evil.example", "http://evil.example:8081", "http://localhost.evil.example", "null", ""})
    void refusesPagesOfOtherHostsWithoutAToken(String origin) {
        assertThat(refusal(open, headers("host", "127.0.0.1:8081").add("origin", origin))
                        .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:8081", "http://127.0.0.1:3000", "https://[::1]:8081"})
    void letsPagesOfThisMachineInWithoutAToken(String origin) {
        assertThat(caller(open, headers("host", "127.0.0.1:8081").add("origin", origin)))
                .isSameAs(AdminGate.OPERATOR);
    }

    @Test
    void refusesNoHostAndTwoHosts() {
        HttpHeaders two = headers("host", "localhost").add("host", "evil.example");

        assertThat(refusal(open, new DefaultHttpHeaders()).status()).isEqualTo(403);
        assertThat(refusal(open, two).status()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer s3cret-token", "bearer s3cret-token", "BEARER  s3cret-token"})
    void letsTheTokenIn(String authorization) {
        assertThat(caller(guarded, headers("authorization", authorization))).isSameAs(AdminGate.OPERATOR);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Bearer s3cret-toke",
                "Bearer s3cret-token2",
                "Bearer S3CRET-TOKEN",
                "Basic s3cret-token",
                "s3cret-token",
                "Bearer ..",
                "Bearer a..b",
                "Bearer bad.token.x"
            })
    void refusesEverythingElseAndNeverRepeatsIt(String authorization) {
        AdminResponse refusal = refusal(guarded, headers("authorization", authorization));

        assertThat(refusal.status()).isEqualTo(401);
        assertThat(refusal.headers()).containsEntry("www-authenticate", "Bearer");
        assertThat(refusal.body()).doesNotContainIgnoringCase("s3cret").doesNotContain("bad.token");
        assertThat(guarded.wrongGuesses()).isEqualTo(1);
    }

    @Test
    void asksForACredentialWithoutCountingThatAsAGuess() {
        assertThat(refusal(guarded, new DefaultHttpHeaders()).status()).isEqualTo(401);
        assertThat(guarded.wrongGuesses()).isZero();
    }

    @Test
    void refusesARequestWithTwoTokens() {
        HttpHeaders two = headers("authorization", "Bearer s3cret-token").add("authorization", "Bearer s3cret-token");

        assertThat(refusal(guarded, two).status()).isEqualTo(401);
    }

    @Test
    void opensWhatIsForEverybodyToNobodyInParticular() {
        Verdict verdict = guarded.enter(/* open= */ true, "GET", headers("host", "sluice.internal:8081"), HOME);

        assertThat(verdict).isEqualTo(new Verdict.Known(AdminGate.NOBODY));
    }

    @Test
    void neverLetsAGatewayKeyIn() {
        String key = ApiKey.generate(new SecureRandom()).reveal();
        HttpHeaders headers = headers("host", "localhost").add("authorization", "Bearer " + key);

        for (AdminGate gate : List.of(guarded, open)) {
            AdminResponse refusal = refusal(gate, headers);
            assertThat(refusal.status()).isEqualTo(401);
            assertThat(refusal.body()).contains("gateway_key_refused").doesNotContain(key);
        }
    }

    @Test
    void knowsPeopleByTheTokenOfTheirLogin() throws Exception {
        HttpHeaders headers = headers("host", "localhost").add("authorization", "Bearer good.token.x");

        assertThat(caller(guarded, headers)).isSameAs(ANNA);
        // Not the operator, although whoever sends nothing is: people are what they say they are.
        assertThat(caller(open, headers)).isSameAs(ANNA);
    }

    @Test
    void asksFurtherWhereMemoryDoesNotTell() throws Exception {
        Verdict verdict = guarded.enter(false, "GET", headers("authorization", "Bearer slow.token.x"), HOME);

        assertThat(verdict).isInstanceOf(Verdict.Unresolved.class);
        assertThat(guarded.resolve((Verdict.Unresolved) verdict, HOME)).isEqualTo(new Verdict.Known(ANNA));
        logins.slowly = AuthResult.Refused.INVALID;
        assertThat(guarded.resolve((Verdict.Unresolved) verdict, HOME)).isInstanceOf(Verdict.Refused.class);
        assertThat(guarded.wrongGuesses()).isEqualTo(1);
        assertThat(verdict.toString()).isEqualTo("***");
    }

    @ParameterizedTest
    @CsvSource({"late.token.x, 401, token_expired", "away.token.x, 503, auth_unavailable"})
    void tellsAnExpiredTokenFromOneThatCannotBeCheckedNow(String token, int status, String code) {
        AdminResponse refusal = refusal(guarded, headers("authorization", "Bearer " + token));

        assertThat(refusal.status()).isEqualTo(status);
        assertThat(refusal.body()).contains(code);
        assertThat(guarded.wrongGuesses()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void hasAnAnswerToEveryRefusal(AuthResult.Refused why) throws Exception {
        logins.slowly = why;
        Verdict verdict = guarded.resolve(new Verdict.Unresolved("slow.token.x"), HOME);

        assertThat(verdict).isInstanceOf(Verdict.Refused.class);
        assertThat(((Verdict.Refused) verdict).answer().status()).isBetween(401, 503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sluice_session=good.token.x", "a=b; __Host-sluice_session=good.token.x"})
    void knowsPeopleByTheirCookieWhenTheyLook(String cookie) {
        assertThat(caller(guarded, headers("cookie", cookie))).isSameAs(ANNA);
    }

    @Test
    void refusesTwoCookiesThatDiffer() {
        HttpHeaders headers = headers("cookie", "sluice_session=good.token.x; __Host-sluice_session=other.token.x");

        assertThat(refusal(guarded, headers).status()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({
        "1, https://admin.example, same-origin, true",
        "1, https://admin.example, , true",
        "1, , same-origin, true",
        "1, , , false",
        ", https://admin.example, same-origin, false",
        "0, https://admin.example, same-origin, false",
        "1, https://evil.example, same-origin, false",
        "1, https://evil.example, , false",
        "1, null, , false",
        "1, https://admin.example, cross-site, false",
        "1, https://admin.example, same-site, false",
        "1, , none, false",
    })
    void wantsProofOfTheSameOriginForAChangeWithACookie(String csrf, String origin, String site, boolean allowed) {
        HttpHeaders headers = headers("host", "admin.example").add("cookie", "sluice_session=good.token.x");
        add(headers, "x-sluice-csrf", csrf);
        add(headers, "origin", origin);
        add(headers, "sec-fetch-site", site);

        for (String method : List.of("POST", "PATCH", "DELETE", "PUT")) {
            Verdict verdict = guarded.enter(false, method, headers, HOME);
            assertThat(verdict instanceof Verdict.Known).as(method).isEqualTo(allowed);
        }
        assertThat(guarded.enter(false, "GET", headers, HOME)).isInstanceOf(Verdict.Known.class);
    }

    @Test
    void wantsNoSuchProofWithATokenThatNoBrowserSendsUnasked() {
        Verdict verdict = guarded.enter(false, "DELETE", headers("authorization", "Bearer good.token.x"), HOME);

        assertThat(verdict).isEqualTo(new Verdict.Known(ANNA));
    }

    @Test
    void makesAnAddressWaitThatGuessesTooOften() throws Exception {
        HttpHeaders wrong = headers("authorization", "Bearer guess");
        HttpHeaders right = headers("authorization", "Bearer s3cret-token");
        for (int i = 0; i < 20; i++) {
            assertThat(refusal(guarded, wrong).status()).isEqualTo(401);
        }

        assertThat(refusal(guarded, wrong).status()).isEqualTo(429);
        // Else a guesser would learn from the answer which guess was right.
        assertThat(refusal(guarded, right).headers()).containsEntry("retry-after", "60");
        assertThat(guarded.enter(false, "GET", right, address("192.0.2.7"))).isInstanceOf(Verdict.Known.class);
        nanos += TimeUnit.MINUTES.toNanos(1);
        assertThat(caller(guarded, right)).isSameAs(AdminGate.OPERATOR);
        assertThat(guarded.wrongGuesses()).isEqualTo(20);
    }

    @Test
    void takesANetworkOfIpv6ForOneAddress() throws Exception {
        for (int i = 0; i < 20; i++) {
            guarded.enter(false, "GET", headers("authorization", "Bearer guess"), address("2001:db8:0:1::" + i));
        }
        HttpHeaders right = headers("authorization", "Bearer s3cret-token");

        assertThat(guarded.enter(false, "GET", right, address("2001:db8:0:1:ffff::1")))
                .isInstanceOf(Verdict.Refused.class);
        assertThat(guarded.enter(false, "GET", right, address("2001:db8:0:2::1")))
                .isInstanceOf(Verdict.Known.class);
    }

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }

    private static void add(HttpHeaders headers, String name, String value) {
        if (value != null) {
            headers.add(name, value);
        }
    }

    private static Principal caller(AdminGate gate, HttpHeaders headers) {
        Verdict verdict = gate.enter(false, "GET", headers, HOME);
        assertThat(verdict).isInstanceOf(Verdict.Known.class);
        return ((Verdict.Known) verdict).caller();
    }

    private static AdminResponse refusal(AdminGate gate, HttpHeaders headers) {
        Verdict verdict = gate.enter(false, "GET", headers, HOME);
        assertThat(verdict).isInstanceOf(Verdict.Refused.class);
        return ((Verdict.Refused) verdict).answer();
    }

    private static HttpHeaders headers(String name, String value) {
        return new DefaultHttpHeaders().add(name, value);
    }
}
