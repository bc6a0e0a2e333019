package dev.sluice.gateway.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.account.Passwords.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PasswordsTest {
    private static final PasswordHash.Cost CHEAP = new PasswordHash.Cost(64, 1, 1);

    private final Passwords passwords = new Passwords(CHEAP, 1, 4);

    @AfterEach
    void stop() {
        passwords.close();
    }

    @Test
    void theStandardIsArgon2idWithTheStrengthThatIsDocumented() throws Exception {
        try (Passwords standard = new Passwords()) {
            assertThat(standard.hash("correct horse")).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        }
    }

    @Test
    void aPasswordIsRightOrWrong() throws Exception {
        String stored = passwords.hash("correct horse");

        assertThat(passwords.compare("correct horse", stored)).isEqualTo(Verdict.RIGHT);
        assertThat(passwords.compare("correct horsE", stored)).isEqualTo(Verdict.WRONG);
        assertThat(stored).doesNotContain("correct");
    }

    @Test
    void nobodyHasNoPassword() throws Exception {
        assertThat(passwords.compare("correct horse", null)).isEqualTo(Verdict.WRONG);
        assertThat(passwords.compare("correct horse", "no hash at all")).isEqualTo(Verdict.WRONG);
    }

    @Test
    void aHashOfOtherStrengthIsToBeMadeAnew() throws Exception {
        try (Passwords before = new Passwords(new PasswordHash.Cost(32, 1, 1), 1, 1)) {
            String stored = before.hash("correct horse");

            assertThat(passwords.compare("correct horse", stored)).isEqualTo(Verdict.RIGHT_AND_OUTDATED);
            assertThat(passwords.compare("wrong horse", stored)).isEqualTo(Verdict.WRONG);
        }
    }

    @Test
    void itDoesNotMatterWhichKeyboardItWasTypedOn() throws Exception {
        String composed = "caf\u00e9 \u212b long";
        String decomposed = "cafe\u0301 A\u030a long";

        assertThat(passwords.compare(decomposed, passwords.hash(composed))).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void lengthIsCountedInCharactersAsPeopleDo() {
        assertThat(Passwords.problem("1234567")).isEqualTo("has 7 characters; allowed: 8 to 256");
        assertThat(Passwords.problem("12345678")).isNull();
        assertThat(Passwords.problem("\ud83d\ude00".repeat(7))).contains("has 7 characters");
        assertThat(Passwords.problem("\ud83d\ude00".repeat(256))).isNull();
        assertThat(Passwords.problem("x".repeat(257))).isEqualTo("has 257 characters; allowed: 8 to 256");
        // One character that NFKC takes apart into 18.
        assertThat(Passwords.problem("\ufdfa".repeat(100))).isEqualTo("has 3300 bytes in UTF-8; allowed: up to 1024");
    }

    @Test
    void whatNobodyCanHaveIsComparedAllTheSameAndWrong() throws Exception {
        String stored = passwords.hash("00000000");

        assertThat(passwords.compare("short", stored)).isEqualTo(Verdict.WRONG);
        assertThat(passwords.compare("x".repeat(10_000), stored)).isEqualTo(Verdict.WRONG);
        // What is compared in its place is eight zero bytes, which is a password that has no problem.
        assertThat(passwords.compare("short", passwords.hash("\0".repeat(8)))).isEqualTo(Verdict.WRONG);
    }

    @Test
    void whoFindsTheQueueFullIsToldSo() throws Exception {
        // So expensive that it is still under way when the others come.
        try (Passwords slow = new Passwords(new PasswordHash.Cost(128 * 1024, 8, 1), 1, 1);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> hashes = new ArrayList<>();
            hashes.add(callers.submit(() -> slow.hash("first one")));
            await().until(() -> slow.active() == 1);
            hashes.add(callers.submit(() -> slow.hash("second one")));
            await().until(() -> slow.waiting() == 1);

            assertThatThrownBy(() -> slow.hash("one too many"))
                    .isInstanceOf(BusyException.class)
                    .hasMessageContaining("Too many people");
            for (Future<String> hash : hashes) {
                assertThat(hash.get()).startsWith("$argon2id$");
            }
        }
    }
}
