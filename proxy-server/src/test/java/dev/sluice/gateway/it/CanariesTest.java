package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A search that finds nothing must be one that would have found something. */
final class CanariesTest {
    private static final String SECRET = "sk-canary/1+2?3 ä";

    private final Canaries canaries = new Canaries();

    CanariesTest() {
        canaries.add("key", SECRET);
        canaries.add("pepper", new byte[] {0, -1, 127, 10, 13, 64, 3, 9, 81, -77, 12, 40});
    }

    @Test
    void findsASecretHoweverItIsWritten() {
        byte[] bytes = SECRET.getBytes(UTF_8);
        for (String before : List.of("", "a", "ab", "abc", "Bearer ")) {
            byte[] inside = (before + SECRET + " and more").getBytes(UTF_8);
            assertThat(canaries.search("text", inside)).containsExactly("key");
            assertThat(canaries.search("base64", Base64.getEncoder().encodeToString(inside)))
                    .as(before)
                    .containsExactly("key");
            assertThat(canaries.search("base64url", Base64.getUrlEncoder().encodeToString(inside)))
                    .containsExactly("key");
        }
        assertThat(canaries.search("hex", "\\x" + HexFormat.of().formatHex(bytes)))
                .containsExactly("key");
        assertThat(canaries.search("address", "/?key=sk-canary%2F1%2B2%3F3+%C3%A4"))
                .containsExactly("key");
        assertThat(canaries.found()).isNotEmpty().allMatch(line -> line.startsWith("key is in "));
    }

    @Test
    void whatBelongsThereIsSeenAndNotComplainedAbout() {
        assertThat(canaries.search("its owner's answer", SECRET, "key")).containsExactly("key");
        assertThat(canaries.search("elsewhere", "nothing of interest")).isEmpty();
        assertThat(canaries.found()).isEmpty();
    }
}
