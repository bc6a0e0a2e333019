package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialAuthenticatorTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Peppers PEPPERS = TestPeppers.only(1);
    private static final Pepper PEPPER = PEPPERS.current();
    private static final Principal PERSON = new Principal("user:7", "person", "team-a", List.of());
    private static final String TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl";

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock(1_000_000);
    private final KeyDirectory directory = new KeyDirectory(PEPPERS, clock);
    private final AtomicInteger lookups = new AtomicInteger();
    private final KeyResolver keys = new KeyResolver(
            PEPPERS,
            directory,
            id -> {
                lookups.incrementAndGet();
                return null;
            },
            clock);
    private final Revocations revocations = new Revocations();
    private final Gate gate = new Gate();
    private final ApiKey configured = KeyRecords.newKey();
    private final ApiKey key = KeyRecords.newKey();

    /** Takes down what it is asked. */
    private static final class Gate implements TokenGate {
        final List<String> asked = new ArrayList<>();
        final List<String> resolved = new ArrayList<>();
        AuthResult answer = PERSON;

        @Override
        public AuthResult authenticate(String token) {
            asked.add(token);
            return answer;
        }

        @Override
        public void resolve(String token, Consumer<AuthResult> answer) {
            resolved.add(token);
            answer.accept(PERSON);
        }
    }

    private Authenticator authenticator(String mode) throws IOException, ConfigException {
        return authenticator(mode, gate);
    }

    private Authenticator authenticator(String mode, @Nullable TokenGate tokens) throws IOException, ConfigException {
        String hash = StoredKey.of(configured, PEPPER).line();
        return CredentialAuthenticator.open(
                config("auth: { mode: " + mode + " }\nkeys: [{ name: ci, hash: \"" + hash + "\", team: team-c }]\n"),
                keys,
                revocations,
                tokens);
    }

    private GatewayConfig config(String yaml) throws IOException, ConfigException {
        Path file = Files.writeString(dir.resolve("sluice.yaml"), "server: { listen: 127.0.0.1:0 }\n" + yaml);
        return ConfigLoader.load(file, java.util.Map.of(), dir).config();
    }

    @Test
    void takesKeysAndTokensTogether() throws IOException, ConfigException {
        Authenticator both = authenticator("[keys, jwt]");
        directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));

        assertThat(both.authenticate(configured.reveal(), LOOPBACK))
                .isEqualTo(new Principal(configured.id(), "ci", "team-c", List.of()));
        assertThat(both.authenticate(key.reveal(), LOOPBACK)).isInstanceOfSatisfying(Principal.class, principal -> {
            assertThat(principal.keyId()).isEqualTo(key.id());
            assertThat(principal.teamId()).isEqualTo("team-a");
        });
        assertThat(both.authenticate(TOKEN, LOOPBACK)).isSameAs(PERSON);
    }

    @Test
    void aConfiguredKeyComesBeforeOneOfTheDatabase() throws IOException, ConfigException {
        directory.apply(List.of(KeyRecords.of(configured, PEPPER).name("from the database")));

        assertThat(authenticator("keys").authenticate(configured.reveal(), LOOPBACK))
                .isInstanceOfSatisfying(
                        Principal.class,
                        principal -> assertThat(principal.name()).isEqualTo("ci"));
    }

    @Test
    void aConfiguredIdWithAnotherSecretIsNotLookedUp() throws IOException, ConfigException {
        Authenticator keysOnly = authenticator("keys");

        assertThat(keysOnly.authenticate(KeyRecords.newSecret(configured.id()).reveal(), LOOPBACK))
                .isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void withKeysOnlyATokenIsNothing() throws IOException, ConfigException {
        Authenticator keysOnly = authenticator("keys");

        assertThat(keysOnly.authenticate(TOKEN, LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(resolved(keysOnly, TOKEN)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(gate.asked).isEmpty();
        assertThat(gate.resolved).isEmpty();
    }

    @Test
    void withTokensOnlyAKeyIsNothing() throws IOException, ConfigException {
        Authenticator tokensOnly = authenticator("jwt");
        directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));

        for (ApiKey any : List.of(configured, key, KeyRecords.newKey())) {
            assertThat(tokensOnly.authenticate(any.reveal(), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
            assertThat(resolved(tokensOnly, any.reveal())).isEqualTo(AuthResult.Refused.INVALID);
        }
        assertThat(tokensOnly.authenticate(TOKEN, LOOPBACK)).isSameAs(PERSON);
        assertThat(lookups).hasValue(0);
        assertThat(dir.resolve("data/initial-key")).as("no first key either").doesNotExist();
    }

    @Test
    void withTokensButNobodyWhoKnowsThemATokenIsNothing() throws IOException, ConfigException {
        assertThat(authenticator("jwt", null).authenticate(TOKEN, LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void whoSendsNothingIsTold() throws IOException, ConfigException {
        for (String mode : List.of("keys", "jwt", "[keys, jwt]")) {
            assertThat(authenticator(mode).authenticate(null, LOOPBACK)).isEqualTo(AuthResult.Refused.MISSING);
            assertThat(authenticator(mode).authenticate("", LOOPBACK)).isEqualTo(AuthResult.Refused.MISSING);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "sk-slc-",
                "sk-slc-a.b.c",
                "SK-SLC-AAAAAAAA",
                "sk-proj-abcdef",
                "a.b",
                "a.b.c.d",
                "a.b.c.d.e",
                "no dots at all",
                "user:7",
                "\u0000"
            })
    void whatIsNeitherIsRefusedWithoutAskingAnybody(String credential) throws IOException, ConfigException {
        Authenticator both = authenticator("[keys, jwt]");

        assertThat(both.authenticate(credential, LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(resolved(both, credential)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(gate.asked).isEmpty();
        assertThat(lookups).hasValue(0);
    }

    @Test
    void aMegabyteOfJunkIsRefused() throws IOException, ConfigException {
        Authenticator both = authenticator("[keys, jwt]");

        assertThat(both.authenticate("x".repeat(1_000_000), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(both.authenticate("sk-slc-" + "x".repeat(1_000_000), LOOPBACK))
                .isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void anUnknownKeyIsLookedUp() throws IOException, ConfigException {
        Authenticator both = authenticator("[keys, jwt]");
        assertThat(both.authenticate(key.reveal(), LOOPBACK)).isEqualTo(AuthResult.Unresolved.INSTANCE);

        assertThat(resolved(both, key.reveal())).isEqualTo(AuthResult.Refused.INVALID);

        assertThat(lookups).hasValue(1);
        assertThat(both.authenticate(key.reveal(), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void aTokenThatIsNotInMemoryIsCheckedByTheGate() throws IOException, ConfigException {
        Authenticator both = authenticator("[keys, jwt]");
        gate.answer = AuthResult.Unresolved.INSTANCE;
        assertThat(both.authenticate(TOKEN, LOOPBACK)).isEqualTo(AuthResult.Unresolved.INSTANCE);

        assertThat(resolved(both, TOKEN)).isSameAs(PERSON);

        assertThat(gate.resolved).containsExactly(TOKEN);
        assertThat(lookups).hasValue(0);
    }

    @Test
    void theGenerationChangesWithKeysAndWithRevocations() throws IOException, ConfigException {
        Authenticator both = authenticator("[keys, jwt]");
        long first = both.generation();

        directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));
        long second = both.generation();
        revocations.add("session-1", 100, 200);
        long third = both.generation();
        revocations.add("session-1", 100, 200);

        assertThat(List.of(first, second, third)).doesNotHaveDuplicates();
        assertThat(both.generation()).as("known already").isEqualTo(third);
    }

    @Test
    void withoutAuthenticationEverybodyIsAnonymous() throws IOException, ConfigException {
        Authenticator everybody =
                CredentialAuthenticator.open(config("auth: { mode: none }\n"), keys, revocations, gate);

        assertThat(everybody.authenticate(null, LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(everybody.authenticate(TOKEN, LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(gate.asked).isEmpty();
    }

    @Test
    void aFirstStartMakesAKeyThatWorks() throws IOException, ConfigException {
        Authenticator first = CredentialAuthenticator.open(config("auth: { mode: keys }\n"), keys, revocations, null);

        String text = Files.readString(dir.resolve("data/initial-key")).strip();
        assertThat(first.authenticate(text, LOOPBACK)).isInstanceOf(Principal.class);
    }

    private static AuthResult resolved(Authenticator authenticator, String credential) {
        List<AuthResult> answers = new CopyOnWriteArrayList<>();
        authenticator.resolve(credential, LOOPBACK, answers::add);
        await().until(() -> !answers.isEmpty());
        return answers.getFirst();
    }
}
