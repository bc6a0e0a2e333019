package dev.sluice.gateway.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.Secret;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class EnvelopeTest {
    private static final Secret KEY = new Secret("sk-of-a-provider-äöü");

    private final Envelope envelope = new Envelope(TestPeppers.only(1), "tests");
    private final SealedSecret sealed = envelope.seal(KEY, "openai");

    @Test
    void givesBackWhatItSealedForThisRowOnly() {
        assertThat(envelope.open(sealed, "openai")).isEqualTo(KEY);
        assertThat(envelope.open(sealed, "claude")).isNull();
        assertThat(new Envelope(TestPeppers.only(1), "others").open(sealed, "openai"))
                .isNull();
        assertThat(new Envelope(TestPeppers.only(2), "tests").open(sealed, "openai"))
                .isNull();
        assertThat(new String(sealed.content(), ISO_8859_1) + new String(sealed.wrappedKey(), ISO_8859_1))
                .doesNotContain("sk-of");
        assertThat(sealed).hasToString("***");
    }

    @Test
    void isNeverTheSameTwice() {
        SealedSecret again = envelope.seal(KEY, "openai");

        assertThat(again.content()).isNotEqualTo(sealed.content());
        assertThat(again.wrappedKey()).isNotEqualTo(sealed.wrappedKey());
    }

    @Test
    void aChangedBitOfEitherPartIsNoticed() {
        for (int i = 0; i < sealed.content().length; i++) {
            byte[] changed = sealed.content();
            changed[i] ^= 1;
            assertThat(envelope.open(new SealedSecret(sealed.wrappedKey(), changed), "openai"))
                    .as("byte %d of the content", i)
                    .isNull();
        }
        for (int i = 0; i < sealed.wrappedKey().length; i++) {
            byte[] changed = sealed.wrappedKey();
            changed[i] ^= 1;
            assertThat(envelope.open(new SealedSecret(changed, sealed.content()), "openai"))
                    .as("byte %d of the key", i)
                    .isNull();
        }
    }

    @Test
    void oneRowsKeyDoesNotOpenAnotherOne() {
        SealedSecret other = envelope.seal(new Secret("sk-other"), "openai");

        assertThat(envelope.open(new SealedSecret(other.wrappedKey(), sealed.content()), "openai"))
                .isNull();
    }

    @Test
    void underANewPepperOnlyTheKeyIsSealedAnew() {
        Envelope both = new Envelope(TestPeppers.rotated(2, 1), "tests");
        assertThat(both.open(sealed, "openai")).isEqualTo(KEY);

        SealedSecret renewed = Objects.requireNonNull(both.renewed(sealed, "openai"));

        assertThat(renewed.content()).isEqualTo(sealed.content());
        assertThat(new Envelope(TestPeppers.only(2), "tests").open(renewed, "openai"))
                .isEqualTo(KEY);
        assertThat(both.renewed(renewed, "openai")).isNull();
        assertThat(new Envelope(TestPeppers.only(3), "tests").renewed(sealed, "openai"))
                .isNull();
    }
}
